"""A history as the algorithms see it: for each key, the calls that constrain its state.

Failed operations did not happen and are left out. So are crashed reads: a read that nobody saw the
answer of fits anywhere. What remains either certainly happened between two moments, or may have
happened at any time after one::

    ok       start ├───────────────┤ end
    crashed  start ├──────────────────────… end = FOREVER
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Final

from harness.history.op import MalformedHistory, Op, Operation, pair
from harness.model import UNKNOWN, Model, freeze

FOREVER: Final = 1 << 62
"""The end of an operation that never completed: later than any index."""


@dataclass(frozen=True, slots=True, eq=False)
class Call:
    """One operation that happened, or may have: its interval in indices, and its frozen values."""

    start: int
    end: int
    f: str
    value: Hashable
    result: Hashable
    operation: Operation

    @property
    def crashed(self) -> bool:
        """Whether it is unknown if it happened."""
        return self.end == FOREVER

    def precedes(self, other: Call) -> bool:
        """Whether it had completed before the other was invoked."""
        return self.end < other.start


@dataclass(frozen=True)
class KeyHistory:
    """The calls on one key by rising start, and every operation on it for explanations."""

    key: Any
    calls: Sequence[Call]
    operations: Sequence[Operation]


def split(history: Iterable[Op], model: Model) -> list[KeyHistory]:
    """Pair the ops and split them by key, in order of each key's first invocation.

    Raises:
        MalformedHistory: the ops do not pair, or are not of the model's kind.
    """
    by_key: dict[Hashable, list[Operation]] = {}
    for operation in pair(history):
        key = freeze(operation.invocation.key) if model.per_key else None
        by_key.setdefault(key, []).append(operation)
    return [
        KeyHistory(
            key=operations[0].invocation.key if model.per_key else None,
            calls=[call for op in operations if (call := _call(op, model)) is not None],
            operations=operations,
        )
        for operations in by_key.values()
    ]


def _call(operation: Operation, model: Model) -> Call | None:
    invoked, completed = operation.invocation, operation.completion
    if invoked.f not in model.fs:
        known = ", ".join(sorted(model.fs))
        raise MalformedHistory(
            f"op {invoked.index}: the model {model.name} knows {known}, not {invoked.f}"
        )
    value = freeze(invoked.value)
    if (wrong := model.misfit(invoked.f, value)) is not None:
        raise MalformedHistory(f"op {invoked.index}: {wrong}, not {invoked.value!r}")
    outcome = operation.outcome
    if outcome == "fail" or (outcome == "info" and invoked.f in model.reads):
        return None
    if outcome == "ok" and completed is not None:
        end, result = completed.index, freeze(completed.value)
    else:
        end, result = FOREVER, UNKNOWN
    return Call(invoked.index, end, invoked.f, value, result, operation)
