"""The zones of many keys at once, with reads that reach back in time.

`harness.checker.fast.unique_writes` explains zones, and why a key whose every value was written
once is linearizable exactly when no two forward zones overlap, no backward zone lies inside a
forward one, and no read ends before its write begins. Shifting the starts of reads changes of all
this the last start of each zone only. It keeps the order of the reads, so the last one stays the
last, and one shifted number a zone decides. The zones of each key stand behind those of the one
before, so that one pass of numpy looks at all.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from harness.model import Call, Model

Ints: TypeAlias = npt.NDArray[np.int64]
NO_READ = -1


class Zones:
    """The zones of keys that `fit`.

    Args:
        keys: the calls of each.
        first: the value before any write.
        shifted: given starts, rows and a shift, the shifted starts.
    """

    def __init__(
        self,
        keys: Sequence[Sequence[Call]],
        first: Hashable,
        shifted: Callable[[Ints, Ints, int], Ints],
    ) -> None:
        self._shifted = shifted
        self._never: int | None = None
        columns: list[tuple[int, int, int, int, int]] = []
        for number, calls in enumerate(keys):
            columns.extend(self._of_key(number, calls, first))
        table = np.array(columns, np.int64).reshape(-1, 5)
        self._key, self._written, self._ended, self._read, self._row = table.T
        starts_of_calls = (calls[-1].start for calls in keys if calls)
        latest = 2 + max(max(starts_of_calls, default=0), int(max(self._read.max(initial=0), 0)))
        self._ended = np.minimum(self._ended, latest + 1)
        self._offset = self._key * (latest + 8) + 2

    @staticmethod
    def fit(calls: Sequence[Call], model: Model) -> bool:
        """Whether these are reads and writes of a register, each value written once."""
        if model.kind != "register":
            return False
        written = {model.initial()}
        for call in calls:
            if call.f == "write":
                if call.value in written:
                    return False
                written.add(call.value)
            elif call.f != "read":
                return False
        return True

    def misfit(self, by: int) -> int | None:
        """The number of a key that is not linearizable with reads shifted so far, if any."""
        if self._never is not None:
            return self._never
        read = self._row != NO_READ
        last = self._written.copy()
        last[read] = np.maximum(last[read], self._shifted(self._read[read], self._row[read], by))
        first, last = self._ended + self._offset, last + self._offset
        forward = np.flatnonzero(first < last)
        forward = forward[np.argsort(first[forward], kind="stable")]
        since, until = first[forward], last[forward]
        overlaps = np.flatnonzero(since[1:] < until[:-1])
        if len(overlaps):
            return int(self._key[forward[overlaps[0]]])
        backward = np.flatnonzero(first >= last)
        around = np.searchsorted(since, last[backward]) - 1
        known = around >= 0
        backward, around = backward[known], around[known]
        inside = np.flatnonzero(first[backward] < until[around])
        return int(self._key[backward[inside[0]]]) if len(inside) else None

    def _of_key(
        self, number: int, calls: Sequence[Call], first: Hashable
    ) -> list[tuple[int, int, int, int, int]]:
        """For each value: the key, its write's start, the first end, the last read and its row."""
        writes = {call.value: call for call in calls if call.f == "write"}
        zones = {value: [call.start, call.end, NO_READ, NO_READ] for value, call in writes.items()}
        zones[first] = [-2, -1, NO_READ, NO_READ]
        for call in calls:
            if call.f != "read":
                continue
            zone = zones.get(call.result)
            if zone is None or call.end < zone[0]:
                self._never = number
                return []
            zone[1] = min(zone[1], call.end)
            if call.start > zone[2]:
                zone[2:] = call.start, call.row
        return [
            (number, zone[0], zone[1], zone[2], zone[3])
            for value, zone in zones.items()
            if zone[3] != NO_READ or (value in writes and not writes[value].crashed)
        ]
