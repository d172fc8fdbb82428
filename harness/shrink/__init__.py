"""A smaller test that fails in the same way: `splitbrain shrink`.

::

    run ── source ──▶ script that fails ── reduce ──▶ fewer nodes, faults, operations, clients
                            │                              │
                         court: each candidate is        tidy ──▶ round times, plain names
                         a simulated trial in memory

`case` is what is made smaller, `court` tells whether it still fails, and knows the budget.
"""
