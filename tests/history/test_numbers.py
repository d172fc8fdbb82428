"""Values as one column of numbers; and sorting such columns."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from harness.history.numbers import GREATEST, numbers_of
from harness.history.op import Op
from harness.history.sorting import stable_order
from harness.history.table import Table


def table_of(*values: Any, process: int | str = 1) -> Table:
    return Table.of(Op(at, at, "invoke", process, "write", v) for at, v in enumerate(values))


@pytest.mark.parametrize("values", [[], [None], [0, None, 7, 0, -3, None, 5], [1, 2], [-(2**63)]])
def test_equal_values_are_equal_numbers(values: list[int | None]) -> None:
    numbers = numbers_of(table_of(*values))
    assert numbers is not None
    assert numbers.code.tolist() == [numbers.null if v is None else v for v in values]
    assert numbers.null not in values


@pytest.mark.parametrize("value", ["7", True, 1.0, [1], {"a": 1}, 2**63, -(2**63) - 1, GREATEST])
def test_anything_else_makes_no_numbers(value: Any) -> None:
    """Nor does the greatest number, which leaves none for null."""
    assert numbers_of(table_of(1, None, value)) is None


def test_what_the_nemesis_says_does_not_matter() -> None:
    nemesis = Op(0, 0, "info", "nemesis", "partition", ["n1", "n2"])
    numbers = numbers_of(Table.of([nemesis, Op(1, 1, "invoke", 1, "write", 0)]))
    assert numbers is not None
    assert numbers.code[1] == 0


@pytest.mark.parametrize("reach", [1, 3, 1000, 2**40, 2**62])
@pytest.mark.parametrize("count", [0, 1, 2, 5, 64, 65, 1000])
def test_equal_keys_stay_as_they_stood(reach: int, count: int) -> None:
    rng = Random(reach + count)
    keys = [rng.randint(-reach, reach) for _ in range(count)]
    order = stable_order(np.array(keys, np.int64))
    assert order.tolist() == sorted(range(count), key=keys.__getitem__)
