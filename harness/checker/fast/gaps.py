"""When a collection can have been empty, for the takes that found nothing.

An element is certainly inside between the end of its put and the start of its take; outside of
that it need not be. A moment that lies in no such stay is a gap::

    a     put ├──┤                 ├──┤ take
    stay         (─────────────────)
    b          put ├────┤                     ├───┤ take
    stay                (─────────────────────)
    c                                  put ├────────────────┤
                                            take ├───────────────┤    no stay
    gaps  ───────]                            [────────────────────────

At a gap every element can be wholly before, wholly after, or, when its put and its take both span
the moment, put in and taken out on the spot. So a history has an order exactly when the elements
before a gap and those after it have: calls with a later moment than the gap in an order of the
first part can all be moved back to the gap without changing places, for they began before it; and
likewise forwards in the second. A take that found nothing needs one gap within its interval, and
each gap will do (Henzinger, Sezgin & Vafeiadis, "Aspect-oriented linearizability proofs", CONCUR
2013, where it is the violation VWit; Emmi & Enea, "Sound, complete, and tractable linearizability
monitoring for concurrent collections", POPL 2018). That holds for every kind whose history can be
cut where it is empty: queues with any order, and stacks.

Without spares this is exact. With them, an unclaimed element's stay ends where its spare starts. A
moment that is a gap under any pairing has no more unclaimed puts ended before it than spares
started. Pair them in order, the first put to end with the first spare to start, and each moment of
which that is true is a gap; so this pairing has all gaps that any has, all at once.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from harness.checker.fast.elements import Elements, Integers
from harness.model import Decided


@dataclass(slots=True)
class Stays:
    """The stays of some elements by rising start, and how far those up to each reach."""

    owner: Integers
    start: Integers
    reach: Integers
    furthest: Integers
    """Whose stay it is that reaches so far."""

    @classmethod
    def of(cls, elements: Elements, among: NDArray[np.bool_] | None = None) -> Stays:
        """The stays of all elements, or of those in the mask."""
        stays = elements.put_end < elements.take_start
        owner = np.flatnonzero(stays if among is None else stays & among)
        owner = owner[np.argsort(elements.put_end[owner], kind="stable")]
        end = elements.take_start[owner]
        reach = np.maximum.accumulate(end)
        places = np.where(end == reach, np.arange(len(end)), 0)
        return cls(owner, elements.put_end[owner], reach, owner[np.maximum.accumulate(places)])

    def first_gaps(self, moments: Integers) -> Integers:
        """The first gap at or after each moment."""
        if not len(self.start):
            return moments
        new = np.ones(len(self.start), np.bool_)
        new[1:] = self.start[1:] > self.reach[:-1]
        heads = np.flatnonzero(new)
        tails = np.append(heads[1:], len(new)) - 1
        island = np.searchsorted(self.start[heads], moments) - 1
        until = np.where(island < 0, moments, self.reach[tails[island]])
        return np.maximum(moments, until)

    def cover(self, start: int, end: int) -> Iterator[int]:
        """A few elements whose stays leave no gap between two moments."""
        moment = start
        while moment <= end:
            last = int(np.searchsorted(self.start, moment)) - 1
            assert last >= 0
            assert self.reach[last] > moment
            yield int(self.furthest[last])
            moment = int(self.reach[last])


def in_order(elements: Elements) -> Elements:
    """Pair unclaimed elements with spares in order, which leaves the most gaps."""
    return elements.give(elements.unclaimed())


def empty_moments(elements: Elements) -> Integers | Decided:
    """A gap for each take that found nothing, or why one has none; after `in_order`."""
    moments = Stays.of(elements).first_gaps(elements.empty_start)
    late = np.flatnonzero(moments > elements.empty_end)
    if not len(late):
        return moments
    at = int(late[np.argmin(elements.empty_end[late])])
    everything = np.ones(len(elements.values), np.bool_)
    found = gap(elements, everything, int(elements.empty_start[at]), int(elements.empty_end[at]))
    assert isinstance(found, set)
    return elements.conflict(found, [at])


def gap(elements: Elements, among: NDArray[np.bool_], start: int, end: int) -> int | set[int]:
    """The first gap between two moments among some elements, or what leaves none.

    Where unclaimed elements leave none, they are more than the spares that began by then: the first
    of them, one more than there are spares, do so by themselves.
    """
    free = elements.unclaimed()
    free = free[among[free]]
    stays = Stays.of(elements.give(free), among)
    moment = int(stays.first_gaps(np.array([start]))[0])
    if moment <= end:
        return moment
    cover = set(stays.cover(start, end))
    if elements.claimed[list(cover)].all():
        return cover
    crowd = free[: np.searchsorted(elements.spare_start, end) + 1]
    crowd = crowd[elements.put_end[crowd] < end]
    if (elements.put_end[crowd] < start).sum() > np.searchsorted(elements.spare_start, end):
        return set(crowd.tolist())
    return {one for one in cover if elements.claimed[one]}.union(crowd.tolist())
