"""A simulated process on its machine: what it does, what holds it up, and how it ends."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM
from typing import Any

import pytest

from harness.env import Env
from harness.worlds.faults import Ailment
from harness.worlds.sim.node import SimNode
from harness.worlds.sim.world import SimWorld
from harness.worlds.world import WorldError
from tests.worlds.sim.scribes import Scribes, ask, play


async def run(node: SimNode, main: Callable[[Env], Any]) -> None:
    """Start a program that logs nothing."""
    await node.start(["program"], None, lambda env, log: main(env))


async def state(node: SimNode) -> str:
    return (await node.process()).state


def test_what_comes_for_a_paused_process_waits_and_is_handled_in_order() -> None:
    async def scene(world: SimWorld) -> None:
        seen: list[bytes] = []
        n1, n2 = world.nodes["n1"], world.nodes["n2"]
        await run(n1, lambda env: None)
        await run(n2, lambda env: env.receive(lambda sender, frame: seen.append(frame)))
        assert n1.env is not None
        await n2.signal(SIGSTOP)
        assert await state(n2) == "paused"
        for number in range(5):
            n1.env.send("n2", bytes([number]))
        await asyncio.sleep(1.0)
        assert seen == []
        await n2.signal(SIGCONT)
        await asyncio.sleep(0.1)
        assert seen == [bytes([number]) for number in range(5)]
        assert await state(n2) == "running"

    play(scene, started=False)


def test_a_process_that_is_resumed_looks_at_its_sockets_and_timers_in_any_order() -> None:
    """What came from one of them keeps its order; all orders of the three come up."""
    orders: set[tuple[str, ...]] = set()

    async def scene(world: SimWorld) -> None:
        seen: list[str] = []
        nodes = list(world.nodes.values())
        for node in nodes[1:]:
            await run(node, lambda env: None)

        def main(env: Env) -> None:
            env.receive(lambda sender, frame: seen.append(f"{sender} {frame.decode()}"))
            for number in (0, 1):
                env.after(0.1 + number / 10, partial(seen.append, f"timer {number}"))

        await run(nodes[0], main)
        await nodes[0].signal(SIGSTOP)
        for number in (b"0", b"1"):
            for node in nodes[1:]:
                assert node.env is not None
                node.env.send("n1", number)
                await asyncio.sleep(0.1)
        await asyncio.sleep(1.0)
        await nodes[0].signal(SIGCONT)
        await asyncio.sleep(0.1)
        assert sorted(seen) == [f"{who} {n}" for who in ("n2", "n3", "timer") for n in (0, 1)]
        assert [line[-1] for line in seen] == ["0", "1"] * 3
        orders.add(tuple(line.split()[0] for line in seen[::2]))

    for seed in range(40):
        play(scene, started=False, seed=seed)
    assert len(orders) == 6


def test_a_timer_that_is_cancelled_while_it_waits_does_not_ring() -> None:
    async def scene(world: SimWorld) -> None:
        rung: list[str] = []
        node = world.nodes["n1"]

        def main(env: Env) -> None:
            late = env.after(0.2, lambda: rung.append("late"))
            env.after(0.1, late.cancel)

        await run(node, main)
        await node.signal(SIGSTOP)
        await asyncio.sleep(1.0)
        await node.signal(SIGCONT)
        await asyncio.sleep(1.0)
        assert rung == []

    play(scene, started=False)


def test_a_timer_never_rings_early_however_the_clock_drifts() -> None:
    async def scene(world: SimWorld) -> None:
        early: list[float] = []
        count = 0

        def main(env: Env) -> None:
            def ring(due: float) -> None:
                nonlocal count
                count += 1
                if env.now() < due:
                    early.append(due)
                seconds = env.rng.uniform(0.0, 0.3)
                env.after(seconds, partial(ring, env.now() + seconds))

            ring(env.now())

        node = world.nodes["n1"]
        await run(node, main)
        for rate in (0.3, 2.7, 1.1, 0.777):
            await world.drift("n1", rate)
            await world.jump("n1", 1234.5)
            await asyncio.sleep(0.4)  # what was set at the old rate has rung
            early.clear()
            await asyncio.sleep(30)
            assert early == []
        assert count > 300

    play(scene, started=False)


def test_frames_leave_after_the_sync_and_never_when_the_process_ends_during_it() -> None:
    async def scene(world: SimWorld) -> None:
        arrived: list[float] = []
        n1, n2 = world.nodes["n1"], world.nodes["n2"]
        loop = asyncio.get_running_loop()
        await run(n2, lambda env: env.receive(lambda *_: arrived.append(loop.time())))
        await world.ail("n1", Ailment(slowness=1000.0))

        def main(env: Env) -> None:
            env.disk.append("f", b"promise")
            env.disk.sync("f")
            env.send("n2", b"promised")

        begin = loop.time()
        await run(n1, main)
        await asyncio.sleep(3.0)
        assert len(arrived) == 1
        assert arrived[0] >= begin + 0.2
        await n1.signal(SIGKILL)
        await run(n1, main)
        await asyncio.sleep(0.1)
        lost = await world.power_off(["n1"])
        await asyncio.sleep(3.0)
        assert len(arrived) == 1
        found = n1.disk.read("f")
        assert found.startswith(b"promise")
        assert lost["n1"] == len(b"promisepromise") - len(found.rstrip(b"\0"))

    play(scene, started=False)


def test_an_observer_sees_the_state_after_a_sync_only_when_it_has_ended() -> None:
    async def scene(world: SimWorld) -> None:
        looks: list[float] = []
        loop = asyncio.get_running_loop()
        node = world.nodes["n1"]

        class Sees:
            def look(self, name: str, program: Any) -> None:
                looks.append(loop.time())

            def heard(self, name: str, sender: str, frame: bytes) -> None:
                """Nothing."""

            def gone(self, name: str) -> None:
                looks.append(-1.0)

        node._observe = Sees()
        await world.ail("n1", Ailment(slowness=1000.0))

        def main(env: Env) -> str:
            env.disk.append("f", b"promise")
            env.disk.sync("f")
            return "program"

        await run(node, main)
        await asyncio.sleep(0.01)
        await node.signal(SIGKILL)
        assert looks == [-1.0], "it ended in the middle: the state after the sync never was"
        await run(node, main)
        await asyncio.sleep(5.0)
        await node.signal(SIGKILL)
        assert len(looks) == 3
        assert looks[1] < loop.time() - 2.0, "at once, and not with the next event"
        assert looks[2] == -1.0

    play(scene, started=False)


def test_sigterm_ends_it_with_0_and_a_paused_one_hears_of_it_later() -> None:
    async def scene(world: SimWorld) -> None:
        n1, n2 = world.nodes["n1"], world.nodes["n2"]
        await n1.signal(SIGTERM)
        assert ((await n1.process()).state, (await n1.process()).exit_code) == ("exited", 0)
        await n2.signal(SIGSTOP)
        await n2.signal(SIGTERM)
        assert await state(n2) == "paused"
        await n2.signal(SIGCONT)
        assert ((await n2.process()).state, (await n2.process()).exit_code) == ("exited", 0)
        for node in (n1, n2):
            for signal in (SIGKILL, SIGSTOP, SIGCONT, SIGTERM):
                await node.signal(signal)
            await Scribes().start(node, list(world.nodes))
            assert await state(node) == "running"

    play(scene)


def test_a_crash_of_its_own_code_ends_it_with_1_and_a_trace() -> None:
    async def scene(world: SimWorld) -> None:
        node = world.nodes["n1"]

        def main(env: Env) -> None:
            env.after(0.1, lambda: [].pop())

        await run(node, main)
        await asyncio.sleep(0.2)
        assert (await node.process()).exit_code == 1
        log = (await node.fetch("server.log")).decode()
        assert "fatal IndexError: pop from empty list" in log
        assert "Traceback" in log

    play(scene, started=False)


def test_one_server_at_a_time_and_only_programs_that_can_be_simulated() -> None:
    async def scene(world: SimWorld) -> None:
        node = world.nodes["n1"]
        with pytest.raises(WorldError, match="already runs"):
            await Scribes().start(node, list(world.nodes))
        await node.signal(SIGKILL)
        with pytest.raises(WorldError, match="can't run redis"):
            await node.start(["redis"])

    play(scene)


def test_what_was_written_is_there_after_a_kill_and_a_wipe_removes_it() -> None:
    async def scene(world: SimWorld) -> None:
        node = world.nodes["n1"]
        before = (await ask(node))["lines"]
        assert before >= 15
        await node.signal(SIGKILL)
        await Scribes().start(node, list(world.nodes))
        assert (await ask(node))["lines"] >= before
        await node.signal(SIGKILL)
        await node.wipe("data")
        await Scribes().start(node, list(world.nodes))
        assert (await ask(node))["lines"] < before

    play(scene)


def test_a_point_strikes_there_and_does_not_return() -> None:
    async def scene(world: SimWorld) -> None:
        past: list[str] = []
        told: list[tuple[str, str]] = []

        def main(env: Env) -> None:
            def work() -> None:
                env.disk.append("f", b"synced")
                env.disk.sync("f")
                env.reached("here")
                past.append(env.name)

            env.after(0.1, work)

        def judge(name: str, point: str) -> Any:
            told.append((name, point))
            return {"n1": "kill", "n2": "power", "n3": None}[name]

        world.aim(judge)
        for node in world.nodes.values():
            await run(node, main)
        await asyncio.sleep(0.2)
        assert sorted(told) == [("n1", "here"), ("n2", "here"), ("n3", "here")]
        assert past == ["n3"]
        assert [await state(node) for node in world.nodes.values()] == [
            "exited", "exited", "running",
        ]  # fmt: skip
        assert [node.powered for node in world.nodes.values()] == [True, False, True]
        assert world.nodes["n2"].disk.read("f") == b"synced"
        world.aim(None)

    play(scene, started=False)
