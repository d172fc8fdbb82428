"""Nodes lose their power: their processes end without a word, and what was not synced is lost.

The power fails in the middle of a write where there is one within a moment: between writes a store
that syncs has nothing to lose. Some of the unsynced bytes may survive, and the last of those be
damaged (a torn write).

Proof: the processes are gone, and the world tells how many bytes the disks have lost; later, that
others run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from random import Random
from typing import ClassVar, cast

from harness.proof import Proof
from harness.target import Target
from harness.worlds.faults import Powered
from harness.worlds.world import World
from nemesis.processes import start_again, still
from nemesis.where import PLACES, choose

_WAIT_S = 0.5
_POLL_S = 0.0005
"""Shorter than most syncs."""


class Power:
    """See `harness.nemesis.Nemesis`."""

    name: ClassVar[str] = "power"
    needs: ClassVar[frozenset[str]] = frozenset({"power"})
    places: ClassVar[Mapping[str, int]] = PLACES

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._hit: tuple[World, Target, list[str]] | None = None

    async def inject(self, world: World, target: Target, where: str) -> Proof:
        names = await choose(where, world, target, self._rng)
        before = {name: (await world.nodes[name].process()).state for name in names}
        powered = cast(Powered, world)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _WAIT_S
        while not await powered.unsynced(names) and loop.time() < deadline:
            await asyncio.sleep(_POLL_S)
        self._hit = world, target, names
        lost = await powered.power_off(names)
        proofs = []
        for name in names:
            now = await world.nodes[name].process()
            fell = before[name] == "running" and now.state == "exited"
            what = f"{name} was {before[name]}, has lost its power and is {now.state}"
            proofs.append(Proof(fell, f"{what}; {lost[name]} unsynced bytes lost"))
        together = Proof.every(proofs)
        return Proof(together.effective, f"{' '.join(names)}: {together.detail}")

    async def heal(self) -> Proof:
        if self._hit is None:
            return Proof(False, "nothing lost its power")
        world, target, names = self._hit
        gone = await still(world, names, "exited")
        up = await start_again(world, target, names)
        self._hit = None  # only now: a heal that failed half-way is repeated
        return Proof.every([gone, up])
