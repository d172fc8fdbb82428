"""The network falls into parts: links are cut, one way and the other, in many shapes.

Proof: the world measures that nothing crosses a cut link, and where the store's nodes say when they
last heard from each peer, those that should hear nothing have heard nothing since.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from random import Random
from typing import ClassVar

from harness.proof import Proof
from harness.target import Target
from harness.worlds.world import Link, World
from nemesis.grudges import RANDOM_SHAPES, Grudge, alone
from nemesis.where import in_order, primaries

_OBSERVE_S = 1.0
_SLACK_S = 1.0
"""How much shorter than the cut a silence may be (at least half as long, though): what was under
way, or lay unread in a busy node's socket, is heard a little later."""


class Partition:
    """See `harness.nemesis.Nemesis`."""

    name: ClassVar[str] = "partition"
    needs: ClassVar[frozenset[str]] = frozenset({"cut"})
    places: ClassVar[Mapping[str, int]] = {
        "primaries": 2,
        "halves": 2,
        "majority-ring": 4,
        "one": 2,
        "bridge": 3,
    }

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._cut: tuple[World, Target, list[Link], float] | None = None

    async def inject(self, world: World, target: Target, where: str) -> Proof:
        links, picture = await self._grudge(world, target, where)
        loop = asyncio.get_running_loop()
        self._cut = world, target, links, loop.time()  # first: a cut that fails may be half there
        await world.cut(links)
        self._cut = world, target, links, loop.time()
        proof = await world.prove_cut(links)
        return Proof(proof.effective, f"{picture}: {proof.detail}")

    async def _grudge(self, world: World, target: Target, where: str) -> Grudge:
        names = list(world.nodes)
        if where == "primaries":
            # Only the most credible one: with every claimant alone, nobody might be left to lead.
            return alone((await primaries(world, target))[:1], names)
        return RANDOM_SHAPES[where](names, self._rng)

    async def heal(self) -> Proof:
        if self._cut is None:
            return Proof(False, "nothing was cut")
        world, target, links, since = self._cut
        try:
            heard = await self._silence(world, target, links, since)
        finally:
            await world.cut([])
        self._cut = None  # only now: a heal that failed half-way is repeated
        return Proof.every([heard, await world.prove_open(links)])

    async def _silence(
        self, world: World, target: Target, links: list[Link], since: float
    ) -> Proof:
        """What the nodes themselves say of the silence; the world's word where they say nothing."""
        loop = asyncio.get_running_loop()
        receivers = in_order(list(dict.fromkeys(link.dst for link in links)), list(world.nodes))
        silent: dict[Link, float] = {}
        broken: list[str] = []
        for name in receivers:
            try:
                async with asyncio.timeout(_OBSERVE_S):
                    heard = (await target.observe(world.nodes[name])).heard
            except (ConnectionError, TimeoutError):
                return Proof(False, f"{name} did not say what it had heard")
            lasted = loop.time() - since
            least = lasted - min(_SLACK_S, lasted / 2)
            for link in links:
                if link.dst == name and link.src in heard:
                    silent[link] = heard[link.src]
                    if heard[link.src] < least:
                        broken.append(f"{name} heard {link.src} {heard[link.src]:.1f} s ago")
        if broken:
            return Proof(False, f"in the partition {', '.join(broken)}")
        # Of a link that its receiver says nothing about, only the world can tell.
        untold = [link for link in links if link not in silent]
        proofs = [await world.prove_cut(untold)] if untold else []
        if silent:
            shortest = min(silent.values())
            said = f"the nodes had heard nothing across it for at least {shortest:.1f} s"
            proofs.append(Proof(True, said))
        return Proof.every(proofs)
