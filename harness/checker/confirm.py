"""What is said has been looked at a second time, in the plainest way; where not, that is said too.

The fast algorithms rest on arguments about what can be left unsearched. Their results do not: an
order can be replayed step by step, and a counterexample is small enough for the general search,
which knows no register and skips nothing. Both cost little beside finding them.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

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
    states = [model.initial()]
    latest_start = -1
    for at in order:
        call = calls[at]
        latest_start = max(latest_start, call.start)
        if call.end < latest_start:
            return False
        states = _after(states, call, model)
        if not states:
            return False
    return True


def _after(states: Sequence[Hashable], call: Call, model: Model) -> list[Hashable]:
    """The states possible after a call; a model goes one way from a state unless it says not to."""
    f, value, result = call.f, call.value, call.result
    if model.one_way:
        after = model.step(states[0], f, value, result)
        return [] if after is INCONSISTENT else [after]
    return list({after: None for state in states for after in model.steps(state, f, value, result)})


def has_linearization(calls: Sequence[Call], model: Model, budget: Budget) -> bool | None:
    """Whether the general search finds an order; None when the budget ends first."""
    return Search(Window(calls, model)).run(budget)
