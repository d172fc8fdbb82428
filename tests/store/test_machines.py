"""What each machine does, and that clients are told what the models expect."""

from __future__ import annotations

from random import Random
from typing import Any

import pytest

from harness.model import INCONSISTENT, Model, freeze
from harness.model.counter import Counter
from harness.model.fifo_queue import FifoQueue
from harness.model.list_append import ListAppend
from harness.model.multi_register import MultiRegister
from harness.model.register import CasRegister
from harness.model.set import ElementSet
from targets.bundled_offers import OFFERS
from targets.store.machine.counter import Counters
from targets.store.machine.element_set import Sets
from targets.store.machine.fifo_queue import Queues
from targets.store.machine.kv import MOST, KeyValue
from targets.store.machine.machine import BadRequest, Machine, Result
from targets.store.machine.sessions import OPEN, Sessions, command
from targets.store.machine.side_by_side import bundled_machine
from targets.store.wire import decode, encode


def result_of(machine: Machine, operation: list[Any]) -> Result:
    """Do it as a node would."""
    return machine.apply(operation) if machine.check(operation) else machine.query(operation)


def done(machine: Machine, *operation: Any) -> Any:
    """The answer of an operation that is ok."""
    return result_of(machine, list(operation))["ok"]


# Transactions


def test_a_transaction_is_answered_with_its_reads_filled_in() -> None:
    """In order: a read sees the writes before it, in the same transaction too."""
    kv = KeyValue()
    first, last = ["r", "x", None], ["r", "z", None]
    changes = [["w", "x", 1], ["append", "z", 3]]
    answer = done(kv, "txn", [first, *changes, first, last])
    assert answer == [first, *changes, ["r", "x", 1], ["r", "z", [3]]]
    assert [done(kv, "read", key) for key in ("x", "z")] == [1, [3]]


def test_a_transaction_happens_as_a_whole_or_not_at_all() -> None:
    kv = KeyValue()
    done(kv, "write", "x", 1)
    result = kv.apply(["txn", [["w", "y", 2], ["append", "z", 5], ["append", "x", 3]]])
    assert result == {"fail": 'append to "x": it holds 1, no list'}
    assert [done(kv, "read", key) for key in ("x", "y", "z")] == [1, None, None]


def test_only_a_transaction_that_writes_goes_through_the_log() -> None:
    kv = KeyValue()
    assert not kv.check(["txn", []])
    assert not kv.check(["txn", [["r", "x", None], ["r", "y", None]]])
    assert kv.check(["txn", [["r", "x", None], ["w", "y", 1]]])
    assert kv.check(["txn", [["append", "x", 1]]])


def test_what_was_answered_once_does_not_grow_with_the_list() -> None:
    """The sessions' table keeps answers, and must give the same one to a copy."""
    kv = KeyValue()
    written = done(kv, "write", "x", [0])
    both = done(kv, "txn", [["append", "x", 1], ["r", "x", None]])
    done(kv, "txn", [["append", "x", 2]])
    assert written == [0]
    assert both[1] == ["r", "x", [0, 1]]
    assert done(kv, "read", "x") == [0, 1, 2]


# Sets, counters, queues


def test_sets_hold_json_not_python() -> None:
    """In Python 1 == 1.0 == True; in JSON they are three values."""
    sets = Sets()
    for element in (1, True, 1.0, "1", 1, {"a": 1, "b": 2}, {"b": 2, "a": 1}):
        done(sets, "add", "x", element)
    assert str(done(sets, "read", "x")) == "[1, True, 1.0, '1', {'a': 1, 'b': 2}]"
    done(sets, "remove", "x", True)
    done(sets, "remove", "x", "was never there")
    assert str(done(sets, "read", "x")) == "[1, 1.0, '1', {'a': 1, 'b': 2}]"
    assert done(sets, "read", "y") == []


def test_counters_add() -> None:
    counters = Counters()
    assert done(counters, "read", "x") == 0
    assert [done(counters, "add", "x", amount) for amount in (5, -7)] == [5, -7]
    assert [done(counters, "read", key) for key in ("x", "y")] == [-2, 0]


def test_queues_are_first_in_first_out() -> None:
    queues = Queues()
    for element in ("a", "b", "b"):
        done(queues, "enqueue", "x", element)
    assert done(queues, "dequeue", "y") is None
    assert [done(queues, "dequeue", "x") for _ in range(4)] == ["a", "b", "b", None]


def test_a_dequeue_acts_once() -> None:
    """A copy takes nothing: it gets what the first one took, and the next element stays."""
    state = Sessions(bundled_machine())
    state.apply(1, OPEN)
    for sequence, element in enumerate((10, 20), start=1):
        state.apply(1 + sequence, command(1, sequence, ["queue", "enqueue", "x", element]))
    take = command(1, 3, ["queue", "dequeue", "x"])
    assert [state.apply(index, take) for index in (4, 5)] == [{"ok": 10}, {"ok": 10}]
    assert state.apply(6, command(1, 4, ["queue", "dequeue", "x"])) == {"ok": 20}


