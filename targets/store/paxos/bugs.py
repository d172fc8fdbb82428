"""Mistakes that can be made with Paxos, switchable, off by default.

Each is one guarded line where the correct rule stands. Where it happened and what shows it is told
on the harness' side (`targets.paxos_bugs`).
"""

from __future__ import annotations

from dataclasses import dataclass

from targets.store.bugs import StoreBugs


@dataclass(frozen=True)
class Bugs(StoreBugs):
    """Which mistakes this node makes."""

    promise_not_persisted: bool = False
    accepted_not_persisted: bool = False
    accept_lower_ballot: bool = False
    promise_lower_ballot: bool = False
    ignore_accepted_value: bool = False
    adopt_first_not_highest: bool = False
    learner_cross_ballot: bool = False
    learner_counts_dups: bool = False
    ballot_collision: bool = False
    accept_keeps_old_promise: bool = False
    stale_promise_counted: bool = False
    quorum_half: bool = False
    read_skips_inflight: bool = False


NO_BUGS = Bugs()
