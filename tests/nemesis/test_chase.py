"""A partition that follows the leader about: `partition:leaders`."""

from __future__ import annotations

from itertools import pairwise
from random import Random
from typing import Any, cast

import pytest

from harness.history.faults import START, STOP
from harness.nemesis import NoEffect
from harness.proof import Proof
from harness.spec import Cadence, TestSpec, node_names
from harness.target import Target
from harness.trial import run_trial
from harness.worlds.sim.world import SimWorld
from harness.worlds.world import World
from nemesis.partition import Partition
from tests.worlds.sim.scribes import Scribes, play


def ends(seed: int) -> list[dict[str, Any]]:
    """What is said of each fault's beginning and end in a test of the bundled Raft."""
    spec = TestSpec(
        name="chase",
        target="raft",
        world="sim",
        nodes=node_names(5),
        workload="register",
        nemesis=["partition:leaders"],
        seed=seed,
        time_limit=12.0,
        concurrency=5,
        rate=20.0,
        ops_per_key=50,
        cadence=Cadence(1.0, 4.0),
    )
    trial = run_trial(spec)
    assert trial.valid is True, trial.reason
    assert trial.invariants == ()
    return [
        op.value
        for op in trial.ops
        if op.f.startswith((START, STOP)) and op.type == "info" and "effective" in op.value
    ]


def test_each_leader_is_cut_off_in_its_turn_and_the_one_before_comes_back() -> None:
    struck = []
    for seed in range(5):
        for value in ends(seed):
            assert value["effective"], value["detail"]
            told = value["detail"].partition("cut off ")[2].partition(", one after")[0]
            names = told.split(", ") if told else []
            assert all(one != next_ for one, next_ in pairwise(names))
            struck.append(len(names))
    assert max(struck) >= 4


def test_where_nobody_leads_there_is_nobody_to_follow() -> None:
    class Headless(Scribes):
        async def primaries(self, nodes: Any) -> list[str]:
            return []

    async def scene(world: SimWorld) -> None:
        nemesis = Partition(Random(1))
        with pytest.raises(NoEffect):
            await nemesis.inject(cast(World, world), cast(Target, Headless()), "leaders")
        assert await nemesis.heal() == Proof(False, "nobody was cut off")

    play(scene)
