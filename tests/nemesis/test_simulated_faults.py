"""The faults that only a simulation can make: each is proven, and not where it had no effect."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from random import Random
from signal import SIGKILL, SIGSTOP
from typing import Any, cast

import pytest

from harness.assembly import assemble
from harness.checks.cluster import judge_logs
from harness.cli.run_command import resolve
from harness.nemesis import Nemesis
from harness.places import makeable, places_of, usual_places
from harness.plugins import UnknownName, load
from harness.spec import SpecError, TestSpec
from harness.target import Target
from harness.worlds.faults import BreakableDisks, Clocked, Pointed, Powered, Weathered
from harness.worlds.sim.world import SimWorld
from harness.worlds.world import CLIENTS, Link, World
from nemesis.clock import Clock
from nemesis.crash import MOST, Crash
from nemesis.disk import Disk
from nemesis.packet import Packet
from nemesis.power import Power
from tests.worlds.sim.scribes import Scribes, ask, play

SCRIBES = cast(Target, Scribes())
FAULTS = (Packet, Power, Clock, Disk, Crash)
EVERY = [
    (nemesis_class, place)
    for nemesis_class in FAULTS
    for place, least in places_of(nemesis_class, Scribes).items()
    if least <= 3 and not place.startswith("never")
]


def seen(world: SimWorld) -> World:
    """A simulated world, as a nemesis sees it."""
    return cast(World, world)


def test_the_sim_world_offers_what_its_words_promise() -> None:
    def offers(world: SimWorld) -> tuple[Weathered, Powered, Clocked, BreakableDisks, Pointed]:
        return world, world, world, world, world  # the type checker is the test

    words = {"weather", "power", "clock", "disk", "points"}
    assert words <= SimWorld.faults
    assert callable(offers)


def every_link(world: SimWorld) -> list[Link]:
    ends = [*world.nodes, CLIENTS]
    return [Link(src, dst) for src in ends for dst in ends if src != dst]


async def everything_is_well(world: SimWorld) -> None:
    """Every scribe runs, writes on a sound disk, at its own rate, and hears its peers at once."""
    before = {name: (await world.disk_use(name), await world.clock(name)) for name in world.nodes}
    traffic = await world.traffic(every_link(world))
    await asyncio.sleep(2.0)
    for name, node in world.nodes.items():
        assert (await node.process()).state == "running"
        heard = (await ask(node))["heard"]
        assert max(heard.values()) < 0.3, heard
        use, clock = before[name]
        now = await world.disk_use(name)
        assert now.refused == use.refused
        assert now.sync_s - use.sync_s < 0.005 * (now.syncs - use.syncs)
        reading = await world.clock(name)
        rate = (reading.node_s - clock.node_s) / (reading.world_s - clock.world_s)
        assert rate == pytest.approx(1.0, abs=0.002)
    after = (await world.traffic(every_link(world))).since(traffic)
    assert not after.lost + after.doubled + after.delayed + after.stopped + after.resets


@pytest.mark.parametrize(("nemesis_class", "place"), EVERY)
@pytest.mark.parametrize("seed", range(3))
def test_it_takes_effect_with_proof_and_leaves_nothing_behind(
    nemesis_class: Any, place: str, seed: int
) -> None:
    async def scene(world: SimWorld) -> None:
        asking = asyncio.create_task(questions(world))
        nemesis: Nemesis = nemesis_class(Random(seed))
        injected = await nemesis.inject(seen(world), SCRIBES, place)
        assert injected.effective, injected.detail
        await asyncio.sleep(1.5)
        healed = await nemesis.heal()
        assert healed.effective, healed.detail
        asking.cancel()
        await everything_is_well(world)

    play(scene, seed=seed)


async def questions(world: SimWorld) -> None:
    """Clients ask all the time."""
    while True:
        for node in world.nodes.values():
            try:
                async with asyncio.timeout(0.5):
                    await ask(node)
            except (ConnectionError, TimeoutError):
                pass
            await asyncio.sleep(0.01)


# Without effect there is no proof ----------------------------------------------------------------


def unproven(
    nemesis_class: Any,
    place: str,
    *,
    before: Callable[[SimWorld], Awaitable[None]] | None = None,
    during: Callable[[SimWorld], Awaitable[None]] | None = None,
) -> str:
    """What a nemesis says after which its effect must not count as proven."""
    said = []

    async def scene(world: SimWorld) -> None:
        if before is not None:
            await before(world)
        nemesis: Nemesis = nemesis_class(Random(1))
        injected = await nemesis.inject(seen(world), SCRIBES, place)
        if during is None:
            said.append(injected)
            await nemesis.heal()
        else:
            assert injected.effective, injected.detail
            await asyncio.sleep(1.0)
            await during(world)
            await asyncio.sleep(1.0)
            said.append(await nemesis.heal())

    play(scene)
    (proof,) = said
    assert not proof.effective, proof.detail
    return proof.detail


async def all_are_stopped(world: SimWorld) -> None:
    for node in world.nodes.values():
        await node.signal(SIGSTOP)


async def all_are_killed(world: SimWorld) -> None:
    for node in world.nodes.values():
        await node.signal(SIGKILL)


@pytest.mark.parametrize("place", list(Packet.places))
def test_bad_weather_that_touches_no_frame_is_not_proven(place: str) -> None:
    assert "0 crossed" in unproven(Packet, place, before=all_are_killed)


def test_a_node_that_was_down_lost_no_power() -> None:
    said = unproven(Power, "all", before=all_are_killed)
    assert "n1 was exited" in said


def test_a_node_that_came_back_by_itself_was_not_without_power_until_the_end() -> None:
    async def during(world: SimWorld) -> None:
        for node in world.nodes.values():
            if not node.powered:
                await Scribes().start(node, list(world.nodes))

    assert "was running when it was healed" in unproven(Power, "one", during=during)


def test_a_clock_that_somebody_set_right_did_not_run_wrong() -> None:
    async def during(world: SimWorld) -> None:
        for name in world.nodes:
            await world.drift(name, None)

    assert "s a second" in unproven(Clock, "drift", during=during)


def test_a_clock_that_jumped_again_did_not_run_steadily() -> None:
    async def during(world: SimWorld) -> None:
        for name in world.nodes:
            await world.jump(name, -5.0)

    assert "s a second" in unproven(Clock, "forward", during=during)


@pytest.mark.parametrize("place", ["full", "slow", "lie"])
def test_a_disk_that_nobody_used_was_not_seen_to_fail(place: str) -> None:
    said = unproven(Disk, place, before=all_are_stopped)
    assert "refused 0" in said or "synced 0 times" in said or "0 bytes" in said


def test_a_point_that_nobody_reaches_strikes_nobody() -> None:
    assert "no node was at never within" in unproven(Crash, "never")


# What each does ----------------------------------------------------------------------------------


@pytest.mark.parametrize(("place", "most"), [("lag", 9.0), ("lag.slight", 2.0)])
def test_the_leader_lags_behind_all_others(place: str, most: float) -> None:
    """The scribes say that n1 leads."""

    async def scene(world: SimWorld) -> None:
        nemesis = Clock(Random(3))
        await nemesis.inject(seen(world), SCRIBES, place)
        before = {name: await world.clock(name) for name in world.nodes}
        await asyncio.sleep(10.0)
        passed = {n: (await world.clock(n)).node_s - before[n].node_s for n in world.nodes}
        assert passed["n1"] < 10.0 / 1.2 + 0.1
        assert passed["n2"] == passed["n3"] > 10.0 * 1.2 - 0.1
        assert 1.4 < passed["n2"] / passed["n1"] < most
        await nemesis.heal()

    play(scene)


def test_what_is_late_is_old_when_it_comes() -> None:
    """A node's greetings are numbered in the order they were sent, five a second."""

    async def scene(world: SimWorld) -> None:
        link = world._links()["n2", "n1"]
        at: list[float] = []
        carry = link._arrive_with_care
        loop = asyncio.get_running_loop()

        def arrive(*args: Any) -> None:
            at.append(loop.time() - args[3])
            carry(*args)

        link._arrive_with_care = arrive  # type: ignore[assignment, method-assign]
        nemesis = Packet(Random(3))
        await nemesis.inject(seen(world), SCRIBES, "late")
        await asyncio.sleep(20.0)
        await nemesis.heal()
        assert max(at) > 0.5
        assert sorted(at)[len(at) // 4] < 0.1, "most come in time"

    play(scene)


def test_a_crash_point_strikes_several_times_and_only_there() -> None:
    async def scene(world: SimWorld) -> None:
        nemesis = Crash(Random(4))
        await nemesis.inject(seen(world), SCRIBES, "written.kill")
        await asyncio.sleep(3.0)
        healed = await nemesis.heal()
        assert healed.effective, healed.detail
        struck = healed.detail.count("at written (kill)")
        assert 3 <= struck <= MOST
        assert "(power)" not in healed.detail

    play(scene)


def test_a_full_disk_ends_the_scribe_whose_last_words_are_excused_and_nobody_elses() -> None:
    async def scene(world: SimWorld) -> None:
        nemesis = Disk(Random(1))
        await nemesis.inject(seen(world), SCRIBES, "full")
        assert "exited" in [(await node.process()).state for node in world.nodes.values()]
        await nemesis.heal()
        logs = {
            f"{name}/server.log": await n.fetch("server.log") for name, n in world.nodes.items()
        }
        names = list(world.nodes)
        blamed = judge_logs(names, logs, ["fatal"])
        assert blamed.valid is False
        excused = judge_logs(names, logs, ["fatal"], nemesis.excuses)
        assert excused.valid is True
        assert "its disk was full" in str(excused.details["excused"])
        later = {name: log + b"fatal flaw\n" for name, log in logs.items()}
        assert judge_logs(names, later, ["fatal"], nemesis.excuses).valid is False

    play(scene)


@pytest.mark.parametrize("place", ["flip", "rot"])
def test_a_damaged_scribe_refuses_is_excused_and_comes_back_with_all_its_lines(place: str) -> None:
    async def scene(world: SimWorld) -> None:
        before = {name: (await ask(node))["lines"] for name, node in world.nodes.items()}
        for seed in range(30):
            nemesis = Disk(Random(seed))
            injected = await nemesis.inject(seen(world), SCRIBES, place)
            assert injected.effective
            assert "refuses" in injected.detail or "serves" in injected.detail
            healed = await nemesis.heal()
            assert healed.effective, healed.detail
            assert "flipped back" in healed.detail
        await asyncio.sleep(1.0)
        for name, node in world.nodes.items():
            assert (await ask(node))["lines"] > before[name]
            assert set(node.disk.read("book").splitlines()) == {b"a line of the book"}

    play(scene)


# What a test may ask for -------------------------------------------------------------------------


def spec(world: str, nemesis: str, **options: Any) -> TestSpec:
    return resolve(
        **{
            "target": "raft", "world": world, "workload": "register", "nemesis": nemesis,
            "nodes": "3", "node": (), "time_limit": 20.0, "clients": "5", "rate": 50.0,
            "ops_per_key": 100, "client_timeout": 1.0, "nemesis_interval": None,
            "nemesis_quiet": None, "nemesis_overlap": 1,
            "bugs": (), "options": (), "stop_on_violation": False,
            "seed": 1, "name": None, **options,
        }
    )  # fmt: skip


def test_all_means_all_that_the_world_can_make() -> None:
    everywhere = ["kill", "membership", "partition", "pause", "transfer"]
    assert spec("local", "all").nemesis == everywhere
    assert {"packet", "power", "clock", "disk", "crash"} < set(spec("sim", "all").nemesis)


def test_all_leaves_out_what_no_store_can_be_asked_to_survive() -> None:
    places = makeable(load("world", "sim"), load("target", "raft"), 3)
    assert places["disk"] == ["full", "slow"]
    assert places["clock"] == ["drift", "forward", "skew", "lag"]
    assert places["crash"] == list(load("target", "raft").points)
    assert usual_places(Crash, object(), 3) == []


def test_a_fault_that_the_world_can_not_make_is_refused_with_what_it_can() -> None:
    with pytest.raises(SpecError, match="needs weather, and world local can only cut, kill, pause"):
        assemble(spec("local", "packet"))


def test_a_crash_point_that_the_target_does_not_have_is_refused_with_those_it_has() -> None:
    with pytest.raises(UnknownName, match=r"did you mean granted-vote\?.*appended.*saved"):
        assemble(spec("sim", "crash:grantedvote"))
    assert assemble(spec("sim", "crash:granted-vote.kill")).places == {
        "crash": ["granted-vote.kill"]
    }
    assert assemble(spec("sim", "disk:flip,clock:back")).places == {
        "disk": ["flip"],
        "clock": ["back"],
    }
