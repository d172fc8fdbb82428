"""From a history without a linearization to an irreducible part without one.

Parts are tried from large to small: leave out half of the calls, a quarter, … one, each time with
all that the licence asks to go along, and keep what still has no linearization. Whoever refuses a
part also says which few calls were in the way; what is licensed around these is tried at once. At
the end every single call was tried. That suffices: leaving out more, with licence, keeps
linearizable what is, so what could not go from a larger part can't go from a smaller one. And a
call that could not go is **needed** by all parts, so what would take it along is not tried either,
and where the licence says what every part around it has, all that is needed with it.
Calls that only go together, such as all on one element of a queue, are tried together once.
Where large runs can't go, the calls in the way are tried first: mostly these are needed, and much
else would take them along.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.checker.budget import Budget
from harness.checker.decide import Answer
from harness.checker.licence import Licence
from harness.model import Call

NEAR = 8
"""So many of the calls that came last are looked at first, then twice as many, and so on."""

FEW = 16
"""So few calls that may tell are tried one by one at first."""

ROUGH = 8
"""How many calls are left out at once at least, where the part need not be the smallest."""

QUICK = 8
"""What need not be decided has the n-th part of the memory, and so mostly of the time."""

Decide = Callable[[frozenset[int]], tuple[bool | None, frozenset[int]]]
"""Whether a part is linearizable (None when that would take too long), and, if not, which of its
calls may already say so."""


def decider(calls: Sequence[Call], answer: Callable[[Sequence[Call]], Answer]) -> Decide:
    """Decide parts of calls, given what answers for calls."""

    def decide(part: frozenset[int]) -> tuple[bool | None, frozenset[int]]:
        chosen = sorted(part)
        found = answer([calls[at] for at in chosen])
        return found.linearizable, frozenset(chosen[at] for at in found.hint)

    return decide


def quick(budget: Budget) -> Budget:
    """For a trial that is of use only if it does not take long."""
    states = budget.max_states
    return Budget(budget.left(), None if states is None else states // QUICK)


@dataclass(frozen=True)
class Shrunk:
    """The smallest part found, and whether no licensed part of it would do."""

    part: frozenset[int]
    irreducible: bool


class Shrinker:
    """Shrinks one key's calls for as long as the budget lasts.

    Args:
        licence: says what may be left out.
        decide: decides a part.
        budget: for all of it.
        quickly: decides a part as well, or gives up sooner; for large steps, which may be skipped.
    """

    def __init__(
        self, licence: Licence, decide: Decide, budget: Budget, quickly: Decide | None = None
    ) -> None:
        self._licence = licence
        self._decide = decide
        self._quickly = quickly or decide
        self._budget = budget
        self._part = frozenset(range(len(licence.calls)))
        self._core: frozenset[int] = frozenset()
        self._needed: set[int] = set()
        self._in_vain: dict[frozenset[int], bool | None] = {}
        self._undecided = 0

    def shrink(self, hint: frozenset[int]) -> Shrunk:
        """Shrink everything, which has no linearization; the hint says which calls may tell."""
        self._look(hint)
        if len(self._core) <= FEW:  # hardly any of these can go, nor then many others
            self._pass(sorted(self._core), 1)
        self._halve(2)
        self._pass(sorted(self._core), 1)
        self._look(self._core)
        self._halve(2)
        self._in_vain = {gone: fits for gone, fits in self._in_vain.items() if fits}
        self._undecided = 0  # what was undecided in a larger part is decided now, call by call
        self._pass(sorted(self._part), 1)
        return Shrunk(self._part, irreducible=self._undecided == 0)

    def roughly(self, hint: frozenset[int]) -> frozenset[int] | None:
        """A part that has none either, found with few trials; None if none was found."""
        self._look(hint)
        self._halve(ROUGH)
        return self._part if len(self._part) < len(self._licence.calls) else None

    def _look(self, hint: frozenset[int]) -> None:
        """Try what is licensed around some calls."""
        self._core = hint
        self._around(hint)
        self._near()

    def _halve(self, least: int) -> None:
        """Leave out large runs, then smaller ones, for as long as that is of use."""
        size = len(self._part) // 2
        while size >= least:
            before = len(self._part)
            self._pass(sorted(self._part), size)
            if len(self._part) == before:
                return
            size = min(size, len(self._part)) // 2

    def _near(self) -> None:
        """Try what is licensed around the last few calls of the core, while that is little."""
        calls = self._licence.calls
        latest = sorted(
            self._core, key=lambda at: calls[at].start if calls[at].crashed else calls[at].end
        )
        size = NEAR
        while 2 * size < len(latest) and not self._budget.out_of_time():
            around = self._licence.support(frozenset(latest[-size:])) & self._part
            if 2 * len(around) > len(self._part):
                return
            answer, core = self._quickly(around)
            if answer is False:
                self._part, self._core = around, core
                self._around(core)
                return
            size *= 2

    def _pass(self, calls: Sequence[int], size: int) -> None:
        """Try to leave out each run of so many of some calls, the latest first."""
        for end in range(len(calls), 0, -size):
            unwanted = self._part.intersection(calls[max(0, end - size) : end])
            if not unwanted or not self._needed.isdisjoint(unwanted):
                continue
            if self._budget.out_of_time():
                self._undecided += 1
                return
            smaller = self._licence.without(self._part, unwanted)
            if self._needed.isdisjoint(self._part - smaller):
                self._try(smaller, unwanted)

    def _try(self, smaller: frozenset[int], unwanted: frozenset[int]) -> None:
        """Go on with a part if that has no linearization either."""
        gone = self._part - smaller
        core: frozenset[int] = frozenset()
        if gone in self._in_vain:
            answer = self._in_vain[gone]
        else:
            decide = self._decide if len(unwanted) == 1 else self._quickly
            answer, core = decide(smaller)
        if answer is False:
            self._part = smaller
            self._core = core
            self._around(core)
            return
        self._in_vain[gone] = answer
        if answer is None:
            self._undecided += 1
        elif len(unwanted) == 1:
            licence = self._licence
            self._needed |= licence.support(unwanted) if licence.least else unwanted

    def _around(self, core: frozenset[int]) -> None:
        """Try what is licensed around some calls, while that is much smaller than the part."""
        while core and not self._budget.out_of_time():
            around = self._licence.support(core) & self._part
            if 8 * len(around) > 7 * len(self._part):
                return
            answer, core = self._quickly(around)
            if answer is not False:
                return
            self._part = around
            self._core = core
