"""A node's disk in memory: what was not synced is in danger, and the medium itself may fail.

::

    file    ███████████████████░░░░░░░░░
            synced: survives   │ written: survives a kill (the system has it), but of it a power
                               │ failure leaves only some prefix, at times with its end damaged

An event of the process takes no time on the loop, though its syncs do (`harness.worlds.sim.env`):
the disk runs ahead of the loop by as much. Steps that end later than the loop's present are kept,
so that a process that ends in the middle of a sync has not done what would have come after it::

    loop ──────────┼───── now ──────────────────────────▶
    disk  append   sync ─────────── append   sync ──────
                          ╳ ended here: the first sync is not done, the second append never was
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from random import Random
from typing import NamedTuple

from harness.worlds.faults import Ailment, DiskUse, Flip
from harness.worlds.sim.loop import SimLoop

SYNC_S = (0.0002, 0.002)
"""Seconds that a sync takes, evenly at random between these."""

TORN = 0.25
"""How often the end of what a power failure left is not what was written."""

_HEALTHY = Ailment()


class _Step(NamedTuple):
    """Something that had not ended yet when the loop's present was before `end`.

    Until `begin` it is as if it had never been. `file`, `synced` and `old` are what was before; a
    `file` of None is unchanged but for what was appended after `length`.
    """

    begin: float
    end: float
    name: str
    length: int
    synced: int
    old: int
    file: bytearray | None


class SimDisk:
    """See `harness.env.Disk`.

    Args:
        rng: this disk's own randomness.
        loop: whose present it is.
        busy: keeps the process busy for so many seconds more, and returns its own present.
    """

    def __init__(self, rng: Random, loop: SimLoop, busy: Callable[[float], float]) -> None:
        self._rng = rng
        self._loop = loop
        self._busy = busy
        self._files: dict[str, bytearray] = {}
        self._synced: dict[str, int] = {}
        self._old: dict[str, int] = {}
        """Of each file how much was synced before its newest sync that had something to do."""
        self._ahead: list[_Step] = []
        self._flips: dict[Flip, None] = {}
        self._refused = self._syncs = 0
        self._sync_s = 0.0
        self.ailment = _HEALTHY

    # Disk

    def read(self, name: str) -> bytes:
        """See `harness.env.Disk`."""
        return bytes(self._files.get(name, b""))

    def append(self, name: str, data: bytes) -> None:
        """See `harness.env.Disk`. A disk that fills up may take the first part of it."""
        file = self._files.get(name)
        if file is None:
            file = self._files[name] = bytearray()
        now = self._busy(0.0)
        self._note(now, now, name, len(file), None)
        if self.ailment.full:
            file += data[: self._rng.randint(0, len(data) - 1)] if data else b""
            self._refuse()
        file += data

    def sync(self, name: str) -> None:
        """See `harness.env.Disk`."""
        begin, end = self._take_time()
        file = self._files.get(name)
        if file is not None and not self.ailment.lies:
            synced = self._synced.get(name, 0)
            self._note(begin, end, name, len(file), None)
            if len(file) > synced:
                self._old[name] = synced
            self._synced[name] = len(file)

    def replace(self, name: str, data: bytes) -> None:
        """See `harness.env.Disk`."""
        if self.ailment.full:
            self._refuse()
        begin, end = self._take_time()
        before = self._files.get(name, bytearray())
        self._note(begin, end, name, len(before), before)
        self._files[name] = bytearray(data)
        self._synced[name] = 0 if self.ailment.lies else len(data)
        self._old[name] = 0
        self._forget_flips(name, 0)

    def _refuse(self) -> None:
        self._refused += 1
        raise OSError(errno.ENOSPC, "No space left on device")

    def _take_time(self) -> tuple[float, float]:
        least, most = SYNC_S
        seconds = (least + (most - least) * self._rng.random()) * self.ailment.slowness
        self._syncs += 1
        self._sync_s += seconds
        end = self._busy(seconds)
        return end - seconds, end

    def _note(
        self, begin: float, end: float, name: str, length: int, file: bytearray | None
    ) -> None:
        if self._ahead and self._ahead[-1].end <= self._loop.now:
            self._ahead.clear()
        synced, old = self._synced.get(name, 0), self._old.get(name, 0)
        self._ahead.append(_Step(begin, end, name, length, synced, old, file))

    # What happens to it

    def ended(self, at: float) -> None:
        """Its process has ended at that time: what it had not done by then, it never did."""
        for step in reversed(self._ahead):
            if step.end <= at and step.begin <= at:
                break
            self._undo(step, at)
        self._ahead.clear()

    def _undo(self, step: _Step, at: float) -> None:
        begun = step.begin <= at
        if step.file is not None and not (begun and self._rng.random() < 0.5):
            self._files[step.name] = step.file  # of a replacement half done, one of the two is left
        elif not begun and step.name in self._files:
            del self._files[step.name][step.length :]
        elif step.file is not None:
            return
        self._synced[step.name] = step.synced
        self._old[step.name] = step.old

    def lose_power(self) -> int:
        """Keep what was synced and some of the rest; returns how many bytes were harmed."""
        lost = 0
        for name, file in self._files.items():
            synced = self._synced.get(name, 0)
            kept = self._rng.randint(synced, len(file))
            lost += len(file) - kept
            del file[kept:]
            if kept > synced and self._rng.random() < TORN:
                start = self._rng.randint(synced, kept - 1)
                file[start:] = bytes(kept - start)
                lost += kept - start
                self._forget_flips(name, start)
            self._synced[name] = kept
            self._old[name] = 0 if kept > synced else self._old.get(name, 0)
            self._forget_flips(name, kept)
        return lost

    def unsynced(self) -> int:
        """Bytes that a power failure at this moment would put in danger."""
        synced = dict(self._synced)
        length = {name: len(file) for name, file in self._files.items()}
        for step in reversed(self._ahead):
            if step.end > self._loop.now:
                synced[step.name] = step.synced
            if step.begin > self._loop.now:
                length[step.name] = step.length
        return sum(max(0, size - synced.get(name, 0)) for name, size in length.items())

    def use(self) -> DiskUse:
        """What it has done since the test began."""
        return DiskUse(self._refused, self._syncs, self._sync_s)

    def flip_bit(self, *, old: bool = False) -> Flip | None:
        """Invert one random bit of what is stored, with `old` of what is not the newest there."""
        sizes = self._old if old else {name: len(file) for name, file in self._files.items()}
        names = [name for name, size in sizes.items() if size]
        if not names:
            return None
        name = self._rng.choice(names)
        flip = Flip(name, self._rng.randrange(sizes[name] * 8))
        self._invert(flip)
        self._flips[flip] = None
        return flip

    def flip_back(self, flip: Flip) -> bool:
        """Undo it; False when what was there has been written anew, or is gone."""
        if flip not in self._flips:
            return False
        del self._flips[flip]
        self._invert(flip)
        return True

    def _invert(self, flip: Flip) -> None:
        self._files[flip.file][flip.bit // 8] ^= 1 << flip.bit % 8

    def _forget_flips(self, name: str, start: int) -> None:
        """What stands in this file from that byte on has been written anew, or is gone."""
        if self._flips:
            for flip in [f for f in self._flips if f.file == name and f.bit // 8 >= start]:
                del self._flips[flip]

    def wipe(self) -> None:
        """Delete everything."""
        self._files.clear()
        self._synced.clear()
        self._old.clear()
        self._ahead.clear()
        self._flips.clear()
