"""The engine: it knows no store, workload, fault or report by name.

What happened (`history`), what should have happened (`model`), whether the two agree (`checker`),
what to do next (`generator`), where (`worlds`), and the life of one test (`run`) that ties them.
"""
