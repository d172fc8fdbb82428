"""What linearizable means, written down as plainly as possible. Shares no code with the checker.

`by_permutation` tries every choice of crashed operations and every order: obviously right, and
hopeless beyond a handful of operations. `by_search` walks the same orders step by step and
remembers where it has been: for up to some 40 operations.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

from harness.history.op import Op, pair


@dataclass(frozen=True)
class Event:
    """One operation: when it began, when it ended (None: it may still happen), and what it said."""

    began: int
    ended: int | None
    f: str
    asked: Any
    answered: Any


def events(history: Iterable[Op]) -> dict[Any, list[Event]]:
    """The operations by key, without those that failed."""
    by_key: dict[Any, list[Event]] = {}
    for operation in pair(history):
        invoked, completed = operation.invocation, operation.completion
        mine = by_key.setdefault(invoked.key, [])
        if completed is not None and completed.type == "ok":
            answer = completed.value
            mine.append(Event(invoked.index, completed.index, invoked.f, invoked.value, answer))
        elif completed is None or completed.type == "info":
            mine.append(Event(invoked.index, None, invoked.f, invoked.value, None))
    return by_key


def after(state: Any, event: Event) -> tuple[bool, Any]:
    """Whether a register in this state may do this, and its state afterwards."""
    if event.f == "read":
        return event.ended is None or same(event.answered, state), state
    if event.f == "write":
        return True, event.asked
    old, new = event.asked
    return same(state, old), new


def same(one: Any, other: Any) -> bool:
    """Whether two values are the same JSON; `True == 1` is only Python's view."""
    return repr(one) == repr(other)


def linearizable(history: Iterable[Op]) -> bool:
    """Whether each key's operations have an order, by search."""
    return all(by_search(of_key) for of_key in events(history).values())


def by_permutation(of_key: Sequence[Event]) -> bool:
    """Try everything."""
    completed = [event for event in of_key if event.ended is not None]
    crashed = [event for event in of_key if event.ended is None]
    return any(
        _fits(order)
        for count in range(len(crashed) + 1)
        for chosen in combinations(crashed, count)
        for order in permutations([*completed, *chosen])
    )


def _fits(order: Sequence[Event]) -> bool:
    for position, event in enumerate(order):
        for later in order[position + 1 :]:
            if later.ended is not None and later.ended < event.began:
                return False
    state: Any = None
    for event in order:
        allowed, state = after(state, event)
        if not allowed:
            return False
    return True


def by_search(of_key: Sequence[Event]) -> bool:
    """Put one operation after the other in every way that real time allows."""
    needed = sum(1 << at for at, event in enumerate(of_key) if event.ended is not None)
    todo: list[tuple[int, Any]] = [(0, None)]
    met = {(0, repr(None))}
    while todo:
        placed, state = todo.pop()
        if placed & needed == needed:
            return True
        waiting = [event for at, event in enumerate(of_key) if not placed >> at & 1]
        first_end = min(event.ended for event in waiting if event.ended is not None)
        for at, event in enumerate(of_key):
            if placed >> at & 1 or event.began > first_end:
                continue
            allowed, state_after = after(state, event)
            step = (placed | 1 << at, repr(state_after))
            if allowed and step not in met:
                met.add(step)
                todo.append((step[0], state_after))
    return False
