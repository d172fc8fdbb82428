"""Ballots: totally ordered, and no two servers ever use the same one (Simple §2.2; PMMC §2.2).

A ballot is a round and the number of the server that owns it, packed into one integer so that
comparing ballots is comparing integers::

    ballot = round * SERVERS + server          7 * 128 + 2: round 7 of server 2
"""

from __future__ import annotations

from targets.store.paxos.bugs import Bugs

SERVERS = 128
"""More members than a cluster may have."""

NONE = 0
"""Below every ballot that is ever used."""


def above(ballot: int, server: int, bugs: Bugs) -> int:
    """The least ballot of this server above the given one."""
    if bugs.ballot_collision:
        server = 0
    return (ballot // SERVERS + 1) * SERVERS + server


def owner(ballot: int) -> int:
    """The server whose ballot it is."""
    return ballot % SERVERS
