"""By when the elements of a stack that nobody claims have to be gone, most urgent first.

Given an order of all other calls, an unclaimed element is pushed somewhere while its push is open,
best where the stack is lowest; and it has to go before the first call that takes the stack below
that height, or finds it empty::

    height   2        ┌─┐       ┌─┐
             1    ┌───┘ └───────┘ └──┐
             0 ───┘  ├──── push ─┤   └───────
                           here  ^   ^ gone by then

The other calls could be elsewhere in their intervals, though not for all elements at once. So
there are several guesses, from the loosest reading of an order to the strictest: a call may stand
anywhere between the latest start up to it and the earliest end from it on, or at its moment only;
the first where an element is pushed and the second where it goes, or both.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from harness.checker.fast.elements import NEVER, Elements, Integers


def urgencies(elements: Elements, order: Integers, moments: Integers) -> Iterator[Integers]:
    """Guesses of the unclaimed elements that must be popped, each with the most urgent first.

    The order has puts, takes and takes that found nothing, numbered so, all of each kind.
    """
    count = len(elements.values)
    starts = np.concatenate([elements.put_start, elements.take_start, elements.empty_start])[order]
    ends = np.concatenate([elements.put_end, elements.take_end, elements.empty_end])[order]
    earliest = np.append(-1, np.maximum.accumulate(starts))
    latest = np.append(np.minimum.accumulate(ends[::-1])[::-1], NEVER)
    after, before = np.append(-1, moments), np.append(moments, NEVER)
    level = np.append(0, np.cumsum(np.where(order < count, 1, np.where(order < 2 * count, -1, 0))))
    due = _next_below(order, count)
    waiting = elements.unclaimed()
    loose = due[_lowest(level, elements, waiting, earliest, latest)]
    yield _sorted(waiting, latest[loose])
    strict = due[_lowest(level, elements, waiting, after, before)]
    yield _sorted(waiting, latest[strict])
    yield _sorted(waiting, before[strict])


def _lowest(
    level: Integers, elements: Elements, waiting: Integers, earliest: Integers, latest: Integers
) -> Integers:
    """The last of the places where the stack is lowest, of those where each can be pushed.

    Places are between calls: after those of which the earliest moment is given, and before those of
    which the latest is.
    """
    first = np.searchsorted(latest, elements.put_start[waiting])
    last = np.searchsorted(earliest, elements.put_end[waiting], "right")
    places = [
        high - 1 - int(np.argmin(level[low:high][::-1]))
        for low, high in zip(first, last, strict=True)
    ]
    return np.array(places, np.int64)


def _sorted(waiting: Integers, deadline: Integers) -> Integers:
    urgent = np.argsort(deadline, kind="stable")
    return waiting[urgent][deadline[urgent] < NEVER]


def _next_below(order: Integers, count: int) -> Integers:
    """For each place between calls, the next call that takes the stack below its height there."""
    due = [len(order)] * (len(order) + 1)
    taken = [0] * count
    for at in range(len(order) - 1, -1, -1):
        event = int(order[at])
        if event < count:
            due[at] = due[taken[event] + 1]
        else:
            due[at] = at
            if event < 2 * count:
                taken[event - count] = at
    return np.array(due, np.int64)
