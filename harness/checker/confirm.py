"""What is said has been looked at a second time, in the plainest way; where not, that is said too.

The fast algorithms rest on arguments about what can be left unsearched. Their results do not: an
order can be replayed step by step, and a counterexample is small enough for the general search,
which knows no register and skips nothing. Both cost little beside finding them.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.checker.budget import Budget
from harness.checker.search import Search
from harness.checker.window import Window
from harness.model import INCONSISTENT, Call, Model


def is_linearization(order: Sequence[int], calls: Sequence[Call], model: Model) -> bool:
    """Whether the positions name every completed call, none twice, in real-time order, legally."""
    placed = set(order)
    if len(placed) != len(order):
        return False
    if any(not call.crashed and at not in placed for at, call in enumerate(calls)):
        return False
    state = model.initial()
    latest_start = -1
    for at in order:
        call = calls[at]
        latest_start = max(latest_start, call.start)
        if call.end < latest_start:
            return False
        state = model.step(state, call.f, call.value, call.result)
        if state is INCONSISTENT:
            return False
    return True


def has_linearization(calls: Sequence[Call], model: Model, budget: Budget) -> bool | None:
    """Whether the general search finds an order; None when the budget ends first."""
    return Search(Window(calls, model)).run(budget)
