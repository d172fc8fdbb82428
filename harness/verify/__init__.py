"""Confirms a verdict from its certificate, and trusts nothing of the checker that made it.

This is a program of its own, small enough to read in one sitting. It shares `harness.model` with
the checker, for what a store promised has to be the same, and nothing else: it reads the history,
pairs its operations and knows the licences by itself. What it does is much simpler than deciding::

    valid    replay the order: all that completed is there, in real-time order, and every step legal
             (`orders.replay`)
    invalid  what was left out was licensed to go (`licence`), so an order of the whole would give
             one of the part; and the part has none, by trying every one (`orders.has_order`)

The format (`certificate`) and the argument are in `docs/certificates.md`; `verify` begins it all.
"""
