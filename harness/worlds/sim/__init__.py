"""The `sim` world: nodes, network, disks and clocks in one process, under virtual time.

::

    seed ─▶ every choice          ┌──────────── SimLoop (one heap, one clock) ────────────┐
                                  │  n1 ── SimEnv ──▶ Network ── due ──▶ SimEnv ── n2      │
    clients, nemesis (asyncio) ───┤        │ disk, clock             │ disk, clock          │
                                  └────────┴─────────────────────────┴─────────────────────┘

The same seed gives the same history, byte for byte: nothing here reads a wall clock, draws
unseeded randomness, or depends on the order of a set.
"""
