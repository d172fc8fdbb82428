"""What may be left out of a counterexample on a collection whose elements are told apart.

A queue, a stack or a priority queue without some elements works as it did with them: leave all
operations on these out of a linearization, and each of the others still finds what it found. So
all operations on one element may go, but only together. One that found the collection empty
observed nothing that could go, and may go by itself. One that crashed while taking may have taken
any element that nobody else is known to have taken, and may only go with all of those.

For unique ids the element is the id that was handed out; of one that crashed nobody knows any.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence

from harness.model import Call

PUTTING = frozenset({"enqueue", "push"})
TAKING = frozenset({"dequeue", "pop"})


class ElementsLicence:
    """The licensed parts of one collection's calls."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = calls
        self._members: dict[Hashable, list[int]] = {}
        self._alone: set[int] = set()
        self._crashed_takes: set[int] = set()
        put: Counter[Hashable] = Counter()
        for at, call in enumerate(calls):
            element = call.value if call.f in PUTTING else call.result
            if call.f not in PUTTING and call.crashed:
                (self._crashed_takes if call.f in TAKING else self._alone).add(at)
            elif call.f in TAKING and element is None:
                self._alone.add(at)
            else:
                self._members.setdefault(element, []).append(at)
                put[element] += 1 if call.f in PUTTING else -1
        self._unclaimed = {element for element, count in put.items() if count > 0}

    def without(self, part: frozenset[int], unwanted: Iterable[int]) -> frozenset[int]:
        """See `Licence`."""
        lost = set(part.intersection(unwanted))
        for at in list(lost):
            lost.update(self._with(at))
        return part - lost

    def support(self, part: frozenset[int]) -> frozenset[int]:
        """See `Licence`."""
        kept = set(part)
        for at in part:
            if at not in self._crashed_takes:
                kept.update(self._with(at))
        if any(self._element(at) in self._unclaimed for at in kept):
            kept |= self._crashed_takes
        return frozenset(kept)

    def _with(self, at: int) -> Iterable[int]:
        """What goes when one goes."""
        if at in self._crashed_takes:
            return [m for element in self._unclaimed for m in self._members[element]]
        return () if at in self._alone else self._members[self._element(at)]

    def _element(self, at: int) -> Hashable:
        call = self.calls[at]
        return call.value if call.f in PUTTING else call.result
