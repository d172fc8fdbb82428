"""How many versions behind a read of a register was, at least.

Between the write that a read saw and the read itself, these writes certainly took effect: the ones
invoked after the seen write had completed, and completed before the read was invoked::

    seen write ├───┤
    others              ├──┤   ├──┤  ├───────┤
    read                              ├───┤             at least 2 behind

(k-atomicity: Aiyer, Alvisi & Bazzi, "On the availability of non-strict quorum systems", DISC 2005.)
It is a lower bound for each read: concurrent writes may have been missed as well. Of several
writes of the value the latest to complete is assumed seen, which gives the fewest.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Sequence
from itertools import accumulate

import numpy as np

from harness.checker.licence import expects, writes
from harness.model import Call


def versions_behind(calls: Sequence[Call], first: Hashable) -> dict[int, int]:
    """For each read that was behind, by how many versions at least."""
    starts, ends = _completed_writes(calls)
    if not len(starts):
        return {}
    earliest_end = np.minimum.accumulate(ends[::-1])[::-1]
    seen = _Seen(calls, first)
    behind: dict[int, int] = {}
    reads = [at for at, call in enumerate(calls) if call.f == "read" and not call.crashed]
    saw = np.array([seen.latest_end(calls[at]) for at in reads], np.int64)
    begun = np.array([calls[at].start for at in reads], np.int64)
    since = np.searchsorted(starts, saw, side="right")
    until = np.searchsorted(starts, begun)
    suspects = np.flatnonzero(since < until)
    suspects = suspects[earliest_end[since[suspects]] < begun[suspects]]
    for number in suspects.tolist():
        missed = int(np.count_nonzero(ends[since[number] : until[number]] < begun[number]))
        if missed:
            behind[reads[number]] = missed
    return behind


def _completed_writes(calls: Sequence[Call]) -> tuple[np.ndarray, np.ndarray]:
    found = [call for call in calls if not call.crashed and writes(call) is not None]
    return (
        np.array([call.start for call in found], np.int64),
        np.array([call.end for call in found], np.int64),
    )


class _Seen:
    """For each value, its writes by start, and the latest end up to each."""

    def __init__(self, calls: Sequence[Call], first: Hashable) -> None:
        starts: dict[Hashable, list[int]] = {first: [-1]}
        ends: dict[Hashable, list[int]] = {first: [-1]}
        for call in calls:
            if (written := writes(call)) is not None:
                starts.setdefault(written[0], []).append(call.start)
                ends.setdefault(written[0], []).append(call.end)
        self._starts = starts
        self._latest = {value: list(accumulate(found, max)) for value, found in ends.items()}

    def latest_end(self, call: Call) -> int:
        """When the latest write that this read may have seen completed."""
        expected = expects(call)
        assert expected is not None
        before = bisect_left(self._starts.get(expected[0], []), call.end)
        return self._latest[expected[0]][before - 1] if before else call.end
