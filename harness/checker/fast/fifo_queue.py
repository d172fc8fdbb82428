"""FIFO queues with unique values: one order of the elements must fit both puts and takes.

Elements leave as they came, so if one's put precedes another's, or its take does, it is before the
other in the queue. Either relation alone is an interval order: of two pairs a < b and c < d, always
a < d or c < b. A cycle of both together thus shortens to two elements, put in one way round and
taken out the other::

    a   put ├───┤                         take ├───┤
    b             put ├────┤   take ├───┤

and if there is none, a topological order of the elements is an order for the queue (Henzinger,
Sezgin & Vafeiadis, CONCUR 2013: the violation VOrd; Bouajjani, Emmi, Enea & Hamza, "On reducing
linearizability to state reachability", ICALP 2015). Along it each take is as early as it can be, no
earlier than those before it, and each put as late as it can be, no later than its take nor than
the puts after it; both stay within their intervals, or two elements would be the wrong way round.

An element that stays counts as taken after everything. A take that found nothing cuts the queue's
life at a gap (`harness.checker.fast.gaps`): it stands in the order of the elements like one that
is put in and taken out at that very moment. It adds no crossing, since no stay is around a gap; the
takes before it begin by then, and the puts after it end no sooner.

Unclaimed elements and spares are paired in order: the earlier an element's put ended, the earlier
it must be gone, for all that it precedes is preceded by those before it. So if any pairing fits
then this one does, and the answer is exact.

The topological order needs no edges. Among the elements left, those that begin no later than the
first of them ends are minimal; the sweep keeps one such limit for puts and one for takes, and next
is any element below both. If none is, then the first to end its put and the first to end its take
are the two of a cycle.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

import numpy as np

from harness.checker.fast.elements import Elements, Integers, gather
from harness.checker.fast.gaps import empty_moments, in_order
from harness.checker.fast.points import arrange
from harness.model import Call, Decided, Model


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Order the calls, or find those that can't be; None when a value was put in twice."""
    found = gather(calls, "enqueue", "dequeue") if model.kind == "fifo-queue" else None
    if not isinstance(found, Elements):
        return found
    elements = in_order(found)
    empties = empty_moments(elements)
    if isinstance(empties, Decided):
        return empties
    put_start = np.concatenate([elements.put_start, empties])
    put_end = np.concatenate([elements.put_end, empties])
    take_start = np.concatenate([elements.take_start, empties])
    take_end = np.concatenate([elements.take_end, empties])
    line, stuck = _common_order((put_start, put_end), (take_start, take_end))
    if stuck:
        return _crossed(elements, *stuck)
    takes, puts = np.empty_like(put_end), np.empty_like(put_end)
    takes[line] = np.maximum.accumulate(take_start[line])
    puts[line] = np.minimum.accumulate(np.minimum(put_end, takes)[line][::-1])[::-1]
    place = np.empty_like(line)
    place[line] = np.arange(len(line))
    count = len(elements.put)
    return arrange(elements, puts[:count], takes[:count], place[:count], empties, place[count:])


def _common_order(
    puts: tuple[Integers, Integers], takes: tuple[Integers, Integers]
) -> tuple[Integers, tuple[int, int] | None]:
    """Sort by both interval orders, given as starts and ends; or the two that are crossed."""
    count = len(puts[0])
    fronts = [_Front(*puts), _Front(*takes)]
    below = bytearray(count)
    gone = bytearray(count)
    ready: list[int] = []
    line: list[int] = []
    while len(line) < count:
        for front in fronts:
            for one in front.advance(gone):
                below[one] += 1
                if below[one] == len(fronts):
                    ready.append(one)
        if not ready:
            first_put, first_taken = (front.first for front in fronts)
            return np.empty(0, np.int64), (first_put, first_taken)
        for one in ready:
            gone[one] = 1
        line.extend(ready)
        ready.clear()
    return np.array(line, np.int64), None


class _Front:
    """The minimal elements of an interval order, while elements go."""

    def __init__(self, start: Integers, end: Integers) -> None:
        rising = np.argsort(start, kind="stable")
        self._by_start: list[int] = rising.tolist()
        self._starts: list[int] = start[rising].tolist()
        self._by_end: list[int] = np.argsort(end, kind="stable").tolist()
        self._end: list[int] = end.tolist()
        self._begun = 0
        self._ended = 0

    def advance(self, gone: bytearray) -> list[int]:
        """The elements that have become minimal."""
        while gone[self._by_end[self._ended]]:
            self._ended += 1
        begun = bisect_right(self._starts, self._end[self.first], self._begun)
        new = self._by_start[self._begun : begun]
        self._begun = begun
        return new

    @property
    def first(self) -> int:
        """The first to end."""
        return self._by_end[self._ended]


def _crossed(elements: Elements, first_put: int, first_taken: int) -> Decided:
    """Why: one was put in first and the other was taken first.

    If only a spare could have taken the one put in first, all were used up: with it, more elements
    that nobody claims had to be gone than there were spares so far.
    """
    if elements.claimed[first_put]:
        return elements.conflict([first_put, first_taken])
    spares = np.searchsorted(elements.spare_start, elements.take_end[first_taken])
    return elements.conflict([*elements.unclaimed()[: spares + 1].tolist(), first_taken])
