"""Which states were possible right before a counterexample breaks.

It is small enough to walk along all of its orders at once: from completion to completion, all
configurations are kept in which what completes was placed last::

    completions        1          2          3
    configurations   {a, b}  ▶  {c}     ▶  {}        broken at 3; the states of c, and of what can
                                                     still follow it, were possible

What is placed after that is placed on the way to the next completion as well. So that hardly
anything is left to choose before the end:

- Where nothing is ever taken away, a read that is still to come forbids all that it does not show.
- What completes is placed alone where it can as well come before all else that is open as after it,
  and no read that is placed by then is open. The read at which the calls break never is.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Iterable, Sequence
from math import perm
from typing import cast

from harness.checker.budget import Budget
from harness.model import INCONSISTENT, Call, Model

MOST_CONFIGURATIONS = 1_000
"""On the whole way along a counterexample: a fraction of a second."""

GROWING = {
    "set": {"add", "read"},
    "grow-only-set": {"add", "read"},
    "list-append": {"append", "read"},
}
"""Kinds of objects whose reads return every element, and operations that take none away."""

COMMUTING = frozenset({"set", "grow-only-set", "counter"})
"""Kinds of objects of which two calls on different elements can be exchanged, but for reads."""

Placed = tuple[int, Hashable]
"""A configuration: the positions of the calls that are placed, as bits, and the state."""


def states_at_break(
    calls: Sequence[Call], end: int | None, model: Model, budget: Budget
) -> list[Hashable]:
    """The states possible when the calls break; none when that takes too many ways or too long.

    Args:
        calls: by rising start; not linearizable.
        end: of the call at whose completion they break, if that is known.
        model: what they are of.
        budget: for all of it.
    """
    ahead = _Ahead(calls, end, model)
    crashed = sum(1 << at for at, call in enumerate(calls) if call.crashed)
    configurations: set[Placed] = {(0, model.initial())}
    left = MOST_CONFIGURATIONS
    for at, call in sorted(enumerate(calls), key=lambda pair: pair[1].end):
        if call.crashed:
            break
        open_calls = _open_at(calls, call.end)
        if ahead.can_be_alone(call, [other for _, _, other in open_calls]):
            open_calls = [(1 << at, 0, call)]
        elif _at_least(configurations, open_calls, call, ahead, model) > left:
            return []
        reached = _reach(configurations, open_calls, 1 << at, crashed, model, ahead, left, budget)
        if reached is None:
            return []
        left -= len(reached)
        passed = {one for one in reached if one[0] >> at & 1}
        if passed:
            configurations = passed
        elif ahead.tells and call.end != end:
            return []
        else:
            return list(dict.fromkeys(state for _, state in sorted(reached, key=_by_placed)))
    return []


class _Ahead:
    """The reads that are to be placed before the break, and what they forbid."""

    def __init__(self, calls: Sequence[Call], end: int | None, model: Model) -> None:
        self.tells = end is not None and model.kind in {*COMMUTING, *GROWING}
        self._end = -1 if end is None else end
        self._ordered = model.kind == "list-append"
        self._commute = model.kind in COMMUTING and end is not None
        self._reads: list[tuple[int, Sequence[Hashable], frozenset[Hashable]]] = []
        if end is None or not {call.f for call in calls} <= GROWING.get(model.kind or "", set()):
            return
        for at, call in enumerate(calls):
            if call.f == "read" and call.end < end:
                shown = tuple(cast("Iterable[Hashable]", call.result))
                self._reads.append((1 << at, shown, frozenset(shown)))
        self._reads.sort(key=lambda read: len(read[1]))

    def can_be_alone(self, call: Call, open_calls: Iterable[Call]) -> bool:
        """Whether a call that completes can as well come first, and may without harm to a read."""
        return (
            self._commute
            and call.f != "read"
            and all(
                other.end == self._end
                if other.f == "read"
                else other.f == call.f or other.value != call.value
                for other in open_calls
            )
        )

    def leave_open(self, placed: int, call: Call) -> bool:
        """Whether no read stands in the way of what comes before a call's completion."""
        return (call.f != "read" or call.end == self._end) and all(
            placed & bit for bit, _, _ in self._reads
        )

    def forbid(self, placed: int, state: Hashable, call: Call) -> bool:
        """Whether the next read to be placed, if any, does not show what a call would do."""
        for bit, shown, elements in self._reads:
            if not placed & bit:
                if not self._ordered:
                    return call.value not in elements
                size = len(cast("tuple[Hashable, ...]", state))
                return shown[size : size + 1] != (call.value,)
        return False


