"""What may be left out of a counterexample on each kind of object, one case after the other."""

from __future__ import annotations

from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from harness.checker import check
from harness.history.op import Op
from harness.model import Model, thaw
from harness.model.bank import Bank
from harness.model.counter import Counter
from harness.model.fenced_lock import FencedLock
from harness.model.grow_only_set import GrowOnlySet
from harness.model.list_append import ListAppend
from harness.model.log import Log
from harness.model.multi_register import MultiRegister
from harness.model.mutex import Mutex
from harness.model.reentrant_mutex import ReentrantMutex
from harness.model.semaphore import Semaphore
from harness.model.set import ElementSet
from tests.verify.claims import answer, invalid

WRONG = "have an order"
MAY_NOT = "may not be left out"


def history(*steps: tuple[Any, ...]) -> list[Op]:
    """Ops from (process, f, value, result), one after the other; the op's index is twice the place.

    The result `...` is that of a crash.
    """
    ops: list[Op] = []
    for process, f, value, result in steps:
        at = len(ops)
        ops.append(Op(at, at, "invoke", process, f, value))
        ops.append(
            Op(at + 1, at + 1, "info", process, f, None)
            if result is ...
            else Op(at + 1, at + 1, "ok", process, f, result)
        )
    return ops


def said(model: Model, ops: list[Op], *kept: int) -> str:
    """What the verifier says of a counterexample, irreducible or not."""
    states = [msgspec.json.decode(msgspec.json.encode(thaw(model.initial()), enc_hook=repr))]
    return answer(invalid(ops, kept, model=model, entry_states=states), ops, model)


def add(element: int) -> tuple[Any, ...]:
    """An element is added, by a process of its own."""
    return (element, "add", element, element)


def read(*elements: int) -> tuple[Any, ...]:
    """A read shows these."""
    return (99, "read", None, list(elements))


def move(process: int, payer: int, payee: int, amount: int) -> tuple[Any, ...]:
    """Money is moved."""
    asked = {"from": payer, "to": payee, "amount": amount}
    return (process, "transfer", asked, asked)


