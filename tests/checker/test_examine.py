"""What is told of a history beside its verdict, and how long that may take."""

from __future__ import annotations

from typing import Any

import pytest

from harness.checker import examine as module
from harness.checker.examine import PROMISES_TAKE_S, PROMISES_TAKE_S_EACH, examine
from harness.model.counter import Counter
from harness.model.register import Register
from tests.checker.story import story

STALE = ("1: write 3", "1: write 4", "2: read -> 3")


@pytest.fixture
def limits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds that the weaker promises were given, each time."""
    given: list[float] = []

    def promises(pairs: Any, model: Any, *, time_limit_s: float) -> tuple[()]:
        given.append(time_limit_s)
        return ()

    monkeypatch.setattr(module, "promises", promises)
    return given


def test_an_invalid_history_is_held_against_the_weaker_promises() -> None:
    verdict, found = examine(story(*STALE), Register())
    assert verdict.valid is False
    assert {one["name"]: one["valid"] for one in found["promises"]}["monotonic reads"] is True


def test_they_take_more_time_for_more_operations_but_not_more_than_is_left(
    limits: list[float],
) -> None:
    examine(story(*STALE), Register())
    examine(story(*STALE), Register(), time_limit_s=1_000.0)
    examine(story(*STALE), Register(), time_limit_s=2.0)
    whole = PROMISES_TAKE_S + 3 * PROMISES_TAKE_S_EACH
    assert limits[:2] == pytest.approx([whole, whole])
    assert 0 < limits[2] <= 2.0


@pytest.mark.parametrize(("lines", "weaker"), [(STALE[:2], True), (STALE, False)])
def test_a_valid_history_is_not_nor_one_of_which_nobody_asks(
    lines: tuple[str, ...], weaker: bool, limits: list[float]
) -> None:
    _, found = examine(story(*lines), Register(), weaker=weaker)
    assert not limits
    assert "promises" not in found


def test_of_a_counter_it_is_told_how_far_out_it_was() -> None:
    _, found = examine(story("1: add 3", "2: read -> 5"), Counter(), weaker=False)
    assert found["bounds"]