def _at_least(
    configurations: Collection[Placed],
    open_calls: Sequence[tuple[int, int, Call]],
    completes: Call,
    ahead: _Ahead,
    model: Model,
) -> int:
    """How many configurations these certainly become, or fewer: any choice of what changes the
    state, in a list in any order.
    """
    placed, state = min(configurations, key=lambda configuration: configuration[0])
    if model.kind not in GROWING or not ahead.leave_open(placed, completes):
        return 0
    after = _stepper(model)
    different = {
        call.value
        for bit, _, call in open_calls
        if call.f not in model.reads and call is not completes and not placed & bit
        if state not in after(state, call)
    }
    if model.kind != "list-append":
        return 1 << len(different)
    return sum(perm(len(different), size) for size in range(len(different) + 1))


def _by_placed(configuration: Placed) -> tuple[int, str]:
    return configuration[0], repr(configuration[1])


def _open_at(calls: Sequence[Call], end: int) -> list[tuple[int, int, Call]]:
    """The calls open at a completion: the bit of each, and those of the equal ones to use before.

    Crashed calls that ask the same can stand in for each other: the one invoked first is used
    first.
    """
    equal: dict[Hashable, int] = {}
    found: list[tuple[int, int, Call]] = []
    for at, call in enumerate(calls):
        if call.start > end:
            break
        if call.end < end:
            continue
        earlier = 0
        if call.crashed:
            question = (call.f, call.value)
            earlier = equal.get(question, 0)
            equal[question] = earlier | 1 << at
        found.append((1 << at, earlier, call))
    return found


def _reach(
    configurations: Iterable[Placed],
    open_calls: Sequence[tuple[int, int, Call]],
    completes: int,
    crashed: int,
    model: Model,
    ahead: _Ahead,
    at_most: int,
    budget: Budget,
) -> set[Placed] | None:
    """All configurations that these can become up to a completion; None when that is too much.

    What is reached by having used more crashed calls, or later by a read, is reached anyway.
    """
    after = _stepper(model)
    reads = [(bit, call) for bit, _, call in open_calls if call.f in model.reads]
    others = [each for each in open_calls if each[2].f not in model.reads]
    fewest: dict[Placed, list[int]] = {}
    reached: set[Placed] = set()
    todo = list(configurations)
    while todo:
        following: list[Placed] = []
        while todo:  # what uses one more crashed call comes after these
            placed, state = todo.pop()
            for bit, call in reads:
                if not placed & bit and after(state, call):
                    placed |= bit
            met = fewest.setdefault((placed & ~crashed, state), [])
            if any(not used & ~placed for used in met):
                continue
            met.append(placed & crashed)
            reached.add((placed, state))
            if len(reached) > at_most or budget.out_of_time():
                return None
            if placed & completes:
                continue
            for bit, earlier, call in others:
                if placed & bit or earlier & ~placed or ahead.forbid(placed, state, call):
                    continue
                for following_state in after(state, call):
                    next_one = (placed | bit, following_state)
                    (following if call.crashed else todo).append(next_one)
        todo = following
    return reached


def _stepper(model: Model) -> Callable[[Hashable, Call], Sequence[Hashable]]:
    """The states after a call."""
    if not model.one_way:
        return lambda state, call: list(model.steps(state, call.f, call.value, call.result))
    step = model.step

    def one(state: Hashable, call: Call) -> Sequence[Hashable]:
        after = step(state, call.f, call.value, call.result)
        return () if after is INCONSISTENT else (after,)

    return one
