"""Confirms a verdict from its certificate, and trusts nothing of the checker that made it.

This is a program of its own, small enough to read in one sitting. It shares `harness.model` with
the checker, for what a store promised has to be the same, and nothing else: it reads the history,
pairs its operations and knows the licences by itself. What it does is much simpler than deciding::

    valid    replay the order: all that completed is there, in real-time order, and every step legal
    invalid  what was left out was licensed to go (`licence`), so an order of the whole would give
             one of the part; and the part has none, by trying every one

The format (`certificate`) and the argument are in `docs/certificates.md`; `verify` begins it all,
and searches: an order is replayed as a history of its own, in which nothing overlaps.
"""
