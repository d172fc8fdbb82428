"""A queue that promises no order: a dequeue may take any element.

Which element a crashed dequeue took is unknown, and there may be many such dequeues. Instead of a
state for each choice there is one that leaves it open: the elements, with a null after those that
each crashed dequeue may have taken::

    enqueue 1, enqueue 2, a crashed dequeue, enqueue 3      [1, 2, null, 3]

One of 1 and 2 may be gone. The choice is made when it must be: the queue is empty if each element
can have gone to a null of its own behind it. (A crashed dequeue that took nothing is as if it had
never happened.)
"""

from __future__ import annotations

from bisect import insort
from collections import defaultdict
from collections.abc import Hashable, Iterable, Sequence
from operator import itemgetter
from typing import ClassVar

from harness.model.model import INCONSISTENT, UNKNOWN, Model


class UnorderedQueue(Model):
    """Enqueue, and dequeue of any element; null when empty. The state is a tuple."""

    name = "unordered-queue"
    fs = frozenset({"enqueue", "dequeue"})
    echoes: ClassVar[frozenset[str]] = frozenset({"enqueue"})
    kind: ClassVar[str | None] = "unordered-queue"

    def initial(self) -> Hashable:
        """Nothing is queued."""
        return ()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """Of equal elements a dequeue takes the last, which the fewest others may have taken."""
        assert isinstance(state, tuple)
        if f == "enqueue":
            return _sorted_in(state, value)
        if result is UNKNOWN:
            return _useful((*state, None))
        if result is None:
            return () if _all_may_be_gone(state) else INCONSISTENT
        if result not in state:
            return INCONSISTENT
        at = len(state) - 1 - state[::-1].index(result)
        return _useful(state[:at] + state[at + 1 :])

    def first_misstep(self, path: Iterable[tuple[str, Hashable, Hashable]]) -> int | None:
        """As the steps say, but what crashed dequeues took is looked at only where the queue has to
        be empty: until then a state grows with each of them, and every step would copy it.
        """
        inside: dict[Hashable, list[int]] = defaultdict(list)
        crashed: list[int] = []
        for at, (f, value, result) in enumerate(path):
            if f == "enqueue":
                inside[value].append(at)
            elif result is UNKNOWN:
                crashed.append(at)
            elif result is None:
                if not _all_may_be_gone(_by_position(inside, crashed)):
                    return at
                inside.clear()
                crashed.clear()
            elif result in inside:
                inside[result].pop()
                if not inside[result]:
                    del inside[result]
            else:
                return at
        return None

    def misfit(self, f: str, value: Hashable) -> str | None:
        """Null stands for an empty queue."""
        return "an element is never null" if f == "enqueue" and value is None else None


def _sorted_in(state: tuple[Hashable, ...], value: Hashable) -> tuple[Hashable, ...]:
    """Add an element after the last null; the elements between two nulls have no order."""
    since = len(state) - state[::-1].index(None) if None in state else 0
    new = list(state)
    insort(new, value, lo=since, key=repr)
    return tuple(new)


def _useful(state: tuple[Hashable, ...]) -> tuple[Hashable, ...]:
    """Leave out the nulls that have fewer elements before them than nulls."""
    if None not in state:
        return state
    spare = 0
    kept: list[Hashable] = []
    for one in state:
        if one is not None:
            spare += 1
        elif spare:
            spare -= 1
        else:
            continue
        kept.append(one)
    return _merged(kept)


def _merged(state: list[Hashable]) -> tuple[Hashable, ...]:
    """Sort the elements between nulls, of which some may have come to stand together."""
    merged: list[Hashable] = []
    group: list[Hashable] = []
    for one in [*state, None]:
        if one is None:
            merged += [*sorted(group, key=repr), None]
            group = []
        else:
            group.append(one)
    return tuple(merged[:-1])


def _by_position(inside: dict[Hashable, list[int]], crashed: list[int]) -> list[Hashable]:
    """The state in which these were enqueued, and those dequeues crashed, at these positions."""
    came: list[tuple[int, Hashable]] = [(at, None) for at in crashed]
    came += [(at, value) for value, positions in inside.items() for at in positions]
    return [one for _, one in sorted(came, key=itemgetter(0))]


def _all_may_be_gone(state: Sequence[Hashable]) -> bool:
    """Whether each element can have gone to a null of its own behind it."""
    waiting = 0
    for one in reversed(state):
        waiting += 1 if one is None else -1
        if waiting < 0:
            return False
    return True
