"""A priority queue, whose smallest element leaves first.

Elements are numbers, strings, or lists of such; `rank` says which is smaller. A list that begins
with a number and ends with what it stands for is the usual `[priority, payload]`.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Hashable, Iterable
from heapq import heappop, heappush
from itertools import count
from typing import Any, ClassVar

from harness.model.misstep import first_misstep
from harness.model.model import INCONSISTENT, UNKNOWN, Model
from harness.model.value import as_json


def rank(value: Hashable) -> tuple[int, Any]:
    """What to compare values by: numbers before strings before lists; a ValueError for others."""
    if isinstance(value, int | float) and value == value:
        return 0, value
    if isinstance(value, str):
        return 1, value
    if isinstance(value, tuple):
        return 2, tuple([rank(part) for part in value])
    raise ValueError(f"{as_json(value)} has no place in an order")


class PriorityQueue(Model):
    """Enqueue, and dequeue of the smallest; null when empty. The state is a rising tuple."""

    name = "priority-queue"
    fs = frozenset({"enqueue", "dequeue"})
    echoes: ClassVar[frozenset[str]] = frozenset({"enqueue"})
    kind: ClassVar[str | None] = "priority-queue"

    def initial(self) -> Hashable:
        """Nothing is queued."""
        return ()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """A dequeue that crashed took the smallest element, if there was one."""
        assert isinstance(state, tuple)
        if f == "enqueue":
            elements = list(state)
            insort(elements, value, key=rank)
            return tuple(elements)
        smallest = state[0] if state else None
        return state[1:] if result is UNKNOWN or result == smallest else INCONSISTENT

    def first_misstep(self, path: Iterable[tuple[str, Hashable, Hashable]]) -> int | None:
        """See `harness.model.misstep`."""
        heap: list[tuple[tuple[int, Any], int, Hashable]] = []
        came = count()  # of equal ones the first leaves first

        def put(element: Hashable) -> None:
            heappush(heap, (rank(element), next(came), element))

        return first_misstep(path, "enqueue", put, lambda: heappop(heap)[-1])

    def misfit(self, f: str, value: Hashable) -> str | None:
        """An element has a place in the order."""
        if f != "enqueue":
            return None
        try:
            rank(value)
        except ValueError:
            return "an element is a number, a string, or a list of such"
        return None
