"""Where a script's faults act: the cluster, and who plays which part in it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from typing import cast

from harness.checks import excuse as excuses
from harness.checks.excuse import Excuse
from harness.script.steps import LEADER, OTHERS, Between, Fault, Nodes
from harness.target import Target
from harness.worlds.faults import Deed, DiskUse, Pointed, Weathered
from harness.worlds.world import Link, Node, Weather, World, WorldError

_PATIENCE_S = 10.0
_POLL_S = 0.05


async def cast_parts(parts: frozenset[str], world: World, target: Target) -> dict[str, str]:
    """Find out who plays these parts now; nobody is asked where there are none.

    Raises:
        WorldError: nobody leads, although somebody was waited for.
    """
    if not parts:
        return {}
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _PATIENCE_S
    while not (leaders := await target.primaries(list(world.nodes.values()))):
        if loop.time() > deadline:
            raise WorldError(
                f"the script names {', '.join(sorted(parts))}, and no node said that it leads "
                f"within {_PATIENCE_S:g} s"
            )
        await asyncio.sleep(_POLL_S)
    followers = [name for name in world.nodes if name != leaders[0]]
    return {LEADER: leaders[0]} | {f"follower{i}": name for i, name in enumerate(followers, 1)}


class Stage:
    """Where faults act: the cluster, who plays which part in it, and which links are cut."""

    def __init__(
        self,
        world: World,
        target: Target,
        nodes: Sequence[str],
        players: Mapping[str, str],
        last: int,
    ) -> None:
        self.world = world
        self.target = target
        self.names = list(nodes)
        self.last = last
        """When the script's last step is due, in ns."""
        self._cast = players
        self._bad: list[tuple[list[Link], Weather]] = []
        self.down: set[str] = set()
        """Nodes whose servers a step has ended, and none has started again yet."""
        self.excuses: list[Excuse] = []
        """What the steps say that servers must not be blamed for."""
        self._excused: list[str] = []
        self._usual_sync_s: dict[str, float] = {}
        self._waiting: dict[str, Callable[[str], Deed | None]] = {}
        self._cuts: list[list[Link]] = []
        self._cutting = asyncio.Lock()

    def node(self, fault: Fault) -> Node:
        """The one node that a fault is of."""
        (name,) = fault.nodes
        return self.world.nodes[self._cast.get(name, name)]

    def links(self, betweens: Sequence[Between]) -> list[Link]:
        """The links that these words mean, each once; no node has one to itself."""
        found: dict[Link, None] = {}
        for each in betweens:
            src = self._real(each.src, each.dst)
            dst = self._real(each.dst, each.src)
            for a in src:
                for b in dst:
                    if a == b:
                        continue
                    found[Link(a, b)] = None
                    if each.both:
                        found[Link(b, a)] = None
        return list(found)

    def _real(self, side: Nodes, other: Nodes) -> list[str]:
        if OTHERS not in side:
            return [self._cast.get(name, name) for name in side]
        named = {self._cast.get(name, name) for name in other}
        return [name for name in self.names if name not in named]

    async def cut(self, links: list[Link]) -> None:
        """Cut these links as well."""
        async with self._cutting:
            self._cuts.append(links)
            await self.world.cut(self._all_cut())

    async def join(self, links: list[Link]) -> list[Link]:
        """Undo one `cut`; returns the links that are open now."""
        async with self._cutting:
            if links in self._cuts:
                self._cuts.remove(links)
            await self.world.cut(self._all_cut())
            return [link for link in links if link not in self._all_cut()]

    async def worsen(self, links: list[Link], weather: Weather) -> None:
        """These links have this weather; where there are several, the last counts."""
        self._bad.append((links, weather))
        await self._weather_of(links)

    async def calm(self, links: list[Link], weather: Weather) -> None:
        """Undo one `worsen`."""
        if (links, weather) in self._bad:
            self._bad.remove((links, weather))
        await self._weather_of(links)

    async def _weather_of(self, links: list[Link]) -> None:
        now: dict[Weather, list[Link]] = {}
        for link in links:
            of_it = [weather for bad, weather in self._bad if link in bad]
            now.setdefault(of_it[-1] if of_it else Weather(), []).append(link)
        for weather, some in now.items():
            await cast(Weathered, self.world).weather(some, weather)

    async def excuse(self, name: str, why: str) -> Excuse:
        """Excuse a node's log from here on, until `end`."""
        excuse = await excuses.begin(self.world, self.target, name, why)
        self.excuses.append(excuse)
        self._excused.append(name)
        return excuse

    async def end(self, excuse: Excuse, name: str) -> None:
        """What the node writes from here on is its own affair again."""
        await excuses.end(excuse, self.world, self.target, name)
        self._excused.remove(name)

    def is_excused(self, name: str) -> bool:
        """Whether a node's server may end by itself at this moment."""
        return name in self._excused

    def usual_sync_s(self, name: str, use: DiskUse) -> float:
        """Seconds that a sync of this node's disk took before the first step that makes it slow;
        0.0 where there was none.
        """
        mean = use.sync_s / use.syncs if use.syncs else 0.0
        return self._usual_sync_s.setdefault(name, mean)

    def lie_in_wait(self, name: str, judge: Callable[[str], Deed | None] | None) -> None:
        """Have `judge(point)` asked at every point that this node reaches; None is nobody."""
        self._waiting.pop(name, None)
        if judge is not None:
            self._waiting[name] = judge
        cast(Pointed, self.world).aim(self._judge if self._waiting else None)

    def _judge(self, name: str, point: str) -> Deed | None:
        judge = self._waiting.get(name)
        return None if judge is None else judge(point)

    def _all_cut(self) -> list[Link]:
        return list(dict.fromkeys(link for links in self._cuts for link in links))
