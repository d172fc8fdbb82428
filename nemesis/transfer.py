"""The leadership is handed to a random voter, again and again while the fault lasts.

A hand-over is an election without a time-out: the heir is told to stand at once, although everybody
still hears the old leader. Stores that rest on such silence, as leases do, must give it up first.

Proof: the heir says that it leads.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from harness.nemesis import NoEffect
from harness.proof import Proof
from harness.target import Order, Status, Target
from harness.worlds.world import World
from nemesis.orders import give, leader, takes_orders
from nemesis.where import primaries

_PAUSE_S = (0.2, 1.0)


class Transfer:
    """See `harness.nemesis.Nemesis`."""

    name: ClassVar[str] = "transfer"
    needs: ClassVar[frozenset[str]] = frozenset()
    places: ClassVar[Mapping[str, int]] = {"one": 2}

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._more: asyncio.Task[None] | None = None
        self._count = 0

    @classmethod
    def places_in(cls, target: Any) -> Mapping[str, int]:
        """None where the target takes no orders."""
        return cls.places if takes_orders(target) else {}

    async def inject(self, world: World, target: Target, where: str) -> Proof:
        await primaries(world, target)
        proof = await self._hand_over(world, target)
        self._count = 0
        self._more = asyncio.create_task(self._go_on(world, target))
        return proof

    async def _hand_over(self, world: World, target: Target) -> Proof:
        found = await leader(world, target)
        heirs = [] if found is None else [name for name in found[1].voters if name != found[0]]
        if not heirs:
            raise NoEffect("no leader with another voter to hand over to")
        heir = self._rng.choice(heirs)

        def leads(name: str, status: Status) -> bool:
            return name == heir

        return await give(world, target, Order("transfer", heir), leads)

    async def _go_on(self, world: World, target: Target) -> None:
        while True:
            await asyncio.sleep(self._rng.uniform(*_PAUSE_S))
            try:
                proof = await self._hand_over(world, target)
            except NoEffect:
                continue
            self._count += proof.effective

    async def heal(self) -> Proof:
        if self._more is None:
            return Proof(False, "nothing was handed over")
        self._more.cancel()
        ended = await asyncio.gather(self._more, return_exceptions=True)
        self._more = None
        failed = [error for error in ended if isinstance(error, Exception)]
        if failed:
            return Proof(False, f"{type(failed[0]).__name__}: {failed[0]}")
        return Proof(True, f"handed over {self._count} times more, and no more")
