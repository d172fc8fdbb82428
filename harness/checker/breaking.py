"""Where a history stops making sense: the first completion that no order explains.

Everything up to there fits. Which states were possible then is worked out on the counterexample,
which is small enough to walk along all of its orders at once: from completion to completion, all
configurations are kept that placed whatever had completed::

    completions        1          2          3
    configurations   {a, b}  ▶  {c}     ▶  {}        broken at 3; the states of c, and of what can
                                                     still follow it, were possible
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence

import msgspec

from harness.model import FOREVER, UNKNOWN, Call, Model

MOST_CONFIGURATIONS = 20_000

Decide = Callable[[Sequence[Call]], bool | None]
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


def first_break(calls: Sequence[Call], at_most: int, model: Model, decide: Decide) -> int | None:
    """The end of the first call whose completion leaves no order; None when that takes too long.

    Args:
        calls: by rising start; not linearizable.
        at_most: the end of a completed call by which they seem not to be already; whoever says
            so may not have thought of what was still open then, and so is not believed.
        model: what the calls are of.
        decide: see `Decide`.
    """
    ends = sorted(call.end for call in calls if not call.crashed)
    low, high = -1, ends.index(at_most)  # up to `low` all fits, and by `high` it does not
    if decide(before(calls, at_most, model)[1]):
        fits = decide(before(calls, at_most + 1, model)[1])
        if not fits:
            return at_most if fits is False else None
        low, high = high, len(ends) - 1
    while high - low > 1:
        middle = (low + high) // 2
        fits = decide(before(calls, ends[middle] + 1, model)[1])
        if fits is None:
            return None
        low, high = (middle, high) if fits else (low, middle)
    return ends[high]


def states_at_break(calls: Sequence[Call], model: Model) -> list[Hashable]:
    """The states possible when the calls break; none when there are too many ways to tell."""
    configurations: set[tuple[int, Hashable]] = {(0, model.initial())}
    for at, call in sorted(enumerate(calls), key=lambda pair: pair[1].end):
        if call.crashed:
            break
        reached = _reach(configurations, calls, call.end, model)
        if reached is None:
            return []
        passed = {one for one in reached if one[0] >> at & 1}
        if not passed:
            return list(dict.fromkeys(state for _, state in sorted(reached, key=_by_placed)))
        configurations = passed
    return []


def _by_placed(configuration: tuple[int, Hashable]) -> tuple[int, str]:
    return configuration[0], repr(configuration[1])


def _reach(
    configurations: Iterable[tuple[int, Hashable]], calls: Sequence[Call], end: int, model: Model
) -> set[tuple[int, Hashable]] | None:
    """All configurations that these can become before a moment; None when they are too many."""
    met = set(configurations)
    todo = list(met)
    while todo:
        placed, state = todo.pop()
        for at, call in enumerate(calls):
            if call.start > end:
                break
            if placed >> at & 1:
                continue
            for after in model.steps(state, call.f, call.value, call.result):
                following = (placed | 1 << at, after)
                if following not in met:
                    met.add(following)
                    todo.append(following)
        if len(met) > MOST_CONFIGURATIONS:
            return None
    return met
