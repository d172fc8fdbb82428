"""How long a session lives without a KeepAlive, and why nobody believes in it for longer.

The client counts from when it sent its last KeepAlive that was answered, the master from when it
answered; so the client's lease began earlier. It also ends earlier on any two clocks of which one
runs at most `DRIFT` times as fast as the other (§2.8 of the paper: "a conservative approximation
of the lease timeout that the client holds")::

    client  sent ├──── believes ────┤ jeopardy: in doubt of its locks
    master       answered ├─────────────── lease ───────────────┤ expires the session
                                                                ├── lock delay ──┤ next holder

A KeepAlive is a linearizable read, answered by a node that led after it had arrived. A node that
comes to lead later begins with a full lease, and `grace`, for every session: so whatever an
earlier master promised has run out before any lease of the later one.

A clock that jumps (a machine that slept, a process that was paused) is no reason to think that the
sessions had their time: the master counts only time that it has lived through, tick by tick, each
for at most `LONGEST_TICK`.
"""

from __future__ import annotations

LEASE = 1.8
GRACE = 0.9
LOCK_DELAY = 0.4
"""Seconds, by default. The paper's are 12, 45 and up to 60: they suit a service that is asked by
thousands of machines; these suit tests of seconds."""

DRIFT = 3.0
TICK = 0.05
LONGEST_TICK = 0.1
MARGIN = 0.1
LEAST_LEASE = DRIFT * MARGIN
"""A client believes in a longer one only."""

HOLD = 0.15
"""For how long a KeepAlive waits at the master for an event to carry back, and no longer than a
third of what a client believes."""


def believed(lease: float) -> float:
    """For how many seconds after it sent a KeepAlive a client may count on what the master lets
    stand for `lease` seconds: a session; or a lock, with the lock delay, that nobody else gets it.
    """
    return lease / DRIFT - MARGIN
