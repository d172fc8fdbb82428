"""A lock service in the manner of Chubby (Burrows, *The Chubby lock service for loosely-coupled
distributed systems*, OSDI 2006): small files that are locks too, and sessions that keep both.

::

    client ── KeepAlive (a read) ──▶ master ── leases, in memory ── "expire session 17" ──┐
       │                                                                                  ▼
       └──── create, write, acquire, release … ──────────────────────────────▶ the log (Paxos)
                                                                                          │
                 files, locks with their queues, sessions, events  ◀── applied in order ──┘

All that is agreed on stands in `machine`, and changes by commands of the log alone; no clock is
read there. Time is the master's (`master`), the node that leads the log: it alone decides that a
lease ran out, and says so by a command. `lease` says what makes that safe.
"""
