"""Nodes' clocks go wrong: too fast, too slow, or suddenly ahead.

`lag` is the drift that hurts most: the leader believes that less time has passed than all others
do, and that it still leads. `drift.slight` and `lag.slight` stay within what leases allow for: no
clock runs twice as fast as another.
`forward` and `skew` are what a machine that slept does to a monotonic clock: it is ahead of the
others from then on, and healing can't take that back, only show that it ran on steadily. `back` is
what a monotonic clock must never do; it strikes only when it is named.

Proof: the node's clock is read beside the world's, before and after.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from typing import ClassVar, cast

from harness.proof import Proof
from harness.target import Target
from harness.worlds.faults import Clocked, Reading
from harness.worlds.world import World
from nemesis.where import in_order, primaries

_LOOK_S = 0.2
"""How long a clock is watched to tell its rate."""
_SLACK = 0.002
"""By how much a healthy clock's rate may differ from 1."""


class Clock:
    """See `harness.nemesis.Nemesis`."""

    name: ClassVar[str] = "clock"
    needs: ClassVar[frozenset[str]] = frozenset({"clock"})
    places: ClassVar[Mapping[str, int]] = {
        "drift": 1,
        "forward": 1,
        "skew": 2,
        "lag": 2,
        "back": 1,
        "drift.slight": 1,
        "lag.slight": 2,
    }
    named_only: ClassVar[frozenset[str]] = frozenset({"back"})

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._world: World | None = None
        self._rates: dict[str, float] = {}
        self._jumps: dict[str, float] = {}
        self._since: dict[str, Reading] = {}

    async def inject(self, world: World, target: Target, where: str) -> Proof:
        self._world = world
        names = list(world.nodes)
        if where != "skew":
            count = self._rng.randint(1, len(names))
            names = in_order(self._rng.sample(names, count), names)
        self._since, self._rates, self._jumps = {}, {}, {}
        kind, _, slight = where.partition(".")
        if kind in ("drift", "lag"):
            most = 1.35 if slight else 3.0
            self._rates = (
                {name: self._rate(most) for name in names}
                if kind == "drift"
                else await self._lagging(world, target, most)
            )
            return await self._run_wrong(cast(Clocked, world))
        most = 2.0 if self._rng.random() < 0.5 else 1000.0
        for name in names:
            seconds = self._rng.uniform(0.1, most)
            self._jumps[name] = -seconds if where == "back" else seconds
        return await self._jump(cast(Clocked, world))

    async def _lagging(self, world: World, target: Target, most: float) -> dict[str, float]:
        """The leader's clock runs slow, and everybody else's fast."""
        leader = (await primaries(world, target))[0]
        slow, fast = (self._rng.uniform(1.2, most) for _ in range(2))
        return {name: 1 / slow if name == leader else fast for name in world.nodes}

    def _rate(self, most: float) -> float:
        """Up to so many times too fast or too slow, and never nearly right."""
        factor = self._rng.uniform(1.2, most)
        return factor if self._rng.random() < 0.5 else 1 / factor

    async def _run_wrong(self, world: Clocked) -> Proof:
        for name, rate in self._rates.items():
            await world.drift(name, rate)
            self._since[name] = await world.clock(name)
        await asyncio.sleep(_LOOK_S)
        proofs = [await self._measured(world, n, rate) for n, rate in self._rates.items()]
        return _told(list(self._rates), proofs)

    async def _jump(self, world: Clocked) -> Proof:
        proofs = []
        for name, seconds in self._jumps.items():
            before = await world.clock(name)
            await world.jump(name, seconds)
            now = self._since[name] = await world.clock(name)
            moved = (now.node_s - before.node_s) - (now.world_s - before.world_s)
            good = abs(moved - seconds) < 0.01
            proofs.append(Proof(good, f"{name}'s clock jumped by {moved:+.2f} s"))
        return _told(list(self._jumps), proofs)

    async def _measured(self, world: Clocked, name: str, rate: float) -> Proof:
        """Whether a clock has run at this rate since it was last noted, within `_SLACK`."""
        then, now = self._since[name], await world.clock(name)
        passed = now.world_s - then.world_s
        if passed <= 0:
            return Proof(False, f"no time passed to measure {name}'s clock in")
        found = (now.node_s - then.node_s) / passed
        return Proof(abs(found / rate - 1) <= _SLACK, f"{name}'s clock ran {found:.3f} s a second")

    async def heal(self) -> Proof:
        if self._world is None:
            return Proof(False, "no clock was touched")
        world = cast(Clocked, self._world)
        held = [await self._measured(world, n, self._rates.get(n, 1.0)) for n in self._since]
        for name in self._since:
            await world.drift(name, None)
            if self._jumps.get(name, 0) < 0:
                await world.jump(name, -self._jumps[name])
            self._since[name] = await world.clock(name)
        await asyncio.sleep(_LOOK_S)
        after = [await self._measured(world, name, 1.0) for name in self._since]
        self._world = None  # only now: a heal that failed half-way is repeated
        return Proof.every([*held, *after])


def _told(names: Sequence[str], proofs: Sequence[Proof]) -> Proof:
    together = Proof.every(proofs)
    return Proof(together.effective, f"{' '.join(names)}: {together.detail}")
