"""A node's disk in memory: what was not synced is in danger, and the medium itself may fail.

::

    file    ███████████████████░░░░░░░░░
            synced: survives   │ written: survives a kill (the system has it), but of it a power
                               │ failure leaves only some prefix, at times with its end damaged
"""

from __future__ import annotations

import errno
from collections.abc import Callable
from random import Random

SYNC_S = (0.0002, 0.002)
"""Seconds that a sync takes, evenly at random between these."""

TORN = 0.25
"""How often the end of what a power failure left is not what was written."""


class SimDisk:
    """See `harness.env.Disk`; `busy(seconds)` is told how long each operation kept the node."""

    def __init__(self, rng: Random, busy: Callable[[float], None]) -> None:
        self._rng = rng
        self._busy = busy
        self._files: dict[str, bytearray] = {}
        self._synced: dict[str, int] = {}
        self.full = False
        """Appending fails, as on a disk with no space left."""
        self.slowness = 1.0
        """Syncs take so many times longer."""
        self.refused = 0
        """Operations that failed because the disk was full."""
        self.syncs = 0
        self.sync_s = 0.0
        """How many syncs there were, and how long they took in all, in seconds."""
        self.lies = False
        """Syncs return and do nothing, as on a drive that ignores the flush of its cache."""

    # Disk

    def read(self, name: str) -> bytes:
        """See `harness.env.Disk`."""
        return bytes(self._files.get(name, b""))

    def append(self, name: str, data: bytes) -> None:
        """See `harness.env.Disk`."""
        self._need_space()
        file = self._files.get(name)
        if file is None:
            file = self._files[name] = bytearray()
        file += data

    def sync(self, name: str) -> None:
        """See `harness.env.Disk`."""
        self._take_time()
        if name in self._files and not self.lies:
            self._synced[name] = len(self._files[name])

    def replace(self, name: str, data: bytes) -> None:
        """See `harness.env.Disk`."""
        self._need_space()
        self._take_time()
        self._files[name] = bytearray(data)
        self._synced[name] = len(data)

    def _need_space(self) -> None:
        if self.full:
            self.refused += 1
            raise OSError(errno.ENOSPC, "No space left on device")

    def _take_time(self) -> None:
        least, most = SYNC_S
        seconds = (least + (most - least) * self._rng.random()) * self.slowness
        self.syncs += 1
        self.sync_s += seconds
        self._busy(seconds)

    # What happens to a disk

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
            self._synced[name] = kept
        return lost

    def unsynced(self) -> int:
        """Bytes that a power failure now would put in danger."""
        return sum(len(file) - self._synced.get(name, 0) for name, file in self._files.items())

    def flip_bit(self) -> tuple[str, int] | None:
        """Invert one random bit of what is stored; returns the file and the bit's number."""
        names = [name for name, file in self._files.items() if file]
        if not names:
            return None
        name = self._rng.choice(names)
        bit = self._rng.randrange(len(self._files[name]) * 8)
        self.invert(name, bit)
        return name, bit

    def invert(self, name: str, bit: int) -> None:
        """Invert this bit of a file, where the file still reaches so far."""
        file = self._files.get(name)
        if file is not None and bit < len(file) * 8:
            file[bit // 8] ^= 1 << bit % 8

    def wipe(self) -> None:
        """Delete everything."""
        self._files.clear()
        self._synced.clear()
