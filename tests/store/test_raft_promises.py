"""The observer of all Raft servers watches the scripted schedules of the planted bugs: without the
bug it sees nothing wrong, with it what the bug breaks.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable

import pytest

from harness.invariants import named
from targets.raft_invariants import RaftInvariants
from tests.store import test_bugs, test_bugs_members, test_bugs_reads, test_bugs_snapshots
from tests.store.scripted import Table

PARTS = (test_bugs, test_bugs_members, test_bugs_reads, test_bugs_snapshots)
SCHEDULES: dict[str, Callable[..., None]] = {
    name.removeprefix("test_"): schedule
    for part in PARTS
    for name, schedule in vars(part).items()
    if name.startswith("test_") and "on" in inspect.signature(schedule).parameters
}

BROKEN = {
    "vote_not_persisted": "one vote a term",
    "term_not_persisted": "terms only grow",
    "double_vote": "one vote a term",
    "vote_ignores_log": "votes for the up to date",
    "vote_length_only": "votes for the up to date",
    "stale_vote_counted": "leaders by a majority",
    "quorum_off_by_one": "leaders by a majority",
    "prevote_refreshes_contact": "elections wait for leaders only",
    "accept_old_term_append": "one leader to obey",
    "commit_old_term_entry": "commits of the own term",
    "optimistic_match": "commits by a majority",
    "nonvoter_counted": "commits by a majority",
    "conf_before_term_commit": "members after a commit",
    "conf_not_rolled_back": "members by the log",
    "snapshot_stale_conf": "members by the log",
    "rejoin_blank_member": "one vote a term",
    "snapshot_lowers_term": "terms only grow",
}
"""What each bug breaks of what `raft_elections` and `raft_commits` look at."""


def watched(flag: str, on: bool, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of the invariants that a bug's schedule violates, in order."""
    observer = RaftInvariants()
    monkeypatch.setattr(Table, "observer", observer)
    schedule = SCHEDULES[flag]
    schedule(on=on)
    return [named(sentence) for sentence in observer.violations]


@pytest.mark.parametrize("flag", SCHEDULES)
def test_without_a_bug_nothing_is_violated(flag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert watched(flag, False, monkeypatch) == []


@pytest.mark.parametrize("flag", BROKEN)
def test_a_bug_violates_what_it_breaks(flag: str, monkeypatch: pytest.MonkeyPatch) -> None:
    assert BROKEN[flag] in watched(flag, True, monkeypatch)
