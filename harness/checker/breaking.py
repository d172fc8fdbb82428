"""Where a history stops making sense: the first completion that no order explains.

Everything up to there fits. Which states were possible then is worked out on the counterexample. A
register could have been read at that moment, so each value is tried. The counterexamples of other
objects are small enough to walk along all of their orders at once: from completion to completion,
all configurations are kept that placed whatever had completed::

    completions        1          2          3
    configurations   {a, b}  ▶  {c}     ▶  {}        broken at 3; the states of c, and of what can
                                                     still follow it, were possible
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Sequence

import msgspec

from harness.checker.budget import Budget
from harness.checker.decide import Answer
from harness.checker.licence import writes
from harness.model import FOREVER, INCONSISTENT, UNKNOWN, Call, Model

MOST_CONFIGURATIONS = 2_000
"""On the whole way along a counterexample: a fraction of a second."""

Placed = tuple[int, Hashable]
"""A configuration: the positions of the calls that are placed, as bits, and the state."""

Decide = Callable[[Sequence[Call]], Answer]
"""Whether calls are linearizable; None when that would take too long."""


def before(calls: Sequence[Call], moment: int, model: Model) -> tuple[list[int], list[Call]]:
    """What was known at a moment: positions and calls; what had not completed may have happened."""
    positions: list[int] = []
    known: list[Call] = []
    for at, call in enumerate(calls):
        if call.start >= moment:
            break
        if call.end >= moment and not call.crashed:
            if call.f in model.reads:
                continue
            call = msgspec.structs.replace(call, end=FOREVER, result=UNKNOWN)
        positions.append(at)
        known.append(call)
    return positions, known


def first_break(
    calls: Sequence[Call], at_most: int, farthest: int | None, model: Model, decide: Decide
) -> tuple[int, bool]:
    """The end of the first call whose completion leaves no order, or the earliest found in time.

    A search that comes to some completion has an order of all that completed before it, so it
    breaks there or later: later if the search looked ahead, and left what it saw to be in vain.
    The less there is ahead the less of that, so each trial that fails tells once more.

    Args:
        calls: by rising start; not linearizable.
        at_most: the end of a completed call by which they seem not to be already; whoever says
            so may not have thought of what was still open then, and so is not believed.
        farthest: the latest end that a search for an order of all came to, if one did.
        model: what the calls are of.
        decide: see `Decide`.

    Returns:
        The end, and whether it is the first.
    """
    ends = sorted(call.end for call in calls if not call.crashed)
    low, high = -1, len(ends) - 1  # up to `low` all fits, and by `high` it does not
    hinted = bisect_left(ends, at_most)
    upwards = farthest is not None
    if farthest is not None:
        low = bisect_left(ends, farthest) - 1
    stride, probe = 1, low + 1 if upwards else hinted
    while high - low > 1:
        if not low < probe < high:
            probe = (low + high) // 2
        answer = decide(before(calls, ends[probe] + 1, model)[1])
        if answer.linearizable is None:
            return ends[high], False
        if answer.linearizable:
            low = probe
        else:
            high = probe
            if answer.farthest is not None:
                low, upwards, stride = max(low, bisect_left(ends, answer.farthest) - 1), True, 1
        if answer.linearizable and low < hinted < high:
            probe = hinted
        else:
            probe = low + stride if upwards else high - stride
            stride *= 4
    return ends[high], True


def values_at_break(
    calls: Sequence[Call], end: int, model: Model, decide: Decide
) -> list[Hashable]:
    """The values that a register may have had right before a completion; none if it can't be told.

    Whoever had read at that very moment would have found one of them, so each is tried.
    """
    known = before(calls, end, model)[1]
    values = dict.fromkeys([model.initial(), *(left[0] for c in known if (left := writes(c)))])
    possible: list[Hashable] = []
    for value in values:
        answer = decide([*known, Call(end, end + 1, "read", None, value)])
        if answer.linearizable is None:
            return []
        if answer.linearizable:
            possible.append(value)
    return possible


def states_at_break(calls: Sequence[Call], model: Model, budget: Budget) -> list[Hashable]:
    """The states possible when the calls break; none when that takes too many ways or too long."""
    crashed = sum(1 << at for at, call in enumerate(calls) if call.crashed)
    configurations: set[Placed] = {(0, model.initial())}
    left = MOST_CONFIGURATIONS
    for at, call in sorted(enumerate(calls), key=lambda pair: pair[1].end):
        if call.crashed:
            break
        open_calls = _open_at(calls, call.end)
        reached = _reach(configurations, open_calls, crashed, model, left, budget)
        if reached is None:
            return []
        left -= len(reached)
        passed = {one for one in reached if one[0] >> at & 1}
        if not passed:
            return list(dict.fromkeys(state for _, state in sorted(reached, key=_by_placed)))
        configurations = passed
    return []


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
    crashed: int,
    model: Model,
    at_most: int,
    budget: Budget,
) -> set[Placed] | None:
    """All configurations that these can become before a moment; None when that is too much.

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
            for bit, earlier, call in others:
                if not placed & bit and not earlier & ~placed:
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
