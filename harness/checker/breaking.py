"""Where a history stops making sense: the first completion that no order explains.

Everything up to there fits. Which states were possible then is worked out on the counterexample. A
register could have been read at that moment, so each value is tried. Of other objects see
`possible`.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Sequence

import msgspec

from harness.checker.decide import Answer
from harness.checker.licence import writes
from harness.model import FOREVER, UNKNOWN, Call, Model

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
    stride, probe = 1, low + 1 if upwards else min(hinted, high - 1)
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
