"""Mistakes that real stores have made, switchable, off by default.

Each is a guarded line or two where the correct rule stands. Where it happened and what shows it is
told on the harness' side (`targets.raft_bugs`); a node needs only the names.
"""

from __future__ import annotations

from dataclasses import dataclass

from targets.store.bugs import StoreBugs


@dataclass(frozen=True)
class Bugs(StoreBugs):
    """Which mistakes this node makes."""

    # Reads
    leader_local_read: bool = False
    follower_local_read: bool = False
    readindex_before_term_commit: bool = False
    readindex_ack_reuse: bool = False
    lease_too_long: bool = False
    lease_ignores_drift: bool = False
    lease_kept_on_transfer: bool = False
    replay_missing: bool = False

    # Elections
    vote_not_persisted: bool = False
    term_not_persisted: bool = False
    vote_ignores_log: bool = False
    vote_length_only: bool = False
    double_vote: bool = False
    stale_vote_counted: bool = False
    quorum_off_by_one: bool = False
    prevote_refreshes_contact: bool = False

    # Followers
    truncate_on_append: bool = False
    accept_old_term_append: bool = False
    no_prev_term_check: bool = False
    noncontiguous_append: bool = False
    commit_to_own_last: bool = False
    commit_index_regress: bool = False

    # Leaders
    commit_old_term_entry: bool = False
    apply_before_commit: bool = False
    commit_page_skips: bool = False
    optimistic_match: bool = False
    match_index_regress: bool = False

    # Members
    nonvoter_counted: bool = False
    conf_before_term_commit: bool = False
    conf_not_rolled_back: bool = False
    rejoin_blank_member: bool = False

    # Snapshots
    snapshot_stale_conf: bool = False
    old_snapshot_installed: bool = False
    snapshot_off_by_one: bool = False
    snapshot_lowers_term: bool = False


NO_BUGS = Bugs()
