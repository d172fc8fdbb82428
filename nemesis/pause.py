"""Servers are paused (`SIGSTOP`) and go on later as if no time had passed.

Proof: the node's operating system says that the process is stopped, and later that it runs.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from signal import SIGCONT, SIGSTOP
from typing import ClassVar

from harness.proof import Proof
from harness.target import Target
from harness.worlds.world import World
from nemesis.processes import reaches, still, strike
from nemesis.where import PLACES, choose


class Pause:
    """See `harness.nemesis.Nemesis`."""

    name: ClassVar[str] = "pause"
    needs: ClassVar[frozenset[str]] = frozenset({"pause"})
    places: ClassVar[Mapping[str, int]] = PLACES

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._hit: tuple[World, list[str]] | None = None

    async def inject(self, world: World, target: Target, where: str) -> Proof:
        names = await choose(where, world, target, self._rng)
        self._hit = world, names
        return await strike(world, names, SIGSTOP, "paused")

    async def heal(self) -> Proof:
        if self._hit is None:
            return Proof(False, "nothing was paused")
        world, names = self._hit
        proofs = [await still(world, names, "paused")]
        for name in names:
            before = await world.nodes[name].process()
            await world.nodes[name].signal(SIGCONT)
            proofs.append(await reaches(world, name, "running", since=before))
        self._hit = None  # only now: a heal that failed half-way is repeated
        return Proof.every(proofs)
