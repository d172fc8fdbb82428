"""The network falls into parts: links are cut, one way and the other, in many shapes.

Proof: the world measures that nothing crosses a cut link, and when it is healed, that nothing has
crossed it since (`harness.silence`). The cut that follows the leader about is in `nemesis.chase`.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import ClassVar

from harness.proof import Proof
from harness.silence import Silence
from harness.target import Target
from harness.worlds.world import Link, World
from nemesis.chase import Chase
from nemesis.grudges import LEADERS_SHAPES, RANDOM_SHAPES, Grudge
from nemesis.where import primaries


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
        "deaf": 2,
        "mute": 2,
        "leaders": 3,
    }

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._cut: tuple[World, list[Link], Silence] | None = None
        self._chase: Chase | None = None

    async def inject(self, world: World, target: Target, where: str) -> Proof:
        if where == "leaders":
            self._chase = Chase(world, target, self._rng)
            return await self._chase.begin()
        links, picture = await self._grudge(world, target, where)
        silence = Silence(world, target, links)
        self._cut = world, links, silence  # first: a cut that fails may be half there
        await world.cut(links)
        await silence.begin()
        proof = await world.prove_cut(links)
        return Proof(proof.effective, f"{picture}: {proof.detail}")

    async def _grudge(self, world: World, target: Target, where: str) -> Grudge:
        names = list(world.nodes)
        if where in RANDOM_SHAPES:
            return RANDOM_SHAPES[where](names, self._rng)
        # Only the most credible one: with every claimant alone, nobody might be left to lead.
        leader = (await primaries(world, target))[0]
        return LEADERS_SHAPES[where](leader, names)

    async def heal(self) -> Proof:
        if self._chase is not None:
            proof = await self._chase.end()
            self._chase = None
            return proof
        if self._cut is None:
            return Proof(False, "nothing was cut")
        world, links, silence = self._cut
        try:
            held = await silence.held()
        finally:
            await world.cut([])
        self._cut = None  # only now: a heal that failed half-way is repeated
        return Proof.every([held, await world.prove_open(links)])