SET = history(add(1), add(2), read(1, 2), (5, "remove", 1, 1), add(3), read(2))
TWICE = history(add(1), (11, "add", 1, 1), add(2), read(1))
LIST = history((1, "append", 1, 1), (2, "append", 2, 2), read(1), (3, "append", 3, 3), read(1, 3))
SAME = history((1, "append", 1, 1), (2, "append", 1, 1), read(1))
LOG = history(
    (1, "append", "a", [0, "a"]),
    (2, "append", "b", [1, "b"]),
    (3, "append", "c", [1, "c"]),
    (4, "poll", None, [[0, "a"]]),
)
LOST = history((1, "append", "a", ...), (2, "append", "b", [0, "b"]), (4, "poll", None, [[0, "a"]]))
SUM = history((1, "add", 2, 2), (2, "add", 0, 0), (3, "read", None, 3), (4, "add", 1, 1))
MONEY = history(
    move(1, 0, 1, 5),
    (2, "read", None, {"0": 5, "1": 5}),
    move(3, 0, 1, 1),
    move(4, 1, 1, 1),
    (5, "read", None, {"0": 4, "1": 7}),
    move(6, 0, 1, 1),
)
LATER = history(
    (1, "read", None, {"0": 5, "1": 5}),
    move(2, 0, 1, 1),
    (3, "read", None, {"0": 4, "1": 6}),
    (4, "read", None, {"0": 4, "1": 7}),
)
NOTHING = history(
    (1, "read", None, {"0": 5, "1": 5}),
    move(2, 0, 1, 0),
    move(3, 1, 1, 4),
    (4, "read", None, {"0": 4, "1": 6}),
)
HELD = history(
    (1, "acquire", None, None),
    (1, "release", None, None),
    (2, "acquire", None, None),
    (3, "acquire", None, None),
)
NESTED = history(
    (1, "acquire", None, None),
    (1, "acquire", None, None),
    (1, "release", None, None),
    (2, "acquire", None, None),
)
TOKENS = history(
    (1, "acquire", None, 1),
    (1, "release", None, None),
    (2, "acquire", None, 5),
    (2, "release", None, None),
    (3, "acquire", None, 3),
)
FOREIGN = history(
    (1, "acquire", None, None),
    (2, "release", None, None),
    (3, "acquire", None, None),
    (4, "acquire", None, None),
)
UNDEAD = history(
    (1, "acquire", None, ...),
    (1, "release", None, None),
    (2, "acquire", None, None),
    (3, "acquire", None, None),
)
TXNS = history(
    (1, "txn", [["w", "x", 1]], [["w", "x", 1]]),
    (2, "txn", [["w", "y", 2]], [["w", "y", 2]]),
    (3, "txn", [["r", "y", None]], [["r", "y", 2]]),
    (4, "txn", [["w", "x", 3], ["r", "x", None]], [["w", "x", 3], ["r", "x", 3]]),
    (5, "txn", [["r", "x", None]], [["r", "x", 1]]),
)
IRREDUCIBLE = [
    (ElementSet(), SET, [2, 8, 10]),
    (GrowOnlySet(), TWICE, [2, 4, 6]),
    (ListAppend(), LIST, [0, 2, 4]),
    (Log(), LOG, [2, 4]),
    (Log(), LOST, [0, 2, 4]),
    (Counter(), SUM, [0, 4]),
    (Bank(), MONEY, [2, 4, 8]),
    (Bank(), LATER, [4, 6]),
    (Bank(), NOTHING, [0, 6]),
    (Bank({"0": 10, "1": 0}), MONEY, [0, 4, 8]),
    (Mutex(), HELD, [4, 6]),
    (ReentrantMutex(), HELD, [4, 6]),
    (ReentrantMutex(), NESTED, [0, 6]),
    (FencedLock(), TOKENS, [4, 6, 8]),
    (Mutex(), FOREIGN, [0, 2, 4, 6]),
    (ReentrantMutex(), UNDEAD, [0, 2, 4, 6]),
    (MultiRegister(), TXNS, [0, 6, 8]),
]


@pytest.mark.parametrize(("model", "ops", "kept"), IRREDUCIBLE)
def test_what_is_left_is_a_counterexample(model: Model, ops: list[Op], kept: list[int]) -> None:
    assert said(model, ops, *kept).startswith("confirmed")


@pytest.mark.parametrize(("model", "ops", "kept"), IRREDUCIBLE)
def test_with_one_operation_less_it_is_none(model: Model, ops: list[Op], kept: list[int]) -> None:
    for unwanted in kept:
        assert said(model, ops, *(at for at in kept if at != unwanted)).startswith("refuted")


