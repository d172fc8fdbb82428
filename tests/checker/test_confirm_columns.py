"""An order over columns is replayed, and every kind of wrong order refused."""

from __future__ import annotations

from collections import Counter
from random import Random

import numpy as np
import pytest

from harness.checker.calls import split
from harness.checker.confirm import is_linearization
from harness.checker.confirm_columns import is_linearization_columns
from harness.checker.fast.unique_writes import decide
from harness.model import Call
from harness.model.register import Register
from tests.checker.histories import Shape, make
from tests.checker.story import story

MODEL = Register()


def replayed(order: list[int], calls: list[Call]) -> bool:
    """Whether the calls, as columns, may have happened in this order."""
    codes: dict[object, int] = {MODEL.initial(): 0}
    values = [call.value if call.f == "write" else call.result for call in calls]
    return is_linearization_columns(
        order,
        np.array([call.start for call in calls], np.int64),
        np.array([call.end for call in calls], np.int64),
        np.array([call.f == "write" for call in calls], bool),
        np.array([codes.setdefault(value, len(codes)) for value in values], np.int64),
        initial=0,
    )


def calls_of(*lines: str) -> list[Call]:
    """The calls of a story on one key."""
    (key_history,) = split(story(*lines), MODEL)
    return list(key_history.calls)


@pytest.mark.parametrize(
    ("order", "right"),
    [
        ([0, 1, 3, 2], True),
        ([0, 1, 3, 2, 4], True),
        ([0, 1, 2, 3], False),  # the second read would return 2
        ([1, 3, 2, 0], False),  # the first read would have to come first in real time too
        ([0, 1, 2], False),  # a read is missing
        ([0, 1, 3], False),  # a write is missing
        ([], False),
        ([0, 1, 3, 3, 2], False),  # twice
        ([0, 1, 3, 2, 4, 4], False),  # a crashed one twice
        ([0, 1, 4, 3, 2], False),  # the crashed write was not yet invoked
        ([0, 4, 1, 3, 2], False),
        ([1, 0, 3, 2], False),  # the first read would return 1
        ([0, 1, 3, 2, 5], False),  # no such row
        ([0, 1, 3, 2, -1], False),
        ([0, 1, 3, -3], False),  # nor does one count from the end
    ],
)
def test_an_order_is_replayed(order: list[int], right: bool) -> None:
    calls = calls_of(
        "1: read -> null",
        "1: write 1 ok",
        "2: write 2 begin",
        "3: read -> 1",
        "2: end ok",
        "4: write 3 info",
    )
    assert replayed(order, calls) is right


def test_real_time_holds_between_calls_that_the_values_leave_free() -> None:
    calls = calls_of("1: write 1 ok", "1: write 2 ok", "1: write 3 ok")
    assert replayed([0, 1, 2], calls)
    assert not replayed([0, 2, 1], calls)
    assert not replayed([1, 2, 0], calls)


def test_a_value_may_be_written_again() -> None:
    calls = calls_of("1: write 1 ok", "1: write 2 ok", "1: write 1 ok", "2: read -> 1")
    assert replayed([0, 1, 2, 3], calls)
    assert not replayed([0, 1, 3, 2], calls)


def test_nothing_is_a_linearization_of_nothing() -> None:
    assert replayed([], [])
    assert not replayed([0], [])


def test_agrees_with_the_replay_of_single_steps() -> None:
    verdicts: Counter[bool] = Counter()
    for seed in range(1000):
        rng = Random(seed)
        shape = Shape(rng.randint(2, 12), 4, None, ("read", "write"), crash=0.2, corrupt=0)
        (key_history,) = split(make(shape, rng), MODEL)
        calls = key_history.calls
        found = decide(calls, MODEL)
        assert found is not None
        assert found.order is not None
        order = list(found.order)
        for _ in range(rng.randint(0, 2)):
            change = rng.randrange(3)
            if order and change == 0:
                order.pop(rng.randrange(len(order)))
            elif order and change == 1:
                at = rng.randrange(len(order))
                order[at - 1], order[at] = order[at], order[at - 1]
            elif calls:
                order.insert(rng.randrange(len(order) + 1), rng.randrange(len(calls)))
        right = is_linearization(order, calls, MODEL)
        assert replayed(order, calls) is right, (seed, order)
        verdicts[right] += 1
    assert min(verdicts[True], verdicts[False]) > 200, verdicts
