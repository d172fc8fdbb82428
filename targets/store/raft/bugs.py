"""Mistakes that real stores have made, switchable, off by default.

Each is one guarded line where the correct rule stands. Where it happened and what shows it is told
on the harness' side (`targets.raft_bugs`); a node needs only the names.
"""

from __future__ import annotations

from dataclasses import dataclass

from targets.store.bugs import StoreBugs


@dataclass(frozen=True)
class Bugs(StoreBugs):
    """Which mistakes this node makes."""

    leader_local_read: bool = False
    follower_local_read: bool = False
    term_not_persisted: bool = False
    truncate_on_append: bool = False
    quorum_off_by_one: bool = False


NO_BUGS = Bugs()
