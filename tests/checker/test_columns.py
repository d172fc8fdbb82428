"""Long histories of a register are judged on columns: the same verdict, an order that replays."""

from __future__ import annotations

from collections import Counter
from random import Random, SystemRandom
from typing import Any

import msgspec
import pytest

from harness.checker import check, columns
from harness.checker.calls import split
from harness.checker.columns import MANY, order_by_columns
from harness.history.op import Op
from harness.model import Decided
from harness.model.register import CasRegister, Register
from tests.checker.evidence import order_is_a_linearization
from tests.checker.histories import Shape, make
from tests.checker.trust.judge import case, judged_right

HISTORIES = 500

SHAPE = Shape(3 * MANY, 10, None, fs=("read", "write"), crash=0.1, fail=0.1, corrupt=0.0)


def renamed(history: list[Op], name: Any) -> list[Op]:
    """The history with other values."""
    return [
        op if op.value is None else msgspec.structs.replace(op, value=name(op.value))
        for op in history
    ]


@pytest.mark.parametrize(
    "name",
    [int, lambda value: -value, lambda value: 2**63 - 1, lambda value: 2**70 + value, str,
     lambda value: [value, {"a": True}], lambda value: {100: 1, 101: True}.get(value, value)],
    ids=["integers", "negative", "the greatest", "beyond 64 bits", "texts", "lists", "true"],
)  # fmt: skip
def test_whatever_the_values_are(name: Any) -> None:
    history = renamed(make(SHAPE, Random(1)), name)
    (key,) = split(history, Register())
    unique = name(1) != name(2)
    assert (order_by_columns(key) is not None) is unique
    if unique:
        verdict = check(history, Register())
        assert verdict.valid is True
        assert verdict.algorithm == "unique-writes"
        assert order_is_a_linearization(verdict, history)


def test_a_stale_read_is_left_to_those_who_can_explain_it() -> None:
    history = make(SHAPE, Random(2))
    reads = [at for at, op in enumerate(history) if op.type == "ok" and op.f == "read"]
    history[reads[-1]] = msgspec.structs.replace(history[reads[-1]], value=history[reads[0]].value)
    (key,) = split(history, Register())
    assert order_by_columns(key) is None
    assert check(history, Register()).valid is False


def test_few_operations_are_not_worth_columns() -> None:
    (key,) = split(make(Shape(100, 3, None, fs=("read", "write")), Random(3)), Register())
    assert order_by_columns(key) is None


def test_an_order_that_does_not_replay_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    (key,) = split(make(SHAPE, Random(1)), Register())
    order = order_by_columns(key)
    assert order is not None
    found = Decided(order[::-1].tolist())
    monkeypatch.setattr(columns, "decide_columns", lambda *_: found)
    assert order_by_columns(key) is None


def test_a_cas_is_no_read() -> None:
    """Not even where what it was asked was written."""
    history = make(SHAPE, Random(1))
    at, pair = len(history), [5, 6]
    more = [("invoke", "write"), ("ok", "write"), ("invoke", "cas"), ("ok", "cas")]
    ops = [Op(at + n, 10**12, kind, 10**6, f, pair) for n, (kind, f) in enumerate(more)]  # type: ignore[arg-type]
    (key,) = split([*history, *ops], CasRegister())
    assert order_by_columns(key) is None
    assert check([*history, *ops], CasRegister()).valid is False


@pytest.mark.parametrize("name", ["register, unique values", "register, repeated values", "kv"])
def test_agree_with_brute_force_however_short(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(columns, "MANY", 0)
    seed = SystemRandom().randrange(10**9)
    verdicts = Counter(
        judged_right(history, sort)
        for sort, history in (case(seed, name, number) for number in range(HISTORIES))
    )
    assert min(verdicts[True], verdicts[False]) > HISTORIES // 10, seed
