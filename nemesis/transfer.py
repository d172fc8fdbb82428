"""The leadership is handed to a random voter, again and again while the fault lasts.

Or once (`cut`), and then the old leader is cut off from all others.

A hand-over is an election without a time-out: the heir is told to stand at once, although everybody
still hears the old leader. Stores that rest on such silence, as leases do, must give it up first.
An old leader that is cut off right then knows nothing of what the heir writes.

Proof: the heir says that it leads; where links are cut, that is proven like a partition.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from typing import Any, ClassVar

from harness.nemesis import NoEffect
from harness.proof import Proof
from harness.silence import Silence
from harness.target import Order, Target
from harness.worlds.world import Link, World
from nemesis.grudges import alone
from nemesis.orders import ask, give, leader, takes_orders
from nemesis.where import primaries

_PAUSE_S = (0.2, 1.0)
_ATTEMPTS = 20
_POLL_S = 0.1


class Transfer:
    """See `harness.nemesis.Nemesis`."""

    name: ClassVar[str] = "transfer"
    needs: ClassVar[frozenset[str]] = frozenset({"cut"})
    places: ClassVar[Mapping[str, int]] = {"one": 2, "cut": 3}

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._more: _More | None = None
        self._cut: tuple[World, Sequence[Link], Silence] | None = None

    @classmethod
    def places_in(cls, target: Any) -> Mapping[str, int]:
        """None where the target takes no orders."""
        return cls.places if takes_orders(target) else {}

    async def inject(self, world: World, target: Target, where: str) -> Proof:
        await primaries(world, target)
        if where == "cut":
            return await self._cut_off(world, target)
        self._more = _More(world, target, self._rng)
        return await self._more.begin()

    async def _cut_off(self, world: World, target: Target) -> Proof:
        old, order = await self._told(world, target)
        links, picture = alone([old], list(world.nodes))
        silence = Silence(world, target, links)
        self._cut = world, links, silence  # first: a cut that fails may be half there
        await world.cut(links)
        await silence.begin()
        cut = await world.prove_cut(links)
        led = await give(world, target, order, lambda name, _: name == order.server)
        return Proof.every([Proof(cut.effective, f"{picture}: {cut.detail}"), led])

    async def _told(self, world: World, target: Target) -> tuple[str, Order]:
        """A leader that has begun to hand over, and the order it was given."""
        for _ in range(_ATTEMPTS):
            old, order = await _chosen(world, target, self._rng)
            refused = await ask(world, target, old, order)
            if refused is None:
                return old, order
            await asyncio.sleep(_POLL_S)
        raise NoEffect(f"{old} was to {order.action} to {order.server}: {refused}")

    async def heal(self) -> Proof:
        if self._cut is not None:
            world, links, silence = self._cut
            try:
                held = await silence.held()
            finally:
                await world.cut([])
            self._cut = None  # only now: a heal that failed half-way is repeated
            return Proof.every([held, await world.prove_open(links)])
        if self._more is None:
            return Proof(False, "nothing was handed over")
        more, self._more = self._more, None
        return await more.end()


async def _chosen(world: World, target: Target, rng: Random) -> tuple[str, Order]:
    """The leader, and the order to hand over to one of the other voters."""
    found = await leader(world, target)
    heirs = [] if found is None else [name for name in found[1].voters if name != found[0]]
    if found is None or not heirs:
        raise NoEffect("no leader with another voter to hand over to")
    return found[0], Order("transfer", rng.choice(heirs))


class _More:
    """Hand-overs, one after the other, until the end."""

    def __init__(self, world: World, target: Target, rng: Random) -> None:
        self._world, self._target, self._rng = world, target, rng
        self._count = 0
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> Proof:
        """The first one, proven; the others follow."""
        proof = await self._once()
        self._task = asyncio.create_task(self._go_on())
        return proof

    async def _once(self) -> Proof:
        _, order = await _chosen(self._world, self._target, self._rng)
        return await give(self._world, self._target, order, lambda name, _: name == order.server)

    async def _go_on(self) -> None:
        while True:
            await asyncio.sleep(self._rng.uniform(*_PAUSE_S))
            try:
                proof = await self._once()
            except NoEffect:
                continue
            self._count += proof.effective

    async def end(self) -> Proof:
        """No more of them."""
        if self._task is None:
            return Proof(False, "nothing was handed over")
        self._task.cancel()
        ended = await asyncio.gather(self._task, return_exceptions=True)
        failed = [error for error in ended if isinstance(error, Exception)]
        if failed:
            return Proof(False, f"{type(failed[0]).__name__}: {failed[0]}")
        return Proof(True, f"handed over {self._count} times more, and no more")
