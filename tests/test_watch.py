"""The watch tells once, and never harms what it watches."""

from __future__ import annotations

from collections.abc import Hashable

from harness.checker.streaming import Violation
from harness.model import Model
from harness.model.register import Register
from harness.watch import Watch
from tests.checker.story import story

STALE = story("1: x write 1 ok", "2: x read -> null", "3: x read -> null")


class Broken(Register):
    """A model with a bug of its own."""

    kind = None

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        raise ZeroDivisionError("no step")


def watched(model: Model) -> tuple[Watch, list[Violation]]:
    """A watch that saw it all, and what it told."""
    told: list[Violation] = []
    watch = Watch(model, told.append)
    for op in STALE:
        watch.op(op)
    return watch, told


def test_it_tells_of_the_first_violation_only() -> None:
    watch, told = watched(Register())
    assert [violation.op.index for violation in told] == [3]
    assert watch.violation == told[0]
    assert watch.to_json() == {
        "violation": {"index": 3, "at_s": 0.3, "key": "x", "process": 2, "f": "read"},
        "operations": 2,
        "gave_up": [],
        "failed": None,
    }


def test_a_model_that_breaks_ends_the_watch_and_not_the_test() -> None:
    watch, told = watched(Broken())
    assert told == []
    assert watch.to_json()["failed"] == "ZeroDivisionError: no step"
