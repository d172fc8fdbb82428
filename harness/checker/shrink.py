"""From a history without a linearization to an irreducible part without one.

Parts are tried from large to small: leave out half of the calls, a quarter, … one, each time with
all that the licence asks to go along, and keep what still has no linearization. At the end every
single call was tried. That suffices: leaving out more, with licence, keeps linearizable what is, so
what could not go from a larger part can't go from a smaller one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from harness.checker.budget import Budget
from harness.checker.licence import Licence

Decide = Callable[[frozenset[int]], bool | None]
"""Whether a part is linearizable; None when that would take too long."""


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
        self._undecided = 0

    def shrink(self, hints: Iterable[frozenset[int]]) -> Shrunk:
        """Shrink everything to each hint in turn, where that has no linearization, then further."""
        part = frozenset(range(len(self._licence.calls)))
        for hint in hints:
            part = self._without(part, part - hint)
        size = len(part) // 2
        while size > 1:
            part = self._pass(part, size)
            size //= 2
        self._undecided = 0  # what was undecided in a larger part is decided now, call by call
        part = self._pass(part, 1)
        return Shrunk(part, irreducible=self._undecided == 0)

    def _pass(self, part: frozenset[int], size: int) -> frozenset[int]:
        """Try to leave out each run of so many calls, the latest first."""
        order = sorted(part, reverse=True)
        for begin in range(0, len(order), size):
            part = self._without(part, part.intersection(order[begin : begin + size]))
        return part

    def _without(self, part: frozenset[int], unwanted: frozenset[int]) -> frozenset[int]:
        if self._budget.out_of_time():
            self._undecided += 1
            return part
        smaller = self._licence.without(part, unwanted)
        if len(smaller) == len(part):
            return part
        answer = self._decide(smaller)
        if answer is None:
            self._undecided += 1
        return smaller if answer is False else part
