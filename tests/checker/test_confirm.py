"""No answer is given on the word of an algorithm alone."""

from __future__ import annotations

import pytest

from harness.checker import check
from harness.checker.budget import Budget
from harness.checker.calls import split
from harness.checker.confirm import has_linearization, is_linearization
from harness.checker.fast import FAST_PATHS, FastPath
from harness.model import Call, Decided
from harness.model.kv import KeyValue
from harness.model.register import CasRegister
from tests.checker.story import story


def calls_of(*lines: str) -> list[Call]:
    """The calls of a story on one key."""
    (key_history,) = split(story(*lines), CasRegister())
    return list(key_history.calls)


CALLS = ("1: write 1 ok", "2: write 2 begin", "3: read -> 1", "2: end ok", "4: write 3 info")


@pytest.mark.parametrize(
    ("order", "right"),
    [
        ([0, 2, 1], True),
        ([0, 2, 1, 3], True),
        ([0, 1, 2], False),  # the read would return 2
        ([0, 1], False),  # the read is missing
        ([0, 2, 2, 1], False),  # twice
        ([0, 3, 2, 1], False),  # the crashed write was not yet invoked
        ([1, 0, 2], False),  # the second write began after the first had ended
    ],
)
def test_an_order_is_replayed(order: list[int], right: bool) -> None:
    assert is_linearization(order, calls_of(*CALLS), CasRegister()) is right


def test_the_second_look_at_a_counterexample_knows_no_register() -> None:
    stale = calls_of("1: write 1 ok", "1: write 2 ok", "2: read -> 1")
    assert has_linearization(stale, CasRegister(), Budget()) is False
    assert has_linearization(calls_of(*CALLS), CasRegister(), Budget()) is True


@pytest.mark.parametrize(
    "wrong",
    [Decided([1, 0]), Decided(None, [0])],
    ids=["an order that is none", "a conflict that is none"],
)
def test_an_algorithm_that_errs_makes_the_verdict_unknown(
    monkeypatch: pytest.MonkeyPatch, wrong: Decided
) -> None:
    monkeypatch.setitem(FAST_PATHS, "register", FastPath("wrong", lambda calls, model: wrong))
    verdict = check(story("1: x write 1 ok", "2: x read -> 1"), KeyValue())
    assert verdict.valid == "unknown"
    assert verdict.reason is not None
    assert "did not stand a second look" in verdict.reason


def test_a_second_look_that_ran_out_of_time_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        "harness.checker.counterexample.has_linearization", lambda part, model, budget: None
    )
    verdict = check(story("1: x write 1 ok", "1: x write 2 ok", "2: x read -> 1"), KeyValue())
    assert verdict.valid is False
    assert "too much for a second look" in str(verdict.reason)
