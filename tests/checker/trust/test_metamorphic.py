"""Changes of a history that must not change the verdict, or only in one direction.

No oracle is asked: the checker is held against itself.
"""

from __future__ import annotations

import os
from ast import literal_eval
from collections.abc import Callable, Iterator, Sequence
from random import Random, SystemRandom
from typing import Any

import msgspec
import pytest

from harness.checker import check
from harness.history.op import Op
from tests.checker.objects import Money, Object, Offsets, Registers
from tests.checker.trust.families import FAMILIES, Sort
from tests.checker.trust.judge import case
from tests.checker.trust.specifications import Cell

HISTORIES = int(os.environ.get("SPLITBRAIN_HISTORIES", "5000")) // 100
SEED = int(os.environ.get("SPLITBRAIN_SEED", SystemRandom().randrange(10**9)))

each_family = pytest.mark.parametrize("name", FAMILIES)


def cases(name: str) -> Iterator[tuple[Sort, list[Op], Random, str]]:
    """Histories of a family, with what to choose by and a note for a failure."""
    for number in range(HISTORIES):
        note = f"history {number} of {name}, SPLITBRAIN_SEED={SEED}"
        sort, history = case(f"metamorphic {SEED}", name, number)
        yield sort, history, Random(f"{SEED}/{number}"), note


def valid(history: Sequence[Op], sort: Sort) -> bool:
    """The verdict, which is never unknown."""
    verdict = check(history, sort.model)
    assert isinstance(verdict.valid, bool), verdict.reason
    return verdict.valid


def numbered(ops: Sequence[Op]) -> list[Op]:
    """With indices and times that rise by one."""
    return [replaced(op, index=at, time=at) for at, op in enumerate(ops)]


def replaced(op: Op, **fields: Any) -> Op:
    return msgspec.structs.replace(op, **fields)


@each_family
def test_names_of_processes_do_not_matter(name: str) -> None:
    for sort, history, rng, note in cases(name):
        numbers = list({op.process for op in history})
        new = dict(zip(numbers, rng.sample(range(1000), len(numbers)), strict=True))
        other = [replaced(op, process=new[op.process]) for op in history]
        assert valid(other, sort) is valid(history, sort), note


@each_family
def test_only_the_order_of_times_and_indices_matters(name: str) -> None:
    for sort, history, rng, note in cases(name):
        steps = [rng.randint(1, 10**6) for _ in history]
        other = [
            replaced(op, index=sum(steps[: at + 1]), time=op.time * 7 + 10**12)
            for at, op in enumerate(history)
        ]
        assert valid(other, sort) is valid(history, sort), note


PLAIN: dict[Any, Any] = {0: "0", 1: True, 2: 1, 3: [1], 4: {"a": None}}
"""Other names for values: equal to each other for Python, or of other types."""


def plain(value: Any) -> Any:
    """Another name for a value that means nothing by itself."""
    return PLAIN.get(value, f"{value}") if isinstance(value, int) else value


def listed(value: Any) -> Any:
    """The same for each of some values."""
    return [listed(part) for part in value] if isinstance(value, list) else plain(value)


def parts(value: Any) -> Iterator[Any]:
    """A value, and what it holds: both values of a cas, and the like."""
    yield value
    if isinstance(value, list):
        for part in value:
            yield from parts(part)


def scaled(value: Any) -> Any:
    """A number as another one, in the same order and with the same sums."""
    return 3 * value if isinstance(value, int) else value


def recorded(value: Any) -> Any:
    """Records of a log: offsets stay."""
    if isinstance(value, list) and value and isinstance(value[0], list):
        return [[offset, plain(record)] for offset, record in value]
    return [value[0], plain(value[1])] if isinstance(value, list) and value else listed(value)


def transacted(value: Any) -> Any:
    """Registers and values of micro-operations."""
    return [[what, f"k{key}", plain(written)] for what, key, written in value]


def banked(value: Any) -> Any:
    """Accounts, each as the next; they all have the same at first."""
    if value is None or "amount" not in value:
        return value and {str((int(account) + 1) % 3): money for account, money in value.items()}
    return {**value, "from": (value["from"] + 1) % 3, "to": (value["to"] + 1) % 3}


RENAMED: dict[str, Callable[[Any], Any]] = {
    "register, unique values": listed,
    "register, repeated values": listed,
    "cas-register": listed,
    "kv": listed,
    "multi-register": transacted,
    "counter": scaled,
    "set": listed,
    "grow-only-set": listed,
    "log": recorded,
    "list-append": listed,
    "unique-ids": listed,
    "bank": banked,
    "fifo-queue": listed,
    "unordered-queue": listed,
    "priority-queue": scaled,
    "stack": listed,
}
"""What in the values of a family has no meaning by itself. Locks have no such values."""


@pytest.mark.parametrize("name", RENAMED)
def test_names_of_values_do_not_matter(name: str) -> None:
    for sort, history, _, note in cases(name):
        if any(part is True or part == [1] for op in history for part in parts(op.value)):
            continue  # a sort that has such names already
        other = [replaced(op, value=RENAMED[name](op.value)) for op in history]
        assert valid(other, sort) is valid(history, sort), note


