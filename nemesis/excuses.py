"""Excusing what a node writes while a fault of ours forces it to end (`harness.checks.excuse`)."""

from __future__ import annotations

from harness.checks.excuse import Excuse
from harness.target import Target
from harness.worlds.world import World


async def begin(world: World, target: Target, name: str, why: str) -> Excuse:
    """Excuse a node from here on."""
    return Excuse(f"{name}: {why}", await _lines(world, target, name))


async def end(excuse: Excuse, world: World, target: Target, name: str) -> None:
    """What the node writes from here on is its own affair again."""
    excuse.last = await _lines(world, target, name)


async def _lines(world: World, target: Target, name: str) -> dict[str, int]:
    node = world.nodes[name]
    return {
        f"{name}/{path.rpartition('/')[2]}": len((await node.fetch(path)).splitlines())
        for path in target.log_files(node)
    }
