"""Buckets of time that fit the run."""

from __future__ import annotations

from itertools import pairwise

import pytest

from harness.history.columns import duration_s, operations
from reports.buckets import OTHER, common, fitting, latency_quantiles, rates, round_up
from reports.svg import log_ticks, ticks, ticks_within
from tests.reports.runs import Tale, story


@pytest.mark.parametrize(
    ("duration", "count", "width"),
    [(20, 20_000, 0.5), (20, 200, 2), (3600, 10**6, 60), (0.004, 10**5, 1e-4), (20, 3, 5)],
)
def test_the_width_fits_the_run(duration: float, count: int, width: float) -> None:
    assert fitting(duration, count).width_s == pytest.approx(width)


@pytest.mark.parametrize("duration", [0.001, 0.3, 7, 19.7, 20, 61, 3599, 86_400 * 3])
def test_the_buckets_cover_the_run_and_no_more(duration: float) -> None:
    edges = fitting(duration, 10_000).edges_s
    assert edges[0] == 0
    assert edges[-1] == duration
    assert all(a < b for a, b in pairwise(edges))
    assert 5 <= len(edges) <= 80


def test_round_widths() -> None:
    assert [round_up(s) for s in (0.011, 0.5, 3, 11, 61)] == [0.02, 0.5, 5, 15, 120]


def test_a_run_without_length_has_one_bucket() -> None:
    assert fitting(0.0, 0).count == 1


def test_rates_count_each_operation_once() -> None:
    history = story()
    table = operations(history)
    buckets = fitting(duration_s(history), len(table))
    found = rates(table, buckets)
    widths = buckets.edges_s[1:] - buckets.edges_s[:-1]
    counted = {key: round(float((rate * widths).sum())) for key, rate in found.items()}
    assert counted == {
        ("read", "ok"): 95,
        ("read", "info"): 2,
        ("read", "fail"): 3,
        ("write", "ok"): 95,
        ("write", "info"): 2,
        ("write", "fail"): 3,
    }


def test_quantiles_are_those_of_the_bucket() -> None:
    tale = Tale()
    for number in range(100):
        tale.tell(number / 100, "invoke", number, "read", None)
        tale.tell(number / 100 + (number + 1) / 1e6, "ok", number, "read", 1)
    found = latency_quantiles(operations(tale.ops), fitting(8.0, 100))
    assert found.index.tolist() == [0]
    row = found.iloc[0]
    assert row["operations"] == 100
    assert row["p50"] == pytest.approx(0.051)
    assert row["p95"] == pytest.approx(0.096)
    assert row["max"] == pytest.approx(0.1)


def test_rare_kinds_are_put_together() -> None:
    tale = Tale()
    for number in range(30):
        tale.done(number, f"f{number % 20}", 1)
    kinds = common(operations(tale.ops), most=5)
    assert len(set(kinds)) == 5
    assert (kinds == OTHER).sum() == 30 - 4 * 2


def test_ticks_are_round() -> None:
    assert ticks(420) == [0, 100, 200, 300, 400, 500]
    assert ticks(0) == [0, 1]
    assert ticks_within(19.7, about=10) == [0, 2, 4, 6, 8, 10, 12, 14, 16, 18]
    assert log_ticks(0.8, 503) == [0.1, 1, 10, 100, 1000]
    assert log_ticks(2.1, 7) == [2, 5, 10]
    assert log_ticks(1, 1) == [1, 2]
