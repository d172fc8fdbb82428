"""A world with chattering nodes on it, for tests that break things."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from harness.env import Env
from harness.target import Status
from harness.worlds.world import Node, World, WorldSpec

EVERY_S = 0.05
CHATTER = (Path(__file__).parent / "chatter.py").read_bytes()
PORTS = {"client": 7000, "peer": 7001}


def make_world(world_class: Any, folder: Path, *nodes: str) -> World:
    """A world of this class, not set up yet."""
    spec = WorldSpec(f"test-{secrets.token_hex(4)}", nodes or ("n1", "n2", "n3"), PORTS, folder)
    world: World = world_class(spec)
    return world


class Chatter:
    """As much of a target as a nemesis needs: starts the server, and asks it whom it hears."""

    def __init__(self, leader: str | None = None) -> None:
        self._leader = leader

    async def start(self, node: Node, peers: Sequence[str]) -> None:
        await node.upload({"chatter.py": CHATTER})
        host, client_port = node.bind("client")
        argv = [node.python, "chatter.py", node.name, host, str(client_port)]
        argv.append(str(node.bind("peer").port))
        for peer in peers:
            if peer != node.name:
                to = node.reach(peer, "peer")
                argv.append(f"{peer}={to.host}:{to.port}")
        others = [peer for peer in peers if peer != node.name]
        await node.start(argv, None, partial(chat, others))

    async def observe(self, node: Node) -> Status:
        return Status("follower", 0, 0, 0, heard=await heard(node))

    async def primaries(self, nodes: Sequence[Node]) -> list[str]:
        return [self._leader] if self._leader else []


def chat(peers: Sequence[str], env: Env, _log: Callable[[str], None]) -> None:
    """What `chatter.py` does, for a world that simulates it."""
    heard_at: dict[str, float] = {}

    def on_frame(sender: str, _frame: bytes) -> None:
        if sender in peers:
            heard_at[sender] = env.now()
            return
        ago = {peer: env.now() - at for peer, at in heard_at.items()}
        env.send(sender, json.dumps(ago).encode())

    def say() -> None:
        for peer in peers:
            env.send(peer, env.name.encode())
        env.after(EVERY_S, say)

    env.receive(on_frame)
    say()


async def heard(node: Node) -> dict[str, float]:
    """For each peer, the seconds since the node last heard it; ConnectionError when it is down."""
    async with asyncio.timeout(5):
        connection = await node.dial("client")
        try:
            connection.send(b"")
            answer: dict[str, float] = json.loads(await connection.receive())
            return answer
        finally:
            connection.close()


async def everyone_talks(world: World, names: Sequence[str] | None = None) -> None:
    """Return once each of the nodes (all by default) has heard each other one just now."""
    among = list(world.nodes) if names is None else list(names)
    async with asyncio.timeout(20):
        while True:
            try:
                found = {name: await heard(world.nodes[name]) for name in among}
            except (ConnectionError, TimeoutError):
                found = {}
            if found and all(found[a].get(b, 9) < 0.5 for a in among for b in among if a != b):
                return
            await asyncio.sleep(0.05)


async def up(world: World, target: Chatter) -> None:
    """Set the world up and start a chattering server on every node."""
    await world.set_up()
    for node in world.nodes.values():
        await target.start(node, list(world.nodes))
    await everyone_talks(world)
