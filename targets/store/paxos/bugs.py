"""Mistakes that can be made with Paxos, switchable, off by default.

Each is a guarded line or a few where the correct rule stands. Where it happened and what shows it
is told on the harness' side (`targets.paxos_bugs`).
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
    commit_before_lease_invalidated: bool = False
    promise_page_skips: bool = False
    promise_hides_gone_slots: bool = False
    apply_before_commit: bool = False
    optimistic_match: bool = False
    leader_local_read: bool = False
    follower_local_read: bool = False
    readindex_ack_reuse: bool = False
    lease_too_long: bool = False
    lease_ignores_drift: bool = False
    lease_kept_on_transfer: bool = False
    nonvoter_counted: bool = False
    change_not_awaited: bool = False
    candidate_passes_change: bool = False
    snapshot_stale_conf: bool = False
    snapshot_off_by_one: bool = False
    snapshot_lowers_promise: bool = False
    old_snapshot_installed: bool = False


NO_BUGS = Bugs()
