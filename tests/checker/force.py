"""Brute force: has a history an order in which a plain object could have done it?

Shares no code with the checker. Two answers, each obviously right:

- `by_permutation` tries every choice of crashed operations in every order: for a handful.
- `linearizable` walks the same orders from the left, and never twice from the same place::

      placed (a bit each) ─┐   ┌─ state of the object
                        (0110, x) ──▶ (0111, y) ──▶ …   until all that completed is placed

  What is left to happen depends on these two alone. An operation can be next if all that ended
  before it began are placed. That is the whole of it: nothing is pruned and nothing is placed
  eagerly. It is quick for brute force because states get numbers when first met, what an operation
  makes of a state is asked of the object once, and what ends soonest is tried first, which
  finds an order sooner where there is one and makes no difference where there is none.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations
from typing import Any

from harness.history.op import Op
from tests.checker.objects import Money, Object

MOST_CONFIGURATIONS = 400_000
"""Beyond these, brute force gives up: a few histories in ten thousand have many times as many."""

NEVER = 1 << 60


class TooMuch(Exception):
    """Brute force can't tell."""


@dataclass(frozen=True, slots=True)
class Event:
    """One operation: when it began, when it ended (None: it may still happen), and its answer."""

    began: int
    ended: int | None
    who: int
    f: str
    asked: Any
    answer: Any


def events_of(ops: Iterable[Op]) -> list[Event]:
    """The operations that happened, or may have, by invocation."""
    running: dict[Any, int] = {}
    asked: list[Op] = []
    ends: list[Op | None] = []
    for op in ops:
        if op.type == "invoke":
            running[op.process] = len(asked)
            asked.append(op)
            ends.append(None)
        elif op.type != "info":
            ends[running[op.process]] = op
    found = []
    for op, end in zip(asked, ends, strict=True):
        who = int(op.process)
        if end is None:
            found.append(Event(op.index, None, who, op.f, op.value, None))
        elif end.type == "ok":
            found.append(Event(op.index, end.index, who, op.f, op.value, end.value))
    return found


def linearizable(kind: Object, events: Sequence[Event]) -> bool:
    """Whether the operations have an order, by trying all and remembering where one has been.

    Raises TooMuch where that takes too long.
    """
    begins = sorted(range(len(events)), key=lambda at: events[at].began)
    line = [(1 << at, _before(at, events), at) for at in begins]
    ends = [_end(event) for event in events]
    needed = sum(1 << at for at, event in enumerate(events) if event.ended is not None)
    steps = _Steps(kind, events)
    todo = [(0, first) for first in map(steps.number, _firsts(kind, events))]
    met = set(todo)
    while todo:
        placed, state = todo.pop()
        if placed & needed == needed:
            return True
        can = []
        for bit, before, at in line:
            if before & ~placed:
                break  # whatever begins later has to wait as well
            if not placed & bit:
                can.append(at)
        can.sort(key=ends.__getitem__, reverse=True)
        for at in can:
            for after in steps.after(state, at):
                step = (placed | 1 << at, after)
                if step not in met:
                    met.add(step)
                    todo.append(step)
        if len(met) > MOST_CONFIGURATIONS:
            raise TooMuch
    return False


def by_permutation(kind: Object, events: Sequence[Event]) -> bool:
    """The same, by trying every choice of crashed operations and every order."""
    completed = [at for at, event in enumerate(events) if event.ended is not None]
    crashed = [at for at, event in enumerate(events) if event.ended is None]
    return any(
        replays(kind, events, order)
        for count in range(len(crashed) + 1)
        for chosen in combinations(crashed, count)
        for order in permutations([*completed, *chosen])
    )


def replays(kind: Object, events: Sequence[Event], order: Sequence[int]) -> bool:
    """Whether an order has every completed operation once, respects real time and is legal."""
    completed = {at for at, event in enumerate(events) if event.ended is not None}
    if len(set(order)) != len(order) or not completed <= set(order):
        return False
    latest = -1
    for at in order:
        latest = max(latest, events[at].began)
        if _end(events[at]) < latest:
            return False
    states = set(_firsts(kind, events))
    for at in order:
        states = {after for state in states for after in _after(kind, state, events[at])}
    return bool(states)


class _Steps:
    """What each operation makes of each state; states are told by number."""

    def __init__(self, kind: Object, events: Sequence[Event]) -> None:
        self._kind, self._events = kind, events
        self._states: list[Any] = []
        self._numbers: dict[Any, int] = {}
        self._known: list[dict[int, list[int]]] = []

    def number(self, state: Any) -> int:
        """The number of a state."""
        number = self._numbers.setdefault(state, len(self._states))
        if number == len(self._states):
            self._states.append(state)
            self._known.append({})
        return number

    def after(self, state: int, at: int) -> list[int]:
        """The states after the operation at a position."""
        known = self._known[state]
        if at not in known:
            found = _after(self._kind, self._states[state], self._events[at])
            known[at] = [self.number(one) for one in found]
        return known[at]


def _before(at: int, events: Sequence[Event]) -> int:
    """The operations that ended before one began."""
    began = events[at].began
    return sum(1 << other for other, event in enumerate(events) if _end(event) < began)


def _end(event: Event) -> int:
    return NEVER if event.ended is None else event.ended


def _after(kind: Object, state: Any, event: Event) -> Iterable[Any]:
    if event.ended is None:
        return kind.crashed(state, event.who, event.f, event.asked)
    return kind.allowed(state, event.who, event.f, event.asked, event.answer)


def _firsts(kind: Object, events: Sequence[Event]) -> list[Any]:
    if isinstance(kind, Money) and not kind.known:
        return _first_balances(kind, events)
    return [kind.first]


def _first_balances(kind: Money, events: Sequence[Event]) -> list[Any]:
    """All that could have been there: the first read less any choice of the transfers."""
    read = next((event.answer for event in events if event.f == "read" and event.ended), None)
    if read is None:
        return [(1000, 1000, 1000)]
    firsts = {tuple(read[account] for account in kind.accounts)}
    for event in events:
        if event.f == "transfer":
            moved = event.asked
            for state in list(firsts):
                before = list(state)
                before[moved["from"]] += moved["amount"]
                before[moved["to"]] -= moved["amount"]
                firsts.add(tuple(before))
    return [state for state in firsts if kind.overdraft or min(state) >= 0]