# Side by side


def test_each_machine_has_keys_of_its_own() -> None:
    machine = bundled_machine()
    done(machine, "kv", "write", "x", "value")
    done(machine, "set", "add", "x", "element")
    done(machine, "counter", "add", "x", 3)
    done(machine, "queue", "enqueue", "x", "queued")
    assert done(machine, "kv", "read", "x") == "value"
    assert done(machine, "set", "read", "x") == ["element"]
    assert done(machine, "counter", "read", "x") == 3
    assert done(machine, "queue", "dequeue", "x") == "queued"


@pytest.mark.parametrize(
    "operation",
    [
        None,
        [],
        ["read", "x"],
        [["kv"], "read", "x"],
        ["kv"],
        ["kv", "txn", "r"],
        ["kv", "txn", [["r", "x"]]],
        ["kv", "txn", [["r", "x", 1]]],
        ["kv", "txn", [["cas", "x", 1]]],
        ["kv", "txn", ["r"]],
        ["kv", "txn", [["r", "x", None]] * (MOST + 1)],
        ["set", "add", "x"],
        ["set", "enqueue", "x", 1],
        ["counter", "add", "x", 1.5],
        ["counter", "add", "x", True],
        ["counter", "add", "x", None],
        ["queue", "enqueue", "x", None],
        ["queue", "read", "x"],
    ],
)
def test_nonsense_is_refused_before_it_is_proposed(operation: Any) -> None:
    """Once it is committed, every replica would choke on it alike."""
    with pytest.raises(BadRequest):
        bundled_machine().check(operation)


# What clients are told


def small(rng: Random) -> int:
    """One of few values, so that they meet."""
    return rng.randrange(3)


def transaction(rng: Random) -> list[Any]:
    """Up to three reads and writes."""
    return [
        rng.choice([["r", rng.choice("xy"), None], ["w", rng.choice("xy"), small(rng)]])
        for _ in range(rng.randrange(4))
    ]


def nothing(rng: Random) -> None:
    """For operations without a value."""


KINDS: dict[str, tuple[Model, dict[str, Any]]] = {
    "register": (
        CasRegister(),
        {"read": nothing, "write": small, "cas": lambda rng: [small(rng), small(rng)]},
    ),
    "txn": (MultiRegister(), {"txn": transaction}),
    "list-append": (ListAppend(), {"read": nothing, "append": small}),
    "set": (ElementSet(), {"read": nothing, "add": small, "remove": small}),
    "counter": (Counter(), {"read": nothing, "add": small}),
    "queue": (FifoQueue(), {"enqueue": small, "dequeue": nothing}),
}


def test_every_kind_of_client_is_held_against_a_model_here() -> None:
    assert set(KINDS) == set(OFFERS)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("key", [None, "k", 7])
def test_one_client_alone_sees_what_the_model_says(kind: str, key: Any) -> None:
    """2,000 operations, one after the other, over the wire's JSON; a fail changes nothing."""
    model, makes = KINDS[kind]
    rng, machine, state = Random(f"{kind}/{key}"), bundled_machine(), model.initial()
    outcomes: set[str] = set()
    for _ in range(2000):
        f = rng.choice(sorted(makes))
        value = makes[f](rng)
        ask = OFFERS[kind](f, key, value)
        operation = decode(encode({"operation": ask.operation}))["operation"]
        assert machine.check(operation) == ask.writes
        result = result_of(machine, operation)
        outcomes.update(result)
        if "fail" in result:
            old, _ = value
            assert model.step(state, "read", None, freeze(old)) is INCONSISTENT
            continue
        told = freeze(ask.answered(result["ok"]))
        assert model.misfit_result(f, freeze(value), told) is None
        state = model.step(state, f, freeze(value), told)
        assert state is not INCONSISTENT, (f, value, told)
    assert outcomes == ({"ok", "fail"} if kind == "register" else {"ok"})


@pytest.mark.parametrize("kind", KINDS)
def test_two_keys_are_two_objects(kind: str) -> None:
    """What the history calls another key is none of this one's business."""
    model, makes = KINDS[kind]
    rng, machine = Random(kind), bundled_machine()
    for _ in range(50):
        f = rng.choice(sorted(makes))
        result_of(machine, OFFERS[kind](f, 1, makes[f](rng)).operation)
    read = next(f for f in ("read", "dequeue", "txn") if f in makes)
    value = [["r", "x", None], ["r", "y", None]] if read == "txn" else None
    ask = OFFERS[kind](read, 2, value)
    told = freeze(ask.answered(done(machine, *ask.operation)))
    assert model.step(model.initial(), read, freeze(value), told) == model.initial()


@pytest.mark.parametrize("kind", KINDS)
def test_a_client_does_not_guess_at_operations_it_does_not_know(kind: str) -> None:
    with pytest.raises(ValueError, match="not 'increment'"):
        OFFERS[kind]("increment", "x", 1)
