"""All that can be said of a history: the verdict, and what people ask next.

When a store is not linearizable: what does it promise then? Of a set: what became of its elements?
Of a counter: how far out was it?
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from harness.checker import counter_bounds, set_full
from harness.checker.linearizable import check
from harness.checker.promises import promises
from harness.checker.verdict import Verdict
from harness.history.op import Op, Operation
from harness.history.paired import paired
from harness.history.table import Table
from harness.model import Model

PROMISES_TAKE_S = 10.0
PROMISES_TAKE_S_EACH = 4e-5
"""Seconds for the weaker promises, at most, and how many more for each operation."""

ANALYSES: Mapping[str, tuple[str, Callable[[Sequence[Operation]], dict[str, Any]]]] = {
    "grow-only-set": ("elements", set_full.analyse),
    "counter": ("bounds", counter_bounds.analyse),
}
"""What more is told of some kinds of objects, and under which name."""


def examine(
    history: Iterable[Op] | Table,
    model: Model,
    *,
    time_limit_s: float | None = None,
    evidence: bool = False,
    workers: int = 1,
    weaker: bool = True,
) -> tuple[Verdict, dict[str, Any]]:
    """Judge a history, and return the verdict with the object that `check --json` prints.

    Args:
        history: the ops by rising index.
        model: what the store promises.
        time_limit_s: for all of it.
        workers: processes that may look at different keys at the same time.
        evidence: whether the object carries the linearization.
        weaker: whether an invalid history is held against the weaker promises, too.

    Raises:
        MalformedHistory: the ops do not make a history, or not one of this model.
    """
    table = history if isinstance(history, Table) else Table.of(history)
    verdict = check(table, model, time_limit_s=time_limit_s, workers=workers)
    found = verdict.to_json(evidence=evidence)
    if weaker and verdict.valid is False:
        pairs = paired(table)
        left = PROMISES_TAKE_S + PROMISES_TAKE_S_EACH * len(pairs)
        if time_limit_s is not None:
            left = min(left, max(0.0, time_limit_s - verdict.elapsed_s))
        kept = promises(pairs, model, time_limit_s=left)
        found["promises"] = [promise.to_json() for promise in kept]
    if (analysis := ANALYSES.get(model.kind or "")) is not None:
        name, analyse = analysis
        pairs = paired(table)
        found[name] = analyse([pairs.operation(row) for row in range(len(pairs))])
    return verdict, found