@each_family
def test_keys_are_judged_each_by_itself(name: str) -> None:
    """Several histories in one, each on a key of its own; two keys are equal for Python only."""
    sources = list(cases(name))
    for at in range(0, len(sources) - 2, 3):
        sort, _, rng, note = sources[at]
        parts = [history for other, history, _, _ in sources[at : at + 3] if other is sort]
        lines = [
            [replaced(op, key=key, process=100 * place + int(op.process)) for op in part]
            for place, (key, part) in enumerate(zip([True, 1, "x"], parts, strict=False))
            if all(op.key is None for op in part)
        ]
        mixed: list[Op] = []
        while any(lines):
            mixed.append(rng.choice([line for line in lines if line]).pop(0))
        if mixed:
            assert valid(numbered(mixed), sort) is all(valid(p, sort) for p in parts), note


def test_a_store_of_keys_is_valid_when_each_key_is() -> None:
    for sort, history, _, note in cases("kv"):
        keys = {op.key for op in history}
        apart = [valid([op for op in history if op.key == key], sort) for key in keys]
        assert valid(history, sort) is all(apart), note


@each_family
def test_knowing_less_never_makes_a_valid_history_invalid(name: str) -> None:
    """An ok that never arrived, or a history that ended sooner."""
    for sort, history, rng, note in cases(name):
        if not valid(history, sort):
            continue
        completions = [at for at, op in enumerate(history) if op.type == "ok" and last(at, history)]
        if completions:
            lost = rng.choice(completions)
            assert valid([op for at, op in enumerate(history) if at != lost], sort), note
        assert valid(history[: rng.randrange(len(history) + 1)], sort), note


def last(at: int, history: Sequence[Op]) -> bool:
    """Whether it is the last op of its process, which can thus go missing."""
    return all(op.process != history[at].process for op in history[at + 1 :])


@each_family
def test_a_crashed_operation_that_did_not_happen_never_makes_a_history_valid(name: str) -> None:
    """That it did not is one of the things that may have been so all along."""
    for sort, history, rng, note in cases(name):
        crashed = [at for at, op in enumerate(history) if op.type == "info"]
        if not crashed or valid(history, sort):
            continue
        at = rng.choice(crashed)
        failed = [*history[:at], replaced(history[at], type="fail"), *history[at + 1 :]]
        assert not valid(failed, sort), note


@each_family
def test_a_failed_operation_changes_nothing(name: str) -> None:
    for sort, history, _, note in cases(name):
        running: dict[Any, int] = {}
        dropped: set[int] = set()
        for at, op in enumerate(history):
            if op.type == "invoke":
                running[op.process] = at
            elif op.type == "fail":
                dropped |= {at, running[op.process]}
        other = [op for at, op in enumerate(history) if at not in dropped]
        assert valid(numbered(other), sort) is valid(history, sort), note


@each_family
def test_a_read_changes_nothing(name: str) -> None:
    """One that fits somewhere leaves a history valid; any one leaves it invalid, or makes it so."""
    for sort, history, rng, note in cases(name):
        question = QUESTIONS.get(type(sort.kind), ("read", None))
        if question[0] not in sort.model.fs or any(op.key is not None for op in history):
            continue
        verdict = check(history, sort.model)
        if verdict.valid is True:
            extended = with_a_read(history, verdict.linearization, sort.kind, question, rng)
            assert extended is None or valid(extended, sort), note
        else:
            answers = [op.value for op in history if op.f == question[0] and op.type == "ok"]
            if isinstance(sort.kind, Registers):
                answers = [[["r", key, rng.choice((None, 0, 1, 2))] for key in range(3)]]
            if answers:
                read = (*question, rng.choice(answers))
                assert not valid(inserted(history, rng.randrange(len(history)), read), sort), note


QUESTIONS: dict[type[Object], tuple[str, Any]] = {
    Registers: ("txn", [["r", 0, None], ["r", 1, None], ["r", 2, None]]),
    Offsets: ("poll", None),
}
"""How to ask an object for its state, if not by `read`."""


def with_a_read(
    history: Sequence[Op],
    orders: Sequence[Any],
    kind: Object,
    question: tuple[str, Any],
    rng: Random,
) -> list[Op] | None:
    """A read of the state somewhere along the linearization; None where that is not known."""
    if isinstance(kind, Money) and not kind.known:
        return None
    order = orders[0].invocations if orders else ()
    state, at = kind.first, -1
    for index in order[: rng.randint(0, len(order))]:
        following = after(state, history, index, kind)
        if len(following) != 1:
            return None
        (state,) = following
        at = max(at, index)
    if isinstance(kind, Offsets) and any(offset is None for offset, _ in state):
        return None
    if isinstance(kind, Cell):
        answer = literal_eval(state)
    elif isinstance(kind, Offsets):
        answer = [list(record) for record in state]
    else:
        answer = kind.act(state, 0, *question, rng)[0]
    return inserted(history, at, (*question, answer))


def after(state: Any, history: Sequence[Op], index: int, kind: Object) -> list[Any]:
    """The states after one operation."""
    asked = history[index]
    done = next((op for op in history[index + 1 :] if op.process == asked.process), None)
    who = int(asked.process)
    if done is None or done.type != "ok":
        return list(kind.crashed(state, who, asked.f, asked.value))
    return list(kind.allowed(state, who, asked.f, asked.value, done.value))


def inserted(history: Sequence[Op], at: int, read: tuple[str, Any, Any]) -> list[Op]:
    """The history with a read of no duration right after a position."""
    f, asked, answer = read
    ops = [Op(0, 0, "invoke", 999, f, asked), Op(0, 0, "ok", 999, f, answer)]
    return numbered([*history[: at + 1], *ops, *history[at + 1 :]])
