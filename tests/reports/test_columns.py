"""A history as columns."""

from __future__ import annotations

import math

import pytest

from harness.history.columns import duration_s, operations, overlapping
from tests.reports.runs import SECOND, Tale, story


def test_a_row_for_each_operation_of_a_client() -> None:
    tale = Tale()
    tale.tell(1.0, "invoke", 3, "write", 5, key="x", node="n2")
    tale.tell(1.5, "info", "nemesis", "start-kill", None)
    tale.tell(2.25, "ok", 3, "write", 5, key="x", node="n2")
    tale.tell(3.0, "invoke", 4, "read", None, key=["a", 1])
    table = operations(tale.ops)
    assert table.to_dict("records")[0] == {
        "index": 0,
        "process": 3,
        "f": "write",
        "key": "x",
        "node": "n2",
        "outcome": "ok",
        "invoked_s": 1.0,
        "completed_s": 2.25,
        "latency_ms": 1250.0,
    }
    unanswered = table.to_dict("records")[1]
    assert (unanswered["outcome"], unanswered["key"]) == ("info", ["a", 1])
    assert math.isnan(unanswered["completed_s"])
    assert math.isnan(unanswered["latency_ms"])


def test_an_empty_history_has_the_same_columns() -> None:
    assert list(operations([]).dtypes) == list(operations(story()).dtypes)
    assert duration_s([]) == 0.0


@pytest.mark.parametrize(
    ("begin", "end", "count"),
    [(0.0, 0.9, 0), (0.0, 1.5, 1), (1.2, 1.4, 1), (2.5, 2.9, 0), (2.5, 9.0, 1), (50, 60, 1)],
)
def test_overlapping_counts_what_was_open_meanwhile(begin: float, end: float, count: int) -> None:
    tale = Tale()
    tale.tell(1.0, "invoke", 1, "read", None)
    tale.tell(2.0, "ok", 1, "read", None)
    tale.tell(3.0, "invoke", 2, "read", None)  # never answered: open for ever
    assert duration_s(tale.ops) * SECOND == tale.ops[-1].time
    assert overlapping(operations(tale.ops), begin, end) == count
