"""What calls leave and want on a collection whose elements are told apart.

A queue, a stack or a priority queue without some elements works as it did with them: leave all
operations on these out of a linearization, and each of the others still finds what it found. So
all operations on one element may go, but only together. One that found the collection empty
observed nothing that could go, and may go by itself. One that crashed while taking may have taken
any element that nobody else is known to have taken, and may only go with all of those.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Sequence
from typing import Final

from harness.checker.licence.facts import EVER, Facts
from harness.model import Call

PUTTING = frozenset({"enqueue", "push"})
SOMETHING: Final = (EVER,)
"""What was taken by one that crashed."""


def of_elements(calls: Sequence[Call]) -> Callable[[Call], Facts]:
    """The facts of the calls on one collection."""
    left: Counter[Hashable] = Counter()
    for call in calls:
        if call.f in PUTTING:
            left[call.value] += 1
        elif not call.crashed:
            left[call.result] -= 1

    def facts(call: Call) -> Facts:
        if call.f not in PUTTING and call.crashed:
            return Facts([SOMETHING])
        element = call.value if call.f in PUTTING else call.result
        if element is None:
            return Facts()
        about = (EVER, element)
        return Facts([about], [about, SOMETHING] if left[element] > 0 else [about])

    return facts
