"""A history as columns, for analysis and drawing: one row for each client operation.

The faults of the same history are intervals, not rows: see `harness.history.faults`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import pandas as pd

from harness.history.faults import NS_PER_S
from harness.history.op import Op, pair


def operations(history: Iterable[Op]) -> pd.DataFrame:
    """One row for each client operation, in order of invocation.

    Columns: `index` (of the invocation), `process`, `f`, `key`, `node`, `outcome` (ok, fail, info),
    `invoked_s`, `completed_s` and `latency_ms`; the last two are NaN where nothing was heard again.

    Raises:
        MalformedHistory: the ops do not make a history.
    """
    rows = []
    for operation in pair(history):
        begun, done = operation.invocation, operation.completion
        rows.append(
            (
                begun.index,
                begun.process,
                begun.f,
                begun.key,
                begun.node or (done.node if done else None),
                operation.outcome,
                begun.time / NS_PER_S,
                done.time / NS_PER_S if done else float("nan"),
                (done.time - begun.time) / 1e6 if done else float("nan"),
            )
        )
    texts = ("process", "f", "key", "node", "outcome")
    names = ("index", *texts, "invoked_s", "completed_s", "latency_ms")
    # Stating the types keeps an empty history's columns the same as a full one's.
    types = dict.fromkeys(names, "float64") | dict.fromkeys(texts, "object") | {"index": "int64"}
    return pd.DataFrame(rows, columns=pd.Index(names)).astype(types)


def overlapping(table: pd.DataFrame, begin_s: float, end_s: float) -> int:
    """How many of the operations were open at some moment of the interval."""
    done = table["completed_s"].fillna(float("inf"))
    return int(((table["invoked_s"] < end_s) & (done > begin_s)).sum())


def duration_s(history: Sequence[Op]) -> float:
    """The time of the last op: how long the history is."""
    return history[-1].time / NS_PER_S if history else 0.0
