"""Keys on several cores: the same verdict and evidence, in whatever order they were looked at."""

from __future__ import annotations

from random import Random

import pytest

from harness.checker import check
from harness.checker.calls import split
from harness.checker.parallel import order_in_parallel
from harness.history.op import Op
from harness.model.kv import KeyValue
from tests.checker.evidence import order_is_a_linearization
from tests.checker.histories import Shape, make


@pytest.fixture(scope="module")
def history() -> list[Op]:
    """Enough keys and operations to be worth it."""
    shape = Shape(24_000, 8, 5, crash=0.02, corrupt=0.0, keys=tuple(range(120)))
    return make(shape, Random(5))


def test_every_key_is_ordered_by_some_process(history: list[Op]) -> None:
    keys = split(history, KeyValue())
    ordered = order_in_parallel(keys, KeyValue(), 2, 5.0, None)
    assert sorted(at for at, _, _ in ordered) == list(range(120))


def test_the_verdict_and_its_evidence_are_the_same(history: list[Op]) -> None:
    alone, together = (check(history, KeyValue(), workers=workers) for workers in (1, 2))
    assert alone.valid is together.valid is True
    assert alone.algorithm == together.algorithm
    assert alone.linearization == together.linearization
    assert order_is_a_linearization(together, history)


def test_a_violation_on_one_key_is_found(history: list[Op]) -> None:
    last = history[-1]
    at, key = last.index + 1, history[0].key
    wrong = [
        *history,
        Op(at, last.time, "invoke", 10**6, "read", None, key),
        Op(at + 1, last.time, "ok", 10**6, "read", 77, key),
    ]
    verdict = check(wrong, KeyValue(), workers=2)
    assert verdict.valid is False
    assert verdict.key == key


def test_few_operations_are_not_worth_a_process() -> None:
    few = make(Shape(200, 4, 5, corrupt=0.0, keys=(1, 2)), Random(1))
    assert order_in_parallel(split(few, KeyValue()), KeyValue(), 2, 5.0, None) == []
