"""The proof that nothing has crossed a cut: what the nodes' clocks may not spoil."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any, cast

import pytest

from harness.history.faults import faults
from harness.proof import Proof
from harness.script.file import read_script
from harness.silence import Silence
from harness.target import Status, Target
from harness.trial import run_trial
from harness.worlds.sim.world import SimWorld
from harness.worlds.world import Link, ProcessStatus, World
from tests.worlds.sim.scribes import Scribes, play

LINK = Link("n1", "n2")


async def measured(world: SimWorld, leak: bool, rate: float, jump: float) -> Proof:
    """What is said of a cut of three seconds in which n2's clock went wrong.

    With `leak` it is open for a moment in the middle, and n2 hears n1.
    """
    seen = cast(World, world)
    await world.cut([LINK])
    silence = Silence(seen, cast(Target, Scribes()), [LINK])
    await silence.begin()
    await world.drift("n2", rate)
    await asyncio.sleep(1.5)
    if leak:
        await world.cut([])
        await asyncio.sleep(0.2)
        await world.cut([LINK])
    await world.jump("n2", jump)
    await asyncio.sleep(1.5)
    return await silence.held()


@pytest.mark.parametrize(("rate", "jump"), [(1.0, 0.0), (3.0, 0.0), (0.2, 0.0), (1.0, 1000.0)])
def test_no_clock_makes_a_silence_of_a_word_or_a_word_of_a_silence(
    rate: float, jump: float
) -> None:
    async def scene(world: SimWorld) -> None:
        assert (await measured(world, False, rate, jump)).effective
        proof = await measured(world, True, rate, jump)
        assert not proof.effective
        assert "frames crossed n1→n2" in proof.detail

    play(scene)


@pytest.mark.parametrize("clock", ["rate 0.1", "rate 10", "jump 100"])
def test_a_cut_is_proven_in_a_script_whose_clocks_are_wrong_meanwhile(
    clock: str, tmp_path: Path
) -> None:
    path = tmp_path / "script.toml"
    path.write_text(
        f"""world = "sim"
nodes = 3
steps = [
    "at 1 s cut n3 from n1,n2",
    "at 1.1 s clock n3 {clock}",
    "at 2 s write 1 to x by process 0 at n1",
    "at 6 s heal",
    "at 7 s resync n3",
]
"""
    )
    trial = run_trial(read_script(path))
    assert {fault.kind: fault.effective for fault in faults(trial.ops)} == {
        "cut n3 from n1,n2": True,
        f"clock n3 {clock}": True,
    }
    assert trial.valid is True, trial.reason


class _Told:
    """A world that counts nothing, of one node; and the target that says what it has heard."""

    faults = frozenset({"cut"})

    def __init__(self, heard: dict[str, float] | None, state: str = "running") -> None:
        self._heard = heard
        self._state = state
        self.nodes = {"n2": self}

    async def process(self) -> ProcessStatus:
        return ProcessStatus(cast(Any, self._state))

    async def observe(self, _node: Any) -> Status:
        if self._heard is None:
            raise ConnectionError
        return Status("follower", 1, 0, 0, heard=self._heard)

    async def prove_cut(self, links: Any) -> Proof:
        return Proof(True, f"the world measured {len(links)}")


@pytest.mark.parametrize(
    ("told", "effective", "detail"),
    [
        (_Told({"n1": 0.2}), True, "no node that runs heard anything"),
        (_Told({"n1": 0.01}), False, "n2 heard n1 0.01 s ago"),
        (_Told({}), True, "the world measured 1"),
        (_Told(None), True, "the world measured 1"),
        (_Told({"n1": 0.0}, "paused"), True, "no node that runs"),
    ],
)
def test_where_the_world_does_not_count_the_nodes_are_asked(
    told: _Told, effective: bool, detail: str
) -> None:
    async def proof() -> Proof:
        silence = Silence(cast(World, told), cast(Target, told), [LINK])
        assert not (await silence.held()).effective, "it has not begun"
        await silence.begin()
        await asyncio.sleep(0.2)
        return await silence.held()

    found = asyncio.run(proof())
    assert found.effective is effective
    assert detail in found.detail
