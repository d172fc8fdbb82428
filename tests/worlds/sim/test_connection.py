"""A client's connection to a simulated node, as TCP would have it."""

from __future__ import annotations

import asyncio
from signal import SIGKILL, SIGSTOP

import pytest

from harness.env import Env
from harness.worlds.sim.world import SimWorld
from harness.worlds.world import CLIENTS, Connection, Link, Weather
from tests.worlds.sim.scribes import Scribes, ask, play

EVERY = [Link(CLIENTS, "n1"), Link("n1", CLIENTS)]


async def echo(world: SimWorld) -> Connection:
    """A connection to a node that sends everything back."""

    def main(env: Env) -> None:
        env.receive(lambda sender, frame: env.send(sender, frame))

    await world.nodes["n1"].start(["echo"], None, lambda env, log: main(env))
    return await world.nodes["n1"].dial("client")


def test_frames_come_whole_once_and_in_order_also_when_the_weather_loses_and_delays() -> None:
    async def scene(world: SimWorld) -> None:
        connection = await echo(world)
        await world.weather(EVERY, Weather(loss=0.3, delay_s=0.2, bytes_per_s=50_000))
        frames = [bytes([number]) * 10 for number in range(100)]
        for frame in frames:
            connection.send(frame)
        assert [await connection.receive() for _ in frames] == frames
        traffic = await world.traffic(EVERY)
        assert traffic.lost > 10
        assert traffic.delayed == 200
        assert traffic.queued == 200

    play(scene, started=False)


def test_a_cut_holds_frames_until_it_heals() -> None:
    async def scene(world: SimWorld) -> None:
        connection = await echo(world)
        await world.cut([Link("n1", CLIENTS)])
        connection.send(b"hello")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.0):
                await connection.receive()
        await world.cut([])
        async with asyncio.timeout(1.0):
            assert await connection.receive() == b"hello"

    play(scene, started=False)


def test_what_was_sent_before_closing_still_arrives() -> None:
    async def scene(world: SimWorld) -> None:
        seen: list[bytes] = []
        node = world.nodes["n1"]

        def main(env: Env) -> None:
            env.receive(lambda sender, frame: seen.append(frame))

        await node.start(["listener"], None, lambda env, log: main(env))
        connection = await node.dial("client")
        connection.send(b"last words")
        connection.close()
        await asyncio.sleep(1.0)
        assert seen == [b"last words"]

    play(scene, started=False)


def test_a_killed_server_resets_and_refuses() -> None:
    async def scene(world: SimWorld) -> None:
        node = world.nodes["n1"]
        connection = await node.dial("client")
        await node.signal(SIGKILL)
        with pytest.raises(ConnectionResetError, match="n1 has ended"):
            await connection.receive()
        with pytest.raises(ConnectionResetError):
            connection.send(b"?")
        with pytest.raises(ConnectionRefusedError):
            await node.dial("client")

    play(scene)


def test_a_node_without_power_is_silent_until_it_is_back() -> None:
    async def scene(world: SimWorld) -> None:
        node = world.nodes["n1"]
        connection = await node.dial("client")
        await world.power_off(["n1"])
        for wait in (connection.receive(), node.dial("client")):
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(5.0):
                    await wait
        connection.send(b"?")
        await Scribes().start(node, list(world.nodes))
        with pytest.raises(ConnectionResetError, match="knows nothing"):
            await connection.receive()
        assert await ask(node)

    play(scene)


def test_a_paused_server_accepts_and_does_not_answer() -> None:
    async def scene(world: SimWorld) -> None:
        node = world.nodes["n1"]
        await node.signal(SIGSTOP)
        connection = await node.dial("client")
        connection.send(b"?")
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(2.0):
                await connection.receive()
        node.resume()
        assert await connection.receive()

    play(scene)


def test_the_weather_resets_connections() -> None:
    async def scene(world: SimWorld) -> None:
        connection = await echo(world)
        await world.weather(EVERY, Weather(reset=1.0))
        connection.send(b"hello")
        with pytest.raises(ConnectionResetError, match="reset"):
            await connection.receive()
        assert (await world.traffic(EVERY)).resets == 1
        await world.weather(EVERY, Weather())
        assert await world.nodes["n1"].dial("client")

    play(scene, started=False)
