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
from collections import Counter
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGSTOP, SIGTERM, Signals
from typing import Any

import msgspec

from harness.env import Main
from harness.run_folder import write_whole
from harness.script.links import group
from harness.script.steps import WEATHER, Between, Fault
from harness.script.words import fault_text
from harness.worlds.faults import Ailment, Deed, Flip
from harness.worlds.world import CLIENTS, Link, Weather


class Done(msgspec.Struct, frozen=True):
    """What was done, as a script says it, and when: ns since the run began."""

    time: int
    deed: str


@dataclass
class Deeds:
    """All that a run's faults have done, in order."""

    done: list[Done] = field(default_factory=list)
    began: float | None = None
    """When the run began, on the loop's clock; before that nothing is noted."""

    def now(self) -> int:
        """Nanoseconds since the run began."""
        began = self.began
        return 0 if began is None else round((asyncio.get_running_loop().time() - began) * 1e9)

    def note(self, verb: str, at: int | None = None, **what: Any) -> None:
        """Note something that was done, just now or at that time."""
        if self.began is not None:
            time = self.now() if at is None else at
            self.done.append(Done(time, fault_text(Fault(time, verb, **what))))

    def write(self, path: Path) -> None:
        """Write a line for each, as JSON; no file where nothing was done."""
        if self.done:
            write_whole(path, b"".join(msgspec.json.encode(deed) + b"\n" for deed in self.done))


def read_deeds(path: Path) -> list[Done]:
    """Read what `Deeds.write` wrote; nothing where there is no file.

    Raises:
        ValueError: a line is something else; file and line.
    """
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_bytes().splitlines(), 1):
        try:
            found.append(msgspec.json.decode(line, type=Done))
        except ValueError as error:
            raise ValueError(f"{path}, line {number}: {error}") from None
    return found


class WatchedWorld:
    """A world that notes what is done to it; everything else is the world's own."""

    def __init__(self, world: Any, deeds: Deeds) -> None:
        self._world = world
        self._deeds = deeds
        self._cut: frozenset[Link] = frozenset()
        self._jumps: dict[str, float] = {}
        self._wrong: set[str] = set()
        self._broken: set[str] = set()
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

    async def weather(self, links: Collection[Link], weather: Weather) -> None:
        """See `harness.worlds.faults.Weathered`."""
        await self._world.weather(links, weather)
        said = tuple((name, value) for name in WEATHER if (value := getattr(weather, name)))
        which = group(links, [*self.nodes, CLIENTS])
        self._deeds.note("weather" if said else "calm", links=which, settings=said)

    async def power_off(self, names: Collection[str]) -> Mapping[str, int]:
        """See `harness.worlds.faults.Powered`."""
        lost: Mapping[str, int] = await self._world.power_off(names)
        self._deeds.note("power off", nodes=tuple(names))
        for name in names:
            self.nodes[name].went_down()
        return lost

    async def jump(self, name: str, seconds: float) -> None:
        """See `harness.worlds.faults.Clocked`; to jump back again is part of a `resync`."""
        await self._world.jump(name, seconds)
        if self._jumps.pop(name, None) == -seconds:
            return
        self._jumps[name] = seconds
        self._wrong_clock(name, ("jump", seconds))

    async def drift(self, name: str, rate: float | None) -> None:
        """See `harness.worlds.faults.Clocked`."""
        await self._world.drift(name, rate)
        if rate is not None:
            self._wrong_clock(name, ("rate", rate))
        elif name in self._wrong:
            self._wrong.discard(name)
            self._deeds.note("resync", nodes=(name,))

    def _wrong_clock(self, name: str, *settings: tuple[str, float]) -> None:
        if name in self._wrong:
            self._deeds.note("resync", nodes=(name,))
        self._wrong.add(name)
        self._deeds.note("clock", nodes=(name,), settings=settings)

    async def ail(self, name: str, ailment: Ailment) -> None:
        """See `harness.worlds.faults.BreakableDisks`."""
        await self._world.ail(name, ailment)
        if ailment.full:
            self._broken_disk(name, ("full", True))
        elif ailment.lies:
            self._broken_disk(name, ("lie", True))
        elif ailment.slowness != 1.0:
            self._broken_disk(name, ("slow", ailment.slowness))
        else:
            self._repaired(name)

    async def flip_bit(self, name: str, *, old: bool = False) -> Flip | None:
        """See `harness.worlds.faults.BreakableDisks`."""
        flip: Flip | None = await self._world.flip_bit(name, old=old)
        if flip is not None:
            self._broken_disk(name, ("rot" if old else "flip", True))
        return flip

    async def flip_back(self, name: str, flip: Flip) -> bool:
        """See `harness.worlds.faults.BreakableDisks`."""
        back: bool = await self._world.flip_back(name, flip)
        self._repaired(name)
        return back

    def _broken_disk(self, name: str, how: tuple[str, Any]) -> None:
        self._broken.add(name)
        self._deeds.note("disk", nodes=(name,), settings=(how,))

    def _repaired(self, name: str) -> None:
        if name in self._broken:
            self._broken.discard(name)
            self._deeds.note("repair", nodes=(name,))

    def aim(self, judge: Callable[[str, str], Deed | None] | None) -> None:
        """See `harness.worlds.faults.Pointed`."""
        if judge is None:
            self._world.aim(None)
            return
        for node in self.nodes.values():
            node.aimed_at()
        ask = judge

        def noting(name: str, point: str) -> Deed | None:
            deed = ask(name, point)
            self.nodes[name].reached(point, deed)
            if deed == "isolate":
                peers = tuple(peer for peer in self.nodes if peer != name)
                self._cut |= {Link(name, peer) for peer in peers}
                self._deeds.note("cut", links=(Between((name,), peers),))
            return deed

        self._world.aim(noting)


class _WatchedNode:
    """A node that notes what is done to its server."""

    def __init__(self, node: Any, deeds: Deeds) -> None:
        self._node = node
        self._deeds = deeds
        self._down = self._paused = False
        self._since = 0
        self._arrivals: Counter[str] = Counter()

    def went_down(self) -> None:
        """A fault that is noted elsewhere has ended its server."""
        self._down = True

    def aimed_at(self) -> None:
        """From now on its arrivals at points are counted: it may be struck at one."""
        self._since = self._deeds.now()
        self._arrivals.clear()

    def reached(self, point: str, deed: Deed | None) -> None:
        """It has arrived at a point, and was struck there or not.

        A strike is noted as lying in wait from when nothing else was wrong with it.
        """
        self._arrivals[point] += 1
        if deed in ("kill", "power"):
            what = "kill" if deed == "kill" else "power off"
            settings = (("point", point), ("times", self._arrivals[point]), ("deed", what))
            self._deeds.note("when", self._since, nodes=(self._node.name,), settings=settings)
            self._down = True

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
        if self._down:  # else it had ended by itself, which undoes no fault
            self._note("start")
        self._down = False
        self.aimed_at()

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
