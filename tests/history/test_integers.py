"""Values as a column of numbers; and sorting such columns."""

from __future__ import annotations

from random import Random
from typing import Any

import numpy as np
import pytest

from harness.history.integers import GREATEST, Integers, codes_of, taken
from harness.history.op import Op
from harness.history.sorting import stable_order
from harness.history.table import Table, TableBuilder


def table_of(*values: Any, process: int | str = 1) -> Table:
    return Table.of(Op(at, at, "invoke", process, "write", v) for at, v in enumerate(values))


INTEGERS = [[], [None], [0, None, 7, 0, -3, None, 5], [1, 2], [-(2**63)], [2**63 - 1, None]]
OTHERS = ["7", True, 1.0, [1], {"a": 1}, 2**63, -(2**63) - 1]


@pytest.mark.parametrize("values", INTEGERS)
def test_integers_and_nulls_lie_in_memory_as_numbers(values: list[int | None]) -> None:
    column = table_of(*values).value
    assert isinstance(column, Integers)
    assert list(column) == column[:] == values


@pytest.mark.parametrize("value", OTHERS)
def test_anything_else_of_a_client_makes_a_list(value: Any) -> None:
    column = table_of(1, None, value, 2).value
    assert column == [1, None, value, 2]
    assert [type(one) for one in column] == [int, type(None), type(value), int]
    assert codes_of(column) is None


def test_a_list_from_the_first_such_value_on_whatever_portion_it_comes_in() -> None:
    rng = Random(7)
    for _ in range(200):
        choices = [1, 0, None, *([rng.choice(OTHERS)] if rng.random() < 0.5 else [])]
        values = [rng.choice(choices) for _ in range(rng.randint(0, 12))]
        builder = TableBuilder()
        for at in range(0, len(values), 3):
            portion = enumerate(values[at : at + 3], at)
            builder.extend([Op(row, row, "invoke", 1, "write", v) for row, v in portion])
        column = builder.table().value
        assert repr(list(column)) == repr(values)
        fit = [v is None or (type(v) is int and abs(v) < 2**63) for v in values]
        assert isinstance(column, Integers) == all(fit)


@pytest.mark.parametrize("values", INTEGERS[:-1])
def test_equal_values_have_equal_codes(values: list[int | None]) -> None:
    codes, null = codes_of(table_of(*values).value) or pytest.fail("no codes")
    assert codes.tolist() == [null if v is None else v for v in values]
    assert null not in values


def test_the_greatest_integer_leaves_no_code_for_null() -> None:
    assert codes_of(table_of(1, None, GREATEST).value) is None


def nemesis_and_client() -> Table:
    said = (Op(0, 0, "info", "nemesis", "partition", ["n1", "n2"]), Op(1, 1, "invoke", 1, "w", 0))
    return Table.of([*said, Op(2, 2, "info", "nemesis", "heal", None)])


def test_what_the_nemesis_says_may_be_anything() -> None:
    column = nemesis_and_client().value
    assert isinstance(column, Integers)
    assert list(column) == column[:] == [["n1", "n2"], 0, None]


def test_what_it_says_stands_where_it_said_it_whatever_the_portion() -> None:
    builder = TableBuilder()
    said: list[Any] = [["n0"], 0, ["n1"], None, 5, {"n2": 1}]
    for row, value in enumerate(said):
        process: int | str = 1 if value in (0, 5) else "nemesis"
        builder.extend([Op(row, row, "info", process, "f", value)])
    assert list(builder.table().value) == said


@pytest.mark.parametrize("rows", [[2, 0, 1], [1], [0], []])
def test_rows_are_taken_with_what_the_nemesis_said(rows: list[int]) -> None:
    column = nemesis_and_client().value
    for form in (column, list(column)):
        assert list(taken(form, np.array(rows, np.int64))) == [column[row] for row in rows]


@pytest.mark.parametrize("reach", [1, 3, 1000, 2**40, 2**62])
@pytest.mark.parametrize("count", [0, 1, 2, 5, 64, 65, 1000])
def test_equal_keys_stay_as_they_stood(reach: int, count: int) -> None:
    rng = Random(reach + count)
    keys = [rng.randint(-reach, reach) for _ in range(count)]
    order = stable_order(np.array(keys, np.int64))
    assert order.tolist() == sorted(range(count), key=keys.__getitem__)
