"""Faults of a node's disk: full, slow, lying about syncs, one bit inverted.

Each is only what it says. What a lie or a damaged bit does to the store shows when the node loses
its power, or starts again, and those are steps of their own::

    at 1.0 s disk n1 lie          at 1.0 s kill n1
    at 1.5 s power off n1         at 1.1 s disk n1 flip
    at 2.0 s repair n1            at 1.2 s start n1             it may refuse, and is excused
    at 2.0 s start n1             at 3.0 s repair n1            now it starts in any case
"""

from __future__ import annotations

import asyncio
from typing import ClassVar, cast

from harness.checks.excuse import Excuse
from harness.proof import Proof
from harness.script.stage import Stage
from harness.script.steps import Fault
from harness.worlds.faults import Ailment, BreakableDisks, DiskUse, Flip, Powered

_WAIT_S = 5.0
_POLL_S = 0.05
_SHOWS_SLOW = 3.0
"""A disk is slow whose syncs take so many times as long as they did before."""


class _BrokenDisk:
    """What all of them share: the node's log is excused meanwhile; its server runs afterwards."""

    excused_as = ""

    def __init__(self, fault: Fault, stage: Stage) -> None:
        self._stage = stage
        self._node = stage.node(fault)
        self._disks = cast(BreakableDisks, stage.world)
        self._excuse: Excuse | None = None

    async def _begin(self) -> None:
        if self.excused_as:
            self._excuse = await self._stage.excuse(self._node.name, self.excused_as)

    async def _end(self) -> None:
        """Start the server, if it has ended by the fault and no other step keeps it down."""
        if self._excuse is not None:
            await self._stage.end(self._excuse, self._node.name)
            self._excuse = None
        ended = (await self._node.process()).state not in ("running", "paused")
        if ended and self._node.name not in self._stage.down:
            await self._stage.target.start(self._node, self._stage.names)

    async def measure_mended(self) -> Proof:
        name = self._node.name
        if name in self._stage.down:
            return Proof(True, f"{name} is kept down by another step")
        state = (await self._node.process()).state
        return Proof(state in ("running", "paused"), f"{name} is {state}")


class _Ailing(_BrokenDisk):
    """The disk has an ailment; the world counts what it did by it."""

    ailment = Ailment()

    def __init__(self, fault: Fault, stage: Stage) -> None:
        super().__init__(fault, stage)
        self._before = DiskUse(0, 0, 0.0)
        self._shown = False

    async def act(self) -> None:
        await self._begin()
        self._before = await self._disks.disk_use(self._node.name)
        await self._disks.ail(self._node.name, self.ailment)

    async def measure(self) -> Proof:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _WAIT_S
        while True:
            await asyncio.sleep(_POLL_S)
            proof = await self.held()
            if proof.effective or loop.time() > deadline:
                return proof

    async def held(self) -> Proof:
        """That it has shown once is enough: a server that is down meanwhile uses no disk."""
        effect = await self._effect()
        self._shown |= effect.effective
        return Proof(self._shown, effect.detail)

    async def _effect(self) -> Proof:
        raise NotImplementedError

    async def mend(self) -> None:
        await self._disks.ail(self._node.name, Ailment())
        await self._end()


class FullDisk(_Ailing):
    """Writes are refused."""

    excused_as = "its disk was full"
    ailment = Ailment(full=True)

    async def _effect(self) -> Proof:
        now = await self._disks.disk_use(self._node.name)
        refused = now.refused - self._before.refused
        return Proof(refused > 0, f"{self._node.name}'s disk refused {refused} writes")


class SlowDisk(_Ailing):
    """Syncs take many times longer."""

    def __init__(self, fault: Fault, stage: Stage) -> None:
        super().__init__(fault, stage)
        self.ailment = Ailment(slowness=float(dict(fault.settings)["slow"]))
        self._usual = 0.0

    async def act(self) -> None:
        await super().act()
        self._usual = self._stage.usual_sync_s(self._node.name, self._before)

    async def _effect(self) -> Proof:
        now = await self._disks.disk_use(self._node.name)
        syncs, took = now.syncs - self._before.syncs, now.sync_s - self._before.sync_s
        slow = syncs > 0 and self._usual > 0 and took > _SHOWS_SLOW * self._usual * syncs
        usual = f"usually {self._usual:.4f} s each"
        return Proof(slow, f"{self._node.name} synced {syncs} times in {took:.2f} s ({usual})")


class LyingDisk(_Ailing):
    """Syncs return and do nothing."""

    ailment = Ailment(lies=True)

    async def _effect(self) -> Proof:
        name = self._node.name
        danger = await cast(Powered, self._stage.world).unsynced([name])
        return Proof(danger > 0, f"{danger} bytes that {name} synced are not on its disk")


class FlippedBit(_BrokenDisk):
    """One bit of what is stored is inverted, and is flipped back unless it was written anew."""

    excused_as = "a bit was inverted"
    old: ClassVar[bool] = False

    def __init__(self, fault: Fault, stage: Stage) -> None:
        super().__init__(fault, stage)
        self._flip: Flip | None = None
        self._told = Proof(False, f"{self._node.name} has stored nothing")

    async def act(self) -> None:
        await self._begin()
        self._flip = await self._disks.flip_bit(self._node.name, old=self.old)
        if (flip := self._flip) is not None:
            where = f"bit {flip.bit} of {self._node.name}'s {flip.file}"
            self._told = Proof(True, f"{where} was inverted")

    async def measure(self) -> Proof:
        return self._told

    async def held(self) -> Proof:
        return self._told

    async def mend(self) -> None:
        flip, self._flip = self._flip, None
        if flip is not None:
            await self._disks.flip_back(self._node.name, flip)
        await self._end()


class RottenBit(FlippedBit):
    """The bit was synced before something else was: it can't look like a torn write."""

    old = True


def broken_disk(fault: Fault, stage: Stage) -> _Ailing | FlippedBit:
    """What carries out a `disk` step: its first word says which."""
    kinds: dict[str, type[_Ailing | FlippedBit]] = {
        "full": FullDisk,
        "slow": SlowDisk,
        "lie": LyingDisk,
        "flip": FlippedBit,
        "rot": RottenBit,
    }
    ((kind, _),) = fault.settings
    return kinds[kind](fault, stage)