@pytest.mark.parametrize(
    ("model", "ops", "kept", "why"),
    [
        (ElementSet(), SET, [8, 10], f"op 2 {MAY_NOT}: op 10"),
        (ElementSet(), SET, [2, 4, 8, 10], f"op 0 {MAY_NOT}: op 4"),
        (ElementSet(), SET, [0, 2, 8, 10], f"op 6 {MAY_NOT}: op 0"),
        (ElementSet(), SET, [2, 10], WRONG),
        (GrowOnlySet(), TWICE, [0, 4, 6], f"op 2 {MAY_NOT}: op 6"),
        (ListAppend(), LIST, [2, 4], f"op 0 {MAY_NOT}: op 4"),
        (ListAppend(), LIST, [0, 4, 6, 8], WRONG),
        (ListAppend(), SAME, [2, 4], f"op 0 {MAY_NOT}: op 4"),
        (Log(), LOG, [2, 4, 6], f"op 0 {MAY_NOT}: op 6"),
        (Log(), LOST, [2, 4], f"op 0 {MAY_NOT}: op 4"),
        (Counter(), SUM, [4], f"op 0 {MAY_NOT}: op 4"),
        (Bank(), MONEY, [2, 8], f"op 4 {MAY_NOT}: op 8"),
        (Bank({"0": 10, "1": 0}), MONEY, [2, 4, 8], f"op 0 {MAY_NOT}: op 2"),
        (Bank(overdraft=False), MONEY, [2, 4, 8], f"op 0 {MAY_NOT}: op 2"),
        (Mutex(), HELD, [0, 4, 6], f"op 2 {MAY_NOT}: op 0"),
        (Semaphore(2), HELD, [0, 4, 6], f"op 2 {MAY_NOT}: op 0"),
        (Semaphore(2), HELD, [4, 6], WRONG),
        (ReentrantMutex(), NESTED, [0, 4, 6], f"op 2 {MAY_NOT}: op 4"),
        (ReentrantMutex(), NESTED, [0], WRONG),
        (FencedLock(), TOKENS, [4, 8], f"op 6 {MAY_NOT}: op 4"),
        (FencedLock(), TOKENS, [0, 2, 8], WRONG),
        (Mutex(), FOREIGN, [4, 6], f"op 0 {MAY_NOT}: op 4"),
        (ReentrantMutex(), UNDEAD, [4, 6], f"op 0 {MAY_NOT}: op 4"),
        (MultiRegister(), TXNS, [6, 8], f"op 0 {MAY_NOT}: op 8"),
        (MultiRegister(), TXNS, [0, 8], WRONG),
    ],
)
def test_forged_counterexamples_are_refuted(
    model: Model, ops: list[Op], kept: list[int], why: str
) -> None:
    found = said(model, ops, *kept)
    assert found.startswith("refuted")
    assert why in found


def test_a_read_that_crashed_has_observed_nothing() -> None:
    """Of a bank or a log it need not stay; but it may."""
    reads = ((1, "read", None, {"0": 5, "1": 5}), (2, "read", None, {"0": 4, "1": 6}))
    ops = history(*reads, move(3, 0, 1, 1), (4, "read", None, ...))
    assert said(Bank(), ops, 0, 2, 6).startswith("confirmed")
    ops = history(
        (1, "append", "a", [0, "a"]), (2, "poll", None, [[0, "b"]]), (3, "poll", None, ...)
    )
    assert said(Log(), ops, 2, 4).startswith("confirmed")


def test_locks_may_be_waited_for() -> None:
    """Operations of one process come one after the other; those of others need not."""
    ops = [
        Op(0, 0, "invoke", 2, "acquire", None),
        *(replace(op, index=op.index + 1, time=op.time + 1) for op in HELD[:4]),
        Op(5, 5, "ok", 2, "acquire", None),
        Op(6, 6, "invoke", 3, "acquire", None),
        Op(7, 7, "ok", 3, "acquire", None),
    ]
    assert said(Mutex(), ops, 0, 6).startswith("confirmed")


def test_a_bank_that_is_not_ours_lets_only_reads_go() -> None:
    """Nobody knows what it has at first, or whether it may owe."""

    class Till(Counter):
        name = "till"
        kind = "bank"
        fs = frozenset({"transfer", "read"})

        def step(self, state: Any, f: str, value: Any, result: Any) -> Any:
            return super().step(state, "add" if f == "transfer" else f, value, result)

    ops = history((1, "transfer", 0, 0), (2, "read", None, 3))
    assert f"op 0 {MAY_NOT}" in said(Till(), ops, 2)


@pytest.mark.parametrize(("model", "ops", "kept"), IRREDUCIBLE)
def test_the_checker_finds_as_few(model: Model, ops: list[Op], kept: list[int]) -> None:
    verdict = check(ops, model)
    assert verdict.irreducible
    assert len(verdict.counterexample) == len(kept)
