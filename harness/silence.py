"""Whether nothing has crossed links while they were cut: a cut's proof when it ends.

Who can tell depends on the world::

    it counts frames itself (sim)     none has crossed since: exact, whatever clocks say
    it does not (local, docker)       each receiver says when it last heard from each peer, on its
                                      own clock, with which nobody meddles there; of a link about
                                      which it says nothing, the world measures now

A node's own clock may be wrong where the world can make it so: it would make an hour of a second
in which it heard something, or a second of an hour in which it heard nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import Collection
from typing import cast

from harness.proof import Proof
from harness.target import Target
from harness.worlds.faults import Weathered
from harness.worlds.world import Link, World

_OBSERVE_S = 0.5
_SLACK_S = 1.0
"""How much shorter than the cut a silence may be (at least half as long, though): what was under
way, or lay unread in a busy node's socket, is heard a little later."""


class Silence:
    """Links that are cut, from `begin` on, which must be called once they are."""

    def __init__(self, world: World, target: Target, links: Collection[Link]) -> None:
        self._world, self._target, self._links = world, target, list(links)
        self._counts = "weather" in world.faults
        self._crossed: dict[Link, int] = {}
        self._since: float | None = None

    async def begin(self) -> None:
        """Nothing may cross from now on."""
        self._since = asyncio.get_running_loop().time()
        if self._counts:
            self._crossed = await self._count()

    async def held(self) -> Proof:
        """Whether nothing has. That nothing crosses no link proves nothing."""
        if not self._links:
            return Proof(False, "no link was cut")
        if self._since is None:
            return Proof(False, "it never was in force")
        lasted = asyncio.get_running_loop().time() - self._since
        return await (self._counted(lasted) if self._counts else self._told(lasted))

    async def _count(self) -> dict[Link, int]:
        world = cast(Weathered, self._world)
        return {link: (await world.traffic([link])).crossed for link in self._links}

    async def _counted(self, lasted: float) -> Proof:
        now = await self._count()
        let = [
            f"{now[link] - before} frames crossed {link.src}→{link.dst}"
            for link, before in self._crossed.items()
            if now[link] > before
        ]
        if let:
            return Proof(False, f"while it was cut, {', '.join(let)}")
        return Proof(True, f"nothing crossed {len(self._links)} links in {lasted:.2f} s")

    async def _told(self, lasted: float) -> Proof:
        """What the nodes say. A server that is down or paused has heard nothing."""
        least = lasted - min(_SLACK_S, lasted / 2)
        receivers = list(dict.fromkeys(link.dst for link in self._links))
        answers = await asyncio.gather(*map(self._heard, receivers))
        heard = dict(zip(receivers, answers, strict=True))
        broken, untold = [], []
        for link in self._links:
            by = heard[link.dst]
            if by is None or (link.src in by and by[link.src] >= least):
                continue
            if link.src in by:
                broken.append(f"{link.dst} heard {link.src} {by[link.src]:.2f} s ago")
            else:
                untold.append(link)
        if broken:
            return Proof(False, f"while it was cut, {', '.join(broken)}")
        if untold:
            return await self._world.prove_cut(untold)
        return Proof(True, f"no node that runs heard anything across it for {least:.2f} s")

    async def _heard(self, name: str) -> dict[str, float] | None:
        """Seconds since the node heard each peer; nothing where it does not answer; None when its
        server does not run.
        """
        if name not in self._world.nodes:
            return {}
        node = self._world.nodes[name]
        if (await node.process()).state != "running":
            return None
        try:
            async with asyncio.timeout(_OBSERVE_S):
                return dict((await self._target.observe(node)).heard)
        except (ConnectionError, TimeoutError):
            return {}
