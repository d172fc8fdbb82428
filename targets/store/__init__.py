"""The bundled store: everything in this package runs on a node, with the standard library only.

::

    posix_env ── frames, timers, disk ──▶ node ── events ──▶ raft (a pure core)
    (sockets, files)                       │ ◀── outputs ──   (no I/O, no clock, no thread)
                                           │
                                           ├── journal: synced records, repaired on start
                                           └── machine: sessions over a key-value map

A node is written against `harness.env.Env`, so the same code runs as a process on loopback, in a
container and under virtual time. A core is written against `targets.store.replicated`, so that
another protocol fits into the same node.
"""

VERSION = "1.0"
