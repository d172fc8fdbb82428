"""The elements of a collection whose every element was put in once: who put it in, who took it out.

When no value is put in twice, what a take returned says which put it saw, and a history falls into
elements, each with one put and at most one take. The fast paths of queues and stacks start here.

What every one of them leaves out or tightens, and why that changes nothing:

- All calls about one element can be removed from a linearizable history, for each of these kinds:
  without it the others are where they were, in the same order. So can a take that found nothing.
- A crashed put that no completed take saw: remove its element, and with it the crashed take that
  got it if any. What is left has an order exactly when the whole has, so it is as if the put had
  never happened.
- A take happened after its put, so its interval begins no earlier than the put's.
- A crashed take matters only if it took an element that was put in for certain and that nobody else
  took; an *unclaimed* one. All crashed takes end at infinity and differ in their starts alone: they
  are *spares*. Which unclaimed element gets which spare is up to each kind; once given (`give`), it
  is a take as any other.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeAlias

import numpy as np
from numpy.typing import NDArray

from harness.model import FOREVER, Call, Decided

Integers: TypeAlias = NDArray[np.int64]

NEVER: Final = FOREVER + 1
"""When an element that stays is taken: after every crashed take."""

NOBODY: Final = -1


@dataclass(slots=True)
class Elements:
    """One entry an element in every array but the last five; puts and takes are positions."""

    values: list[Hashable]
    put: Integers
    put_start: Integers
    put_end: Integers
    take: Integers
    take_start: Integers
    take_end: Integers
    claimed: NDArray[np.bool_]
    """Whether a completed call took it."""

    empty: Integers
    """The takes that found nothing."""
    empty_start: Integers
    empty_end: Integers
    spare: Integers
    """The crashed takes, by rising start."""
    spare_start: Integers

    def unclaimed(self) -> Integers:
        """The elements that only a crashed take can have taken, by the end of their puts."""
        chosen = np.flatnonzero(~self.claimed)
        return chosen[np.argsort(self.put_end[chosen], kind="stable")]

    def give(self, chosen: Integers) -> Elements:
        """Let the first spare take the first of the chosen, the second the second, and so on."""
        given = chosen[: len(self.spare)]
        take, start, end = self.take.copy(), self.take_start.copy(), self.take_end.copy()
        take[given] = self.spare[: len(given)]
        start[given] = np.maximum(self.spare_start[: len(given)], self.put_start[given])
        end[given] = FOREVER
        return replace(self, take=take, take_start=start, take_end=end)

    def conflict(self, elements: Iterable[int], empties: Iterable[int] = ()) -> Decided:
        """All calls about some elements, and some takes that found nothing.

        If one of them may have gone to a spare, so do all spares that began before they ended.
        """
        chosen = np.unique(np.fromiter(elements, np.int64))
        nothing = np.fromiter(empties, np.int64)
        known = chosen[self.claimed[chosen]]
        parts = [self.put[chosen], self.take[known], self.empty[nothing]]
        if len(known) < len(chosen):
            ends = [self.put_end[chosen], self.take_end[known], self.empty_end[nothing]]
            known_ends = np.concatenate(ends)
            last = known_ends[known_ends < FOREVER].max()
            parts.append(self.spare[self.spare_start < last])
        return Decided(None, np.unique(np.concatenate(parts)).tolist())


def gather(calls: Sequence[Call], put: str, take: str) -> Elements | Decided | None:
    """Sort the calls by element; None when some value was put in twice.

    An element taken before it was put in, or twice, or without having been put in, is a conflict.
    """
    puts: dict[Hashable, int] = {}
    takes: dict[Hashable, int] = {}
    empty: list[int] = []
    spare: list[int] = []
    twice: list[Hashable] = []
    for position, call in enumerate(calls):
        if call.f == put:
            if call.value in puts or call.value is None:
                return None
            puts[call.value] = position
        elif call.f != take:
            return None
        elif call.end == FOREVER:
            spare.append(position)
        elif call.result is None:
            empty.append(position)
        elif call.result in takes:
            twice.append(call.result)
        else:
            takes[call.result] = position
    if twice:
        return _all_about(calls, put, twice[0])
    for value, position in takes.items():
        if value not in puts or calls[position].precedes(calls[puts[value]]):
            return _all_about(calls, put, value)
    return _tighten(calls, puts, takes, empty, spare)


def _all_about(calls: Sequence[Call], put: str, value: Hashable) -> Decided:
    about = [
        position
        for position, call in enumerate(calls)
        if (call.value if call.f == put else call.result) == value
    ]
    return Decided(None, about)


def _tighten(
    calls: Sequence[Call],
    puts: dict[Hashable, int],
    takes: dict[Hashable, int],
    empty: list[int],
    spare: list[int],
) -> Elements:
    starts = np.fromiter((call.start for call in calls), np.int64, len(calls))
    ends = np.fromiter((call.end for call in calls), np.int64, len(calls))
    values = [v for v, position in puts.items() if v in takes or calls[position].end != FOREVER]
    put = np.fromiter((puts[value] for value in values), np.int64, len(values))
    take = np.fromiter((takes.get(value, NOBODY) for value in values), np.int64, len(values))
    claimed = take != NOBODY
    put_start = starts[put]
    take_end = np.where(claimed, ends[take], NEVER)
    spare.sort(key=lambda position: calls[position].start)
    nothing, crashed = np.array(empty, np.int64), np.array(spare, np.int64)
    return Elements(
        values=values,
        put=put,
        put_start=put_start,
        put_end=ends[put],
        take=take,
        take_start=np.where(claimed, np.maximum(starts[take], put_start), NEVER),
        take_end=take_end,
        claimed=claimed,
        empty=nothing,
        empty_start=starts[nothing],
        empty_end=ends[nothing],
        spare=crashed,
        spare_start=starts[crashed],
    )
