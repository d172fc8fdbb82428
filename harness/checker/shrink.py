"""From a history without a linearization to an irreducible part without one.

Parts are tried from large to small: leave out half of the calls, a quarter, … one, each time with
all that the licence asks to go along, and keep what still has no linearization. Whoever refuses a
part also says which few calls were in the way; what is licensed around these is tried at once. At
the end every single call was tried. That suffices: leaving out more, with licence, keeps
linearizable what is, so what could not go from a larger part can't go from a smaller one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from harness.checker.budget import Budget
from harness.checker.licence import Licence

Decide = Callable[[frozenset[int]], tuple[bool | None, frozenset[int]]]
"""Whether a part is linearizable (None when that would take too long), and, if not, which of its
calls may already say so."""


@dataclass(frozen=True)
class Shrunk:
    """The smallest part found, and whether no licensed part of it would do."""

    part: frozenset[int]
    irreducible: bool


class Shrinker:
    """Shrinks one key's calls for as long as the budget lasts."""

    def __init__(self, licence: Licence, decide: Decide, budget: Budget) -> None:
        self._licence = licence
        self._decide = decide
        self._budget = budget
        self._part = frozenset(range(len(licence.calls)))
        self._undecided = 0

    def shrink(self, hint: frozenset[int]) -> Shrunk:
        """Shrink everything, which has no linearization; the hint says which calls may tell."""
        self._around(hint)
        size = len(self._part) // 2
        while size > 1:
            self._pass(size)
            size = min(size, len(self._part)) // 2
        self._undecided = 0  # what was undecided in a larger part is decided now, call by call
        self._pass(1)
        return Shrunk(self._part, irreducible=self._undecided == 0)

    def _pass(self, size: int) -> None:
        """Try to leave out each run of so many calls, the latest first."""
        order = sorted(self._part, reverse=True)
        for begin in range(0, len(order), size):
            unwanted = self._part.intersection(order[begin : begin + size])
            if not unwanted:
                continue
            if self._budget.out_of_time():
                self._undecided += 1
                return
            smaller = self._licence.without(self._part, unwanted)
            if len(smaller) < len(self._part):
                self._try(smaller)

    def _try(self, smaller: frozenset[int]) -> None:
        """Go on with a part if that has no linearization either."""
        answer, core = self._decide(smaller)
        if answer is None:
            self._undecided += 1
        elif answer is False:
            self._part = smaller
            self._around(core)

    def _around(self, core: frozenset[int]) -> None:
        """Try what is licensed around some calls, while that is much smaller than the part."""
        while core and not self._budget.out_of_time():
            around = self._licence.support(core) & self._part
            if 4 * len(around) > 3 * len(self._part):
                return
            answer, core = self._decide(around)
            if answer is not False:
                return
            self._part = around
