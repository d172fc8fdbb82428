"""Priority queues with unique values: whoever takes an element finds no smaller one there.

Look only at one element and the smaller ones: its take is like one that finds nothing among those.
So a history has an order exactly when for each element some moment of its take is a gap
(`harness.checker.fast.gaps`) between the stays of the smaller elements, and for each take that
found nothing one between all stays. That this is enough follows from the smallest to the greatest:
to an order of the smaller ones the next element adds a take at a gap and a put somewhere before,
and no smaller one's take cares. (The same decomposition: Lee & Mathur, arXiv 2410.04581, 2024.)

The elements are visited by rising value, and moments that are no gaps any more are struck out, each
once, by union-find: nearly linear. Each take is given its first gap t, and its put the latest
moment that fits, min(end of the put, t). For a greater element's gap T, a smaller element put in
before T without choice has its first gap no later than T, since T is a gap for it too; so it is
out by then, and moments alone make the order.

Crashed dequeues make it a search, as for stacks: which spare takes which unclaimed element. The
gaps without the unclaimed elements give each of them a deadline, the first gap of a greater element
after its put ended; the most urgent gets the first spare, and the guess is checked exactly. If some
take has no gap then, it may be that none exists whatever the choice, as for an unordered queue of
the smaller elements, where in-order pairing is best: a conflict. Otherwise the guess is improved by
the gaps found so, a few times; and at last, can't tell.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from harness.checker.fast.elements import NEVER, Elements, Integers, gather
from harness.checker.fast.gaps import gap, in_order
from harness.checker.fast.points import arrange
from harness.model import FOREVER, Call, Decided, Model
from harness.model.priority_queue import rank

_ROUNDS = 4


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Order the calls, or find those that can't be; None when it can't tell."""
    found = gather(calls, "enqueue", "dequeue") if model.kind == "priority-queue" else None
    if not isinstance(found, Elements):
        return found
    rising = sorted(range(len(found.values)), key=lambda one: rank(found.values[one]))
    line = np.array(rising, np.int64)
    if not len(found.spare) or found.claimed.all():
        decided = _decide(found, found, line)
        assert isinstance(decided, Decided)
        return decided
    gaps = _gaps(found, line[found.claimed[line]])
    for _ in range(_ROUNDS):
        decided = _decide(found, found.give(_by_deadline(found, line, gaps)), line)
        if isinstance(decided, Decided):
            return decided
        gaps = decided
    decided = _decide(found, in_order(found), line)
    return decided if isinstance(decided, Decided) else None


@dataclass(slots=True)
class _Gaps:
    """Each take's first gap, `NEVER` for what stays; and those whose interval ends before it."""

    takes: Integers
    empties: Integers
    late: list[int]
    late_empties: list[int]


def _decide(found: Elements, guess: Elements, line: Integers) -> Decided | _Gaps:
    """An order if the guess has one, a conflict whatever the guess, or gaps to guess better by."""
    gaps = _gaps(guess, line)
    place = np.empty_like(line)
    place[line] = np.arange(len(line))
    for one in gaps.late[:_ROUNDS]:
        smaller = place < place[one]
        around = gap(found, smaller, int(found.take_start[one]), int(found.take_end[one]))
        if isinstance(around, set):
            return found.conflict(around | {one})
        gaps.takes[one] = around
    everything = np.ones(len(line), np.bool_)
    for one in gaps.late_empties[:_ROUNDS]:
        around = gap(found, everything, int(found.empty_start[one]), int(found.empty_end[one]))
        if isinstance(around, set):
            return found.conflict(around, [one])
        gaps.empties[one] = around
    if gaps.late or gaps.late_empties:
        return gaps
    puts = np.minimum(guess.put_end, gaps.takes)
    return arrange(guess, puts, gaps.takes, place, gaps.empties)


def _gaps(elements: Elements, line: Integers) -> _Gaps:
    """Strike out the moments inside each element's stay, from the smallest to the greatest.

    An unclaimed element that smaller ones keep inside for good stays.
    """
    starts = np.concatenate([elements.take_start[line], elements.empty_start])
    slots = np.append(np.unique(starts[starts < FOREVER]), FOREVER)
    count = len(slots)
    moment: list[int] = [*slots.tolist(), NEVER]
    next_ = list(range(count + 1))
    stay_from: list[int] = np.searchsorted(slots, elements.put_end, "right").tolist()
    stay_until: list[int] = np.searchsorted(slots, elements.take_start).tolist()
    take_end: list[int] = elements.take_end.tolist()
    claimed: list[bool] = elements.claimed.tolist()
    takes = [NEVER] * len(take_end)
    late = []
    for one in line.tolist():
        until = stay_until[one]
        if until < count:
            at = _find(next_, until)
            if moment[at] <= take_end[one]:
                takes[one] = moment[at]
            elif claimed[one]:
                late.append(one)
            else:
                until = count
        at = _find(next_, stay_from[one])
        while at < until:
            next_[at] = at + 1
            at = _find(next_, at + 1)
    begun: list[int] = np.searchsorted(slots, elements.empty_start).tolist()
    empties = np.array([moment[_find(next_, at)] for at in begun], np.int64)
    late_empties = np.flatnonzero(empties > elements.empty_end).tolist()
    return _Gaps(np.array(takes, np.int64), empties, late, late_empties)


def _find(next_: list[int], at: int) -> int:
    """The first index from one on that is its own next."""
    while next_[at] != at:
        next_[at] = at = next_[next_[at]]
    return at


def _by_deadline(elements: Elements, line: Integers, gaps: _Gaps) -> Integers:
    """The unclaimed elements that must be gone for somebody, the most urgent first."""
    taken = elements.claimed & (gaps.takes < NEVER)
    moments = np.unique(np.concatenate([gaps.takes[taken], gaps.empties, [NEVER]]))
    users = np.bincount(np.searchsorted(moments, gaps.takes[taken]), minlength=len(moments))
    users += np.bincount(np.searchsorted(moments, gaps.empties), minlength=len(moments))
    users[-1] = 1
    left: list[int] = users.tolist()
    at_take: list[int] = np.searchsorted(moments, gaps.takes).tolist()
    after_put: list[int] = np.searchsorted(moments, elements.put_end, "right").tolist()
    counted: list[bool] = taken.tolist()
    next_ = list(range(len(moments)))
    deadline = np.full(len(line), NEVER)
    for one in line.tolist():
        if counted[one]:
            left[at_take[one]] -= 1
            if not left[at_take[one]]:
                next_[at_take[one]] = at_take[one] + 1
        elif not elements.claimed[one]:
            deadline[one] = moments[_find(next_, min(after_put[one], len(moments) - 1))]
    waiting = elements.unclaimed()
    urgent = np.argsort(deadline[waiting], kind="stable")
    return waiting[urgent][deadline[waiting][urgent] < NEVER]
