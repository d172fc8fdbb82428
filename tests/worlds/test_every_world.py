"""What a world promises, and what each fault does, in every world."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator
from functools import partial
from pathlib import Path
from random import Random
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM
from typing import Any, cast

import pytest

from harness import plugins
from harness.env import Env
from harness.nemesis import Nemesis, NoEffect
from harness.target import Target
from harness.worlds.world import Link, World
from nemesis.kill import Kill
from nemesis.partition import Partition
from nemesis.pause import Pause
from tests.worlds.cluster import Chatter, everyone_talks, heard, make_world, up

Scene = Callable[[World], Awaitable[None]]


class Stage:
    """One world with three chattering nodes, shared by this module's scenes."""

    def __init__(self, world: World, runner: asyncio.Runner) -> None:
        self.world = world
        self._runner = runner

    def play(self, scene: Scene) -> None:
        async def within() -> None:
            async with asyncio.timeout(60):
                await scene(self.world)

        self._runner.run(within())


@pytest.fixture(scope="module", params=["local", "docker", "sim"])
def stage(request: pytest.FixtureRequest, tmp_path_factory: Any) -> Iterator[Stage]:
    """Set a world up once; every scene leaves it healed, with every server running."""
    if request.param == "docker":
        request.getfixturevalue("requires_docker")
    folder = tmp_path_factory.mktemp(request.param)
    world_class = plugins.load("world", request.param)
    with asyncio.Runner(loop_factory=world_class.loop_factory) as runner:
        world = make_world(world_class, folder)
        try:
            runner.run(up(world, Chatter()))
            yield Stage(world, runner)
        finally:
            runner.run(world.tear_down())


def test_bytes_that_are_cut_in_one_direction_still_flow_in_the_other(stage: Stage) -> None:
    async def scene(world: World) -> None:
        await world.cut([Link("n1", "n2")])
        await asyncio.sleep(1.0)
        assert (await heard(world.nodes["n2"]))["n1"] > 0.8
        assert (await heard(world.nodes["n3"]))["n1"] < 0.5
        # Measured by the world, not by the servers: TCP needs both directions to go on for long.
        back = await world.prove_open([Link("n2", "n1"), Link("n3", "n2")])
        assert back.effective, back.detail
        await world.cut([])
        await everyone_talks(world)

    stage.play(scene)


def test_a_cut_replaces_the_one_before(stage: Stage) -> None:
    async def scene(world: World) -> None:
        await world.cut([Link("n1", "n2"), Link("n2", "n1")])
        await world.cut([Link("n3", "n1")])
        await asyncio.sleep(1.0)
        assert (await heard(world.nodes["n2"]))["n1"] < 0.5
        assert (await heard(world.nodes["n1"]))["n3"] > 0.8
        await world.cut([])
        await everyone_talks(world)

    stage.play(scene)


def test_a_cut_is_proven_and_so_is_that_a_link_is_open(stage: Stage) -> None:
    async def scene(world: World) -> None:
        cut = [Link("n1", "n2"), Link("n3", "n2")]
        await world.cut(cut)
        proof = await world.prove_cut(cut)
        assert proof.effective, proof.detail
        wrong = await world.prove_cut([*cut, Link("n1", "n3")])
        assert not wrong.effective
        assert "n1→n3" in wrong.detail
        await world.cut([])
        opened = await world.prove_open(cut)
        assert opened.effective, opened.detail

    stage.play(scene)


def test_a_server_is_killed_paused_and_ends_by_itself_and_the_world_tells_which(
    stage: Stage,
) -> None:
    async def scene(world: World) -> None:
        node = world.nodes["n1"]
        running = await node.process()
        assert running.state == "running"
        await node.signal(SIGSTOP)
        await until(world, "n1", "paused")
        await node.signal(SIGCONT)
        await until(world, "n1", "running")
        await node.signal(SIGKILL)
        await until(world, "n1", "exited")
        killed = await node.process()
        assert (killed.pid, killed.exit_code) == (running.pid, -SIGKILL)
        with pytest.raises(ConnectionError):
            await (await node.dial("client")).receive()
        await node.start([node.python, "-c", "raise SystemExit(7)"], None, ends_with_7)
        await until(world, "n1", "exited")
        assert (await node.process()).exit_code == 7
        await Chatter().start(node, list(world.nodes))
        await everyone_talks(world)

    stage.play(scene)


def test_signalling_what_does_not_run_is_harmless(stage: Stage) -> None:
    async def scene(world: World) -> None:
        node = world.nodes["n2"]
        await node.signal(SIGKILL)
        await until(world, "n2", "exited")
        for signal in (SIGKILL, SIGSTOP, SIGCONT, SIGTERM):
            await node.signal(signal)
        await Chatter().start(node, list(world.nodes))
        await everyone_talks(world)

    stage.play(scene)


