"""Counters: by the bounds of each read, and exactly if all amounts are the same.

**Bounds.** What was certainly added before a read is in it, what was certainly added after it is
not, and what is neither may be or not. So a read lies between the sum with only the negative ones
of those and the sum with only the positive ones (Jepsen's counter checker)::

    add 1   ├──┤                       lower = 1           upper = 1 + 2
    add 2            ├──────────┤
    read                 ├──┤

A read out of bounds has no order; reads within bounds prove nothing.

**Equal amounts.** Adds that all add the same are steps of a count that only rises (or falls), and
differ only in their intervals. Going through the ends by time, an add happens at its end, or sooner
when a read must end whose value is yet to be reached; then the pending ones that end first happen,
crashed ones last. Every read happens when the count passes its value. Nothing is lost by waiting:
if some linearization has counted further by some moment, by adds pending here, this can still
follow it through the same values, and every read that was legal there is legal on the way, or was
not pending any more and had its value reached by its end. Adds of zero happen at once.

Different amounts are left to the search: whether some of them sum up to what was read is the subset
sum problem.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from heapq import heappush
from itertools import accumulate
from typing import NamedTuple, cast

from harness.checker.fast.moments import events
from harness.checker.fast.semaphore import Heap, before, next_pending
from harness.model import Call, Decided, Model


class Bounds(NamedTuple):
    """What a read may have returned."""

    at: int
    lower: int
    value: int
    upper: int

    @property
    def within(self) -> bool:
        """Whether it did return that."""
        return self.lower <= self.value <= self.upper


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Order the calls if all add the same, or find a read out of bounds; else None."""
    for read in bounds(calls):
        if not read.within:
            end = calls[read.at].end
            adds = [at for at in before(calls, end) if calls[at].f == "add"]
            return Decided(None, sorted([*adds, read.at]))
    amounts = {cast(int, call.value) for call in calls if call.f == "add"} - {0}
    if len(amounts) > 1:
        return None
    return _Counting(calls, min(amounts, default=1)).decide()


def bounds(calls: Sequence[Call]) -> list[Bounds]:
    """The bounds of every read that completed."""
    adds = [call for call in calls if call.f == "add"]
    ended = sorted((call.end, cast(int, call.value)) for call in adds if not call.crashed)
    starts, ends = [call.start for call in adds], [end for end, _ in ended]
    started = [cast(int, call.value) for call in adds]
    rising = (
        list(accumulate((max(amount, 0) for amount in started), initial=0)),
        list(accumulate((max(amount, 0) for _, amount in ended), initial=0)),
    )
    falling = (
        list(accumulate((min(amount, 0) for amount in started), initial=0)),
        list(accumulate((min(amount, 0) for _, amount in ended), initial=0)),
    )
    found = []
    for at, call in enumerate(calls):
        if call.f == "add" or call.crashed:
            continue
        begun, done = bisect_left(starts, call.end), bisect_left(ends, call.start)
        lower, upper = rising[1][done] + falling[0][begun], rising[0][begun] + falling[1][done]
        found.append(Bounds(at, lower, cast(int, call.result), upper))
    return found


class _Counting:
    """Counts adds of one amount, as late as can be."""

    def __init__(self, calls: Sequence[Call], amount: int) -> None:
        self._calls = calls
        self._amount = amount
        self._count = 0
        self._adds: Heap = []
        self._reads: dict[int, list[int]] = {}
        self._placed = bytearray(len(calls))
        self._order: list[int] = []

    def decide(self) -> Decided:
        """Go through the events."""
        for at, ends in events(self._calls):
            call = self._calls[at]
            if not ends:
                self._start(at, call)
            elif not self._placed[at] and not self._finish(at, call):
                return Decided(None, before(self._calls, call.end))
        return Decided(self._order)

    def _start(self, at: int, call: Call) -> None:
        if call.f == "read":
            self._reads.setdefault(cast(int, call.result), []).append(at)
            self._place_reads()
        elif call.value:
            heappush(self._adds, (call.end, at))
        else:
            self._place(at)

    def _finish(self, at: int, call: Call) -> bool:
        """Place a call at its end, after what must come before; false if it can't be."""
        if call.f == "add":
            self._add(at)
            return True
        while not self._placed[at]:
            add = next_pending(self._adds, self._placed)
            if add < 0:
                return False
            self._add(add)
        return True

    def _add(self, at: int) -> None:
        self._place(at)
        self._count += 1
        self._place_reads()

    def _place_reads(self) -> None:
        for at in self._reads.pop(self._count * self._amount, ()):
            self._place(at)

    def _place(self, at: int) -> None:
        self._placed[at] = True
        self._order.append(at)
