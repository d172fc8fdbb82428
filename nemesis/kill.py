"""Servers are killed (`SIGKILL`: they tidy nothing up) and started again later.

Proof: the node's operating system says that the process is gone; later, that another one runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from signal import SIGKILL
from typing import ClassVar

from harness.proof import Proof
from harness.target import Target
from harness.worlds.world import World
from nemesis.processes import start_again, still, strike
from nemesis.where import PLACES, choose


class Kill:
    """See `harness.nemesis.Nemesis`."""

    name: ClassVar[str] = "kill"
    needs: ClassVar[frozenset[str]] = frozenset({"kill"})
    places: ClassVar[Mapping[str, int]] = PLACES

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._hit: tuple[World, Target, list[str]] | None = None

    async def inject(self, world: World, target: Target, where: str) -> Proof:
        names = await choose(where, world, target, self._rng)
        self._hit = world, target, names
        return await strike(world, names, SIGKILL, "exited")

    async def heal(self) -> Proof:
        if self._hit is None:
            return Proof(False, "nothing was killed")
        world, target, names = self._hit
        gone = await still(world, names, "exited")
        up = await start_again(world, target, names)
        self._hit = None  # only now: a heal that failed half-way is repeated
        return Proof.every([gone, up])
