"""A simulated cluster of scribes, for tests that break things.

Every node writes a line to its book each `TICK` seconds, syncs it, and greets its peers; a client
that asks is told how many lines there are, and when each peer was last heard.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from harness.env import Env
from harness.target import Status
from harness.worlds.sim.loop import SimLoop
from harness.worlds.sim.node import SimNode
from harness.worlds.sim.world import SimWorld
from harness.worlds.world import Node, WorldSpec

TICK = 0.05


class Scribe:
    """One life of a node's program."""

    def __init__(self, env: Env, peers: Sequence[str], log: Callable[[str], None]) -> None:
        self._env, self._peers = env, peers
        self._heard = dict.fromkeys(peers, env.now())
        log(f"start with {len(env.disk.read('book').splitlines())} lines")
        if b"\xff" in env.disk.read("book"):
            raise ValueError("the book is damaged")
        env.receive(self._on_frame)
        self._tick()

    def _tick(self) -> None:
        self._env.disk.append("book", b"a line of the book\n")
        self._env.disk.sync("book")
        self._env.reached("written")
        for peer in self._peers:
            self._env.send(peer, b"greetings")
        self._env.after(TICK, self._tick)

    def _on_frame(self, sender: str, frame: bytes) -> None:
        now = self._env.now()
        if sender in self._heard:
            self._heard[sender] = now
            return
        lines = len(self._env.disk.read("book").splitlines())
        heard = {peer: now - at for peer, at in self._heard.items()}
        self._env.send(sender, json.dumps({"lines": lines, "heard": heard}).encode())


class Scribes:
    """As much of a target as a nemesis needs."""

    points = ("written", "never")

    def __init__(self, leader: str | None = "n1") -> None:
        self._leader = leader

    async def start(self, node: Node, peers: Sequence[str]) -> None:
        others = [peer for peer in peers if peer != node.name]
        await node.start(["scribe"], None, partial(self._begin, others))

    @staticmethod
    def _begin(peers: Sequence[str], env: Env, log: Callable[[str], None]) -> Scribe:
        return Scribe(env, peers, log)

    async def observe(self, node: Node) -> Status:
        async with asyncio.timeout(1.0):
            answer = await ask(node)
        return Status("scribe", 0, answer["lines"], 0, heard=answer["heard"])

    async def primaries(self, nodes: Sequence[Node]) -> list[str]:
        return [self._leader] if self._leader else []

    def log_files(self, node: Node) -> Sequence[str]:
        return ("server.log",)


async def ask(node: Node) -> dict[str, Any]:
    """What a node tells a client."""
    connection = await node.dial("client")
    try:
        connection.send(b"?")
        answer = json.loads(await connection.receive())
        assert isinstance(answer, dict)
        return answer
    finally:
        connection.close()


def play(
    scene: Callable[[SimWorld], Awaitable[None]],
    *,
    nodes: Sequence[str] = ("n1", "n2", "n3"),
    seed: int = 1,
    started: bool = True,
) -> None:
    """Play a scene in a simulated cluster, of running scribes where it is `started`."""

    async def within() -> None:
        world = SimWorld(WorldSpec("test", tuple(nodes), {"client": 1}, Path(), seed=seed))
        await world.set_up()
        if started:
            for node in world.nodes.values():
                await Scribes().start(node, list(world.nodes))
            await asyncio.sleep(1.0)
        try:
            async with asyncio.timeout(300):
                await scene(world)
        finally:
            await world.tear_down()

    with asyncio.Runner(loop_factory=SimLoop) as runner:
        runner.run(within())


def life(node: SimNode) -> Env:
    """The surroundings of the process that runs on a node."""
    assert node.env is not None
    return node.env
