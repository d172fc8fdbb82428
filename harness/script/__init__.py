"""A test written down: every operation and every fault with its time, for a person to read.

A script is the `steps` of a test (`harness.spec.TestSpec`), one line of text each::

    at 0.50 s cut n1 from n2,n3
    at 1.20 s write 3 to x by process 2 at n2
    at 2.00 s read x by process 0 at n1
    at 2.50 s heal

`steps` are what a line says, `grammar` reads lines and `words` writes them, `sense` asks whether
one can be, `plan` finds out which fault lasts from when to when, `generator` and `perform` carry
them out, in every world alike.
"""
