"""Nodes' disks fail: full, or slow; and, only when named, a bit inverted or syncs that lie.

::

    full    writes are refused; a server may end by that, and is started again when there is space
    slow    syncs take 20 to 200 times longer
    flip    one bit of what is stored is inverted while the server is down (`nemesis.bit_flip`)
    rot     the same on several nodes, and never in the newest that was written
    lie     syncs return and do nothing; healing is a power failure, in which that shows

No store can be asked to survive these in every case: a bit of the newest record looks like a torn
write, one without checksums can't tell that its data have rotted, and what a disk swore to and lost
is lost. A store that shows it is invalid all the same.

Proof: the world counts what the disks refused, how long syncs took, and what was lost. A server
that ends by such a fault does well to say so loudly: its log is excused while the fault lasts.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from random import Random
from typing import ClassVar, Protocol, cast

from harness.checks import excuse as excuses
from harness.checks.excuse import Excuse
from harness.proof import Proof
from harness.target import Target
from harness.worlds.faults import Ailment, BreakableDisks, DiskUse, Powered
from harness.worlds.world import World
from nemesis.bit_flip import BitFlip
from nemesis.processes import start_again
from nemesis.where import choose

_WAIT_S = 4.0
_POLL_S = 0.05


class _Fault(Protocol):
    """One disk fault, from its beginning to its end."""

    async def begin(self) -> Proof:
        """See `Nemesis.inject`."""

    async def end(self) -> Proof:
        """See `Nemesis.heal`."""


class Disk:
    """See `harness.nemesis.Nemesis`."""

    name: ClassVar[str] = "disk"
    needs: ClassVar[frozenset[str]] = frozenset({"disk", "power", "kill"})
    places: ClassVar[Mapping[str, int]] = {"full": 1, "slow": 1, "flip": 1, "rot": 1, "lie": 1}
    named_only: ClassVar[frozenset[str]] = frozenset({"flip", "rot", "lie"})

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self.excuses: list[Excuse] = []
        self._usual: dict[str, float] = {}
        self._fault: _Fault | None = None

    async def inject(self, world: World, target: Target, where: str) -> Proof:
        names = await choose(self._nodes(world, where), world, target, self._rng)
        if where in ("flip", "rot"):
            self._fault = BitFlip(world, target, names, self.excuses, old=where == "rot")
        else:
            ailment = {
                "full": Ailment(full=True),
                "slow": Ailment(slowness=self._rng.uniform(20.0, 200.0)),
                "lie": Ailment(lies=True),
            }[where]
            for name in world.nodes:
                use = await cast(BreakableDisks, world).disk_use(name)
                if use.syncs:  # only the first time: before any disk of this test was slow
                    self._usual.setdefault(name, use.sync_s / use.syncs)
            self._fault = _Ailing(world, target, names, ailment, self._usual, self.excuses)
        proof = await self._fault.begin()
        return Proof(proof.effective, f"{' '.join(names)}: {proof.detail}")

    def _nodes(self, world: World, where: str) -> str:
        """A bit is inverted on one node only: on more, a majority may never serve again."""
        if where == "flip":
            return "one"
        few = ("one", "all")
        return self._rng.choice((*few, "minority", "majority") if len(world.nodes) > 2 else few)

    async def heal(self) -> Proof:
        if self._fault is None:
            return Proof(False, "no disk was touched")
        proof = await self._fault.end()
        self._fault = None  # only now: a heal that failed half-way is repeated
        return proof


class _Ailing:
    """Some nodes' disks have an ailment."""

    def __init__(
        self,
        world: World,
        target: Target,
        names: list[str],
        ailment: Ailment,
        usual: Mapping[str, float],
        excused: list[Excuse],
    ) -> None:
        self._world, self._target, self._names = world, target, names
        self._disks, self._power = cast(BreakableDisks, world), cast(Powered, world)
        self._ailment = ailment
        self._usual = usual
        self._excused = excused
        self._excuses: dict[str, Excuse] = {}
        self._before: dict[str, DiskUse] = {}

    async def begin(self) -> Proof:
        for name in self._names:
            if self._ailment.full:
                excuse = await excuses.begin(self._world, self._target, name, "its disk was full")
                self._excuses[name] = excuse
                self._excused.append(excuse)
            self._before[name] = await self._disks.disk_use(name)
            await self._disks.ail(name, self._ailment)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _WAIT_S
        while True:
            await asyncio.sleep(_POLL_S)
            proof = await self._effect()
            if proof.effective or loop.time() > deadline:
                return proof

    async def _effect(self) -> Proof:
        """What the disks have done since. That one of them has shown it is enough: the others may
        have had nothing to write.
        """
        if self._ailment.lies:
            danger = await self._power.unsynced(self._names)
            return Proof(danger > 0, f"{danger} bytes that were synced are not on the disk")
        told, effective = [], False
        for name, before in self._before.items():
            now = await self._disks.disk_use(name)
            if self._ailment.full:
                refused = now.refused - before.refused
                effective |= refused > 0
                told.append(f"{name}'s disk refused {refused} writes")
            else:
                syncs, took = now.syncs - before.syncs, now.sync_s - before.sync_s
                usual = self._usual.get(name)
                effective |= usual is not None and syncs > 0 and took > 3 * usual * syncs
                told.append(
                    f"{name} synced {syncs} times in {took:.2f} s (usually {usual or 0:.4f} s each)"
                )
        return Proof(effective, ", ".join(told))

    async def end(self) -> Proof:
        held = await self._effect()
        if self._ailment.lies:
            lost = await self._power.power_off(self._names)
            told = ", ".join(f"{name} lost {count} bytes" for name, count in lost.items())
            held = Proof.every([held, Proof(sum(lost.values()) > 0, f"in a power failure {told}")])
        for name in self._names:
            await self._disks.ail(name, Ailment())
            if name in self._excuses:
                await excuses.end(self._excuses[name], self._world, self._target, name)
        return Proof.every([held, await start_again(self._world, self._target, self._names)])
