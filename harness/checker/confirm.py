"""What is said has been looked at a second time, in the plainest way; where not, that is said too.

The fast algorithms rest on arguments about what can be left unsearched. Their results do not: an
order can be replayed step by step, and a counterexample is small enough for the general search,
which knows no register and skips nothing. Both cost little beside finding them.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence

from harness.checker.budget import Budget
from harness.checker.search import Search
from harness.checker.window import Window
from harness.history.garbage import without_collections
from harness.model import Call, Model


@without_collections()
def is_linearization(order: Sequence[int], calls: Sequence[Call], model: Model) -> bool:
    """Whether the positions name every completed call, none twice, in real-time order, legally."""
    placed = set(order)
    if len(placed) != len(order):
        return False
    if any(not call.crashed and at not in placed for at, call in enumerate(calls)):
        return False
    latest_start = -1
    for at in order:
        call = calls[at]
        latest_start = max(latest_start, call.start)
        if call.end < latest_start:
            return False
    path = ((call.f, call.value, call.result) for call in map(calls.__getitem__, order))
    return model.first_misstep(path) is None if model.one_way else _leads_on(path, model)


def _leads_on(path: Iterable[tuple[str, Hashable, Hashable]], model: Model) -> bool:
    """Whether a path is one, where several states may follow a step."""
    states = {model.initial()}
    for f, value, result in path:
        states = {after for state in states for after in model.steps(state, f, value, result)}
    return bool(states)


def has_linearization(calls: Sequence[Call], model: Model, budget: Budget) -> bool | None:
    """Whether the general search finds an order; None when the budget ends first."""
    return Search(Window(calls, model)).run(budget)
