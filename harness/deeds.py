"""What the faults of a run really did: which links were cut, which servers killed, and when.

A nemesis records where it meant to strike and what it measured, in words. This is the same in terms
of what a world can do, so that a script can do it again (`harness.script`, `splitbrain shrink`)::

    nemesis ──▶ WatchedWorld ──▶ world
                     │ cut({n1>n2, n2>n1}) at 3.000 s
                     ▼
                   Deeds: (3_000_000_000, "cut n1 from n2")    a line each in faults.jsonl
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM, Signals
from typing import Any

import msgspec

from harness.env import Main
from harness.script.links import group
from harness.script.steps import Fault
from harness.script.words import fault_text
from harness.worlds.world import Link


class Deed(msgspec.Struct, frozen=True):
    """What was done, as a script says it, and when: ns since the run began."""

    time: int
    deed: str


@dataclass
class Deeds:
    """All that a run's faults have done, in order."""

    done: list[Deed] = field(default_factory=list)
    began: float | None = None
    """When the run began, on the loop's clock; before that nothing is noted."""

    def note(self, verb: str, **what: Any) -> None:
        """Note something that was done just now."""
        if self.began is None:
            return
        time = round((asyncio.get_running_loop().time() - self.began) * 1e9)
        self.done.append(Deed(time, fault_text(Fault(time, verb, **what))))

    def write(self, path: Path) -> None:
        """Write a line for each, as JSON; no file where nothing was done."""
        if self.done:
            path.write_bytes(b"".join(msgspec.json.encode(deed) + b"\n" for deed in self.done))


def read_deeds(path: Path) -> list[Deed]:
    """Read what `Deeds.write` wrote; nothing where there is no file.

    Raises:
        ValueError: a line is something else; which one.
    """
    if not path.exists():
        return []
    lines = path.read_bytes().splitlines()
    try:
        return [msgspec.json.decode(line, type=Deed) for line in lines]
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from None


class WatchedWorld:
    """A world that notes what is done to it; everything else is the world's own."""

    def __init__(self, world: Any, deeds: Deeds) -> None:
        self._world = world
        self._deeds = deeds
        self._cut: frozenset[Link] = frozenset()
        self.nodes: Mapping[str, Any] = {
            name: _WatchedNode(node, deeds) for name, node in world.nodes.items()
        }

    def __getattr__(self, name: str) -> Any:
        return getattr(self._world, name)

    async def cut(self, links: Collection[Link]) -> None:
        """See `harness.worlds.world.World`."""
        before, self._cut = self._cut, frozenset(links)
        await self._world.cut(links)
        if self._cut == before:
            return
        if before:
            self._deeds.note("heal")
        if links:
            self._deeds.note("cut", links=group(links, list(self.nodes)))


class _WatchedNode:
    """A node that notes what is done to its server."""

    def __init__(self, node: Any, deeds: Deeds) -> None:
        self._node = node
        self._deeds = deeds
        self._down = self._paused = False

    def __getattr__(self, name: str) -> Any:
        return getattr(self._node, name)

    async def start(
        self,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        main: Main | None = None,
    ) -> None:
        """See `harness.worlds.world.Node`."""
        await self._node.start(argv, env, main)
        self._note("start")
        self._down = False

    async def signal(self, signal: Signals) -> None:
        """See `harness.worlds.world.Node`."""
        await self._node.signal(signal)
        if signal == SIGSTOP and not self._paused and not self._down:
            self._paused = True
            self._note("pause")
        elif signal == SIGCONT and self._paused:
            self._paused = False
            self._note("resume")
        elif signal in (SIGKILL, SIGTERM) and not self._down:
            if self._paused:
                self._paused = False
                self._note("resume")
            self._down = True
            self._note("kill" if signal == SIGKILL else "stop")

    def _note(self, verb: str) -> None:
        self._deeds.note(verb, nodes=(self._node.name,))
