"""Lines of a node's log that no one may hold against the store: a fault asked for them.

A server whose disk is full, or damaged, does well to end loudly, and its last words look like a
crash. Who did it, a nemesis or a script's step, excuses that node's logs, from the line they had
reached when it began to the one they had reached when it was undone; nothing else, nobody else's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from harness.target import Target
from harness.worlds.world import World


@dataclass
class Excuse:
    """One node's, for the time of one fault.

    Args:
        why: what was done to the node, for people.
        first, last: for each of its logs by name (`n1/server.log`) how many lines it had when the
            fault began, and when it was undone; None as long as that has not happened.
    """

    why: str
    first: Mapping[str, int]
    last: Mapping[str, int] | None = None

    def covers(self, log: str, line: int) -> bool:
        """Whether this line, counted from 1, is excused."""
        if log not in self.first or line <= self.first[log]:
            return False
        return self.last is None or line <= self.last.get(log, line)


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
