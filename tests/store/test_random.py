"""Random schedules of both cores (`tests.store.schedule`): nothing goes wrong in any, and planted
bugs do in some.

`SPLITBRAIN_STORE_SEEDS` sets how many seeds are tried (default 100).
"""

from __future__ import annotations

import os
from random import Random
from typing import Any

import pytest

from targets.paxos_invariants import PaxosInvariants
from targets.raft_invariants import RaftInvariants
from targets.store.paxos.bugs import Bugs as PaxosBugs
from targets.store.raft.bugs import Bugs as RaftBugs
from tests.store.paxos.table import Table as PaxosTable
from tests.store.schedule import Schedule, options
from tests.store.scripted import Table as RaftTable

SEEDS = int(os.environ.get("SPLITBRAIN_STORE_SEEDS", "100"))
BATCH = 25


def schedule(core: str, seed: int, **bugs: bool) -> Schedule:
    """The schedule of this seed."""
    rng = Random(seed)
    given: dict[str, Any] = options(rng)
    if core == "raft":
        return Schedule(rng, RaftTable(bugs=RaftBugs(**bugs), **given), RaftInvariants())
    return Schedule(rng, PaxosTable(bugs=PaxosBugs(**bugs), **given), PaxosInvariants())


@pytest.mark.parametrize("batch", range(0, SEEDS, BATCH))
@pytest.mark.parametrize("core", ["raft", "paxos"])
def test_whatever_happens_all_apply_the_same(core: str, batch: int) -> None:
    changes = answers = tears = 0
    for seed in range(batch, min(batch + BATCH, SEEDS)):
        found = schedule(core, seed)
        assert found.run() == [], f"seed {seed}"
        changes += found.changes
        answers += found.answers
        tears += found.tears
    assert changes > 5
    assert answers > 50
    assert tears


@pytest.mark.parametrize(
    ("core", "bug"),
    [
        ("raft", "quorum_off_by_one"),
        ("raft", "commit_index_regress"),
        ("raft", "replay_missing"),
        ("raft", "snapshot_off_by_one"),
        ("paxos", "quorum_half"),
        ("paxos", "ignore_accepted_value"),
        ("paxos", "follower_local_read"),
        ("paxos", "snapshot_off_by_one"),
    ],
)
def test_a_planted_bug_goes_wrong_in_some_schedule(core: str, bug: str) -> None:
    assert any(schedule(core, seed, **{bug: True}).run() for seed in range(60))