def test_files_are_uploaded_fetched_and_wiped(stage: Stage) -> None:
    async def scene(world: World) -> None:
        node = world.nodes["n3"]
        await node.upload({"some/where/data": b"\x00\xff", "other": b"kept"})
        assert await node.fetch("some/where/data") == b"\x00\xff"
        await node.wipe("some")
        await node.wipe("some")
        assert await node.fetch("some/where/data") == b""
        assert await node.fetch("other") == b"kept"

    stage.play(scene)


def test_what_a_server_writes_is_in_its_log_also_after_a_restart(stage: Stage) -> None:
    async def scene(world: World) -> None:
        node = world.nodes["n3"]
        await node.signal(SIGKILL)
        await until(world, "n3", "exited")
        for word in ("first", "second"):
            program = f"import sys; print({word!r}, file=sys.stderr)"
            main = partial(says_and_ends, word)
            await node.start([node.python, "-c", program], {"SOME": "thing"}, main)
            await until(world, "n3", "exited")
        lines = (await node.fetch("server.log")).decode().splitlines()
        assert [line.split()[-1] for line in lines[-2:]] == ["first", "second"]
        await Chatter().start(node, list(world.nodes))
        await everyone_talks(world)

    stage.play(scene)


@pytest.mark.parametrize("place", [p for p, least in Partition.places.items() if least <= 3])
def test_partition_takes_effect_and_heals_with_proof(stage: Stage, place: str) -> None:
    async def scene(world: World) -> None:
        target = cast(Target, Chatter(leader="n2"))
        nemesis: Nemesis = Partition(Random(1))
        injected = await nemesis.inject(world, target, place)
        assert injected.effective, injected.detail
        await asyncio.sleep(1.2)
        healed = await nemesis.heal()
        assert healed.effective, healed.detail
        silent = ("no node that runs heard anything across it for", "nothing crossed")
        assert any(words in healed.detail for words in silent), healed.detail
        await everyone_talks(world)

    stage.play(scene)


def test_a_partition_that_somebody_heals_early_is_found_out(stage: Stage) -> None:
    """The proof is what the nodes heard, not what the nemesis asked for."""

    async def scene(world: World) -> None:
        nemesis = Partition(Random(1))
        await nemesis.inject(world, cast(Target, Chatter()), "halves")
        await world.cut([])
        await asyncio.sleep(1.5)
        healed = await nemesis.heal()
        assert not healed.effective
        await everyone_talks(world)

    stage.play(scene)


@pytest.mark.parametrize("nemesis_class", [Kill, Pause])
@pytest.mark.parametrize("place", ["one", "primaries", "minority", "majority", "all"])
def test_kill_and_pause_take_effect_and_heal_with_proof(
    stage: Stage, nemesis_class: Any, place: str
) -> None:
    async def scene(world: World) -> None:
        nemesis: Nemesis = nemesis_class(Random(3))
        injected = await nemesis.inject(world, cast(Target, Chatter(leader="n2")), place)
        assert injected.effective, injected.detail
        hit = {"one": 1, "primaries": 1, "minority": 1, "majority": 2, "all": 3}[place]
        states = [(await node.process()).state for node in world.nodes.values()]
        assert states.count("exited" if nemesis_class is Kill else "paused") == hit
        healed = await nemesis.heal()
        assert healed.effective, healed.detail
        await everyone_talks(world)

    stage.play(scene)


def test_a_server_that_was_down_already_proves_no_kill(stage: Stage) -> None:
    async def scene(world: World) -> None:
        await world.nodes["n1"].signal(SIGKILL)
        await until(world, "n1", "exited")
        nemesis = Kill(Random(1))
        injected = await nemesis.inject(world, cast(Target, Chatter()), "all")
        assert not injected.effective
        assert "n1 was exited before SIGKILL" in injected.detail
        await nemesis.heal()
        await everyone_talks(world)

    stage.play(scene)


def test_without_a_primary_there_is_nothing_to_aim_at(stage: Stage) -> None:
    async def scene(world: World) -> None:
        with pytest.raises(NoEffect, match="no node said that it leads"):
            await Kill(Random(1)).inject(world, cast(Target, Chatter()), "primaries")

    stage.play(scene)


def ends_with_7(_env: Env, _log: Callable[[str], None]) -> None:
    """A program for a world that simulates it."""
    raise SystemExit(7)


def says_and_ends(word: str, _env: Env, log: Callable[[str], None]) -> None:
    """Another."""
    log(word)
    raise SystemExit(0)


async def until(world: World, name: str, state: str) -> None:
    """Wait for the state of a node's server."""
    async with asyncio.timeout(10):
        while (await world.nodes[name].process()).state != state:
            await asyncio.sleep(0.02)


def test_tear_down_also_works_half_way_and_twice(tmp_path: Path, request: Any) -> None:
    async def scene() -> None:
        world = make_world(plugins.load("world", "local"), tmp_path)
        await world.tear_down()
        await world.set_up()
        await world.tear_down()
        await world.tear_down()

    asyncio.run(scene())
