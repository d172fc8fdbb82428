"""Histories of every family of models, each with the plain object that says what is right.

A family has several **sorts** of histories: values that never repeat, that do, few of them, many.
Small histories are wild, long ones have fewer clients and crashes, for brute force's sake.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

import msgspec

from harness.history.op import Op
from harness.model import INCONSISTENT, UNKNOWN, Model
from harness.model.fifo_queue import FifoQueue
from harness.model.kv import KeyValue
from harness.model.priority_queue import PriorityQueue
from harness.model.register import CasRegister, Register
from harness.model.stack import Stack
from harness.model.unordered_queue import UnorderedQueue
from tests.checker import families, histories
from tests.checker.collections_by_force import KINDS, verbs
from tests.checker.objects import Object, made, moved
from tests.checker.small_models import Lottery, Total
from tests.checker.trust.specifications import Bag, Cell, Chain, Collection, Till, Wheel

SMALL, LARGE = "1-12", "15-40"
"""How many operations a history has."""

Make = Callable[[str, Random], list[Op]]


@dataclass(frozen=True)
class Sort:
    """One sort of histories.

    Args:
        model: what they are checked against.
        kind: what they are judged by.
        make: one of them, of a size.
    """

    model: Model
    kind: Object
    make: Make


class AnyRegister(CasRegister):
    """A register that the checker is not told is one: a user's model."""

    name: ClassVar[str] = "any-register"
    kind: ClassVar[str | None] = None


class Fortune(Model):
    """A wheel: `spin` leaves it at one of three places, `read` says where it is."""

    name: ClassVar[str] = "fortune"
    fs = frozenset({"spin", "read"})
    reads = frozenset({"read"})
    one_way: ClassVar[bool] = False

    def initial(self) -> Hashable:
        return 0

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        return next(iter(self.steps(state, f, value, result)), INCONSISTENT)

    def steps(
        self, state: Hashable, f: str, value: Hashable, result: Hashable
    ) -> Iterable[Hashable]:
        if f == "spin":
            return (0, 1, 2)
        return (state,) if result in (UNKNOWN, state) else ()


ODD: dict[Any, Any] = {0: True, 1: 1, 2: None, 100: None, 101: True, 102: 1, 103: [1], 104: "1"}
"""Values that Python takes for equal though JSON does not, and the first value of a register."""


def register(model: Model, *, odd: bool = False, **shape: Any) -> Sort:
    """Histories of a register, or of some; with odd values sometimes."""

    def make(size: str, rng: Random) -> list[Op]:
        small = size == SMALL
        ops = histories.make(
            histories.Shape(
                operations=rng.randint(1, 12) if small else rng.randint(15, 40),
                clients=rng.randint(2, 8 if small else 5),
                crash=rng.choice((0, 0.1, 0.4) if small else (0, 0.03, 0.08)),
                fail=rng.choice((0, 0.2)),
                corrupt=0.95 if small else 0.7,
                **shape,
            ),
            rng,
        )
        return _renamed(ops) if odd else ops

    return Sort(model, Cell(), make)


def _renamed(ops: Sequence[Op]) -> list[Op]:
    def name(value: Any) -> Any:
        return [name(part) for part in value] if isinstance(value, list) else ODD.get(value, value)

    return [msgspec.structs.replace(op, value=name(op.value)) for op in ops]


def known(*names: str) -> tuple[Sort, ...]:
    """Sorts that `tests.checker.families` has."""
    return tuple(_known(families.FAMILIES[name]) for name in names)


def _known(family: families.Family) -> Sort:
    def make(size: str, rng: Random) -> list[Op]:
        ops = families.history_of(family, size, rng)
        if family.model.by_process and rng.random() < 0.3:
            ops = _going_on(ops, rng)
        return ops

    return Sort(family.model, family.kind, make)


def _going_on(ops: Sequence[Op], rng: Random) -> list[Op]:
    """Processes that crashed do go on, as those that took their place in a history."""
    crashed: list[Any] = []
    seen: dict[Any, Any] = {}
    for op in ops:
        if op.process not in seen:
            again = crashed and rng.random() < 0.7
            seen[op.process] = seen[crashed.pop()] if again else op.process
        if op.type == "info":
            crashed.append(op.process)
    return [msgspec.structs.replace(op, process=seen[op.process]) for op in ops]


def of_object(model: Model, kind: Object, *telling: str) -> Sort:
    """Histories of an object; these of its operations tell something."""

    def make(size: str, rng: Random) -> list[Op]:
        small = size == SMALL
        return _misanswered(_made(kind, small, rng), telling, kind, small, rng)

    return Sort(model, kind, make)


def _made(kind: Object, small: bool, rng: Random) -> list[Op]:
    return made(
        kind,
        rng,
        operations=rng.randint(1, 12) if small else rng.randint(15, 40),
        clients=rng.randint(2, 6 if small else 4),
        crash=rng.choice((0, 0.1, 0.3) if small else (0, 0.03, 0.08)),
        fail=rng.choice((0, 0.1)),
    )


def collection(model: Model, name: str, values: int | None) -> Sort:
    """Histories of a queue or a stack; a few are those of another kind."""
    put, take = verbs(name)
    kind = Collection(name, values)

    def make(size: str, rng: Random) -> list[Op]:
        small = size == SMALL
        puts = rng.choice((0.4, 0.5, 0.6))
        if rng.random() < 0.1:
            other = Collection(rng.choice(KINDS), values, puts)
            names = dict(zip(verbs(other.kind), (put, take), strict=True))
            ops = _made(other, small, rng)
            return [msgspec.structs.replace(op, f=names[op.f]) for op in ops]
        ops = _made(Collection(name, values, puts), small, rng)
        for _ in range(2 if name == "unordered-queue" else 1):  # which forgives most mistakes
            ops = _misanswered(ops, [take], kind, small, rng)
        return ops

    return Sort(model, kind, make)


def _misanswered(
    ops: list[Op], telling: Sequence[str], kind: Object, small: bool, rng: Random
) -> list[Op]:
    """Some answers exchanged or replaced, ends moved, failures turned into successes."""
    if rng.random() > (0.85 if small else 0.7):
        return ops
    if rng.random() < 0.4:
        ops = moved(ops, rng)
    changed = list(ops)
    for _ in range(rng.choice((0, 1, 2, 2, 3) if small else (0, 1, 1, 2))):
        answered = [at for at, op in enumerate(changed) if op.type == "ok" and op.f in telling]
        failed = [at for at, op in enumerate(changed) if op.type == "fail" and op.value is not None]
        if failed and rng.random() < 0.2:
            at = rng.choice(failed)
            changed[at] = msgspec.structs.replace(changed[at], type="ok")
        elif len(answered) > 1 and rng.random() < 0.6:
            one, two = rng.sample(answered, 2)
            if changed[one].f == changed[two].f:
                first, second = changed[one].value, changed[two].value
                changed[one] = msgspec.structs.replace(changed[one], value=second)
                changed[two] = msgspec.structs.replace(changed[two], value=first)
        elif answered:
            at = rng.choice(answered)
            put_in = [op.value for op in changed if op.type == "invoke" and op.value is not None]
            answer = rng.choice((None, *put_in))
            if isinstance(kind, Wheel):
                answer = rng.randrange(3)
            if answer is not None or not isinstance(kind, Till):
                changed[at] = msgspec.structs.replace(changed[at], value=answer)
    return changed


FAMILIES: dict[str, tuple[Sort, ...]] = {
    "register, unique values": (
        register(Register(), values=None, fs=("read", "write")),
        register(Register(), values=None, fs=("read", "write"), odd=True),
    ),
    "register, repeated values": (
        register(Register(), values=3, fs=("read", "write")),
        register(Register(), values=2, fs=("read", "read", "write")),
        register(Register(), values=3, fs=("read", "read", "write"), odd=True),
    ),
    "cas-register": (
        register(CasRegister(), values=3),
        register(CasRegister(), values=5, fs=("read", "cas", "cas", "write")),
        register(CasRegister(), values=2, fs=("read", "cas", "write", "write")),
        register(CasRegister(), values=3, odd=True),
        register(CasRegister(), values=None, fs=("read", "write", "cas")),
        of_object(CasRegister(), Chain(), "read"),
    ),
    "kv": (register(KeyValue(), values=3, keys=("x", "y", 3)),),
    "multi-register": known("multi-register"),
    "counter": known(
        "counter",
        "counter with negative amounts",
        "counter of ones",
        "counter of minus threes",
    ),
    "set": known(
        "set",
        "set, one life each",
        "set, one short life each",
        "set of few elements",
        "set, elements added once",
    ),
    "grow-only-set": known("grow-only set", "grow-only set, repeated adds"),
    "log": known("log", "log, repeated values"),
    "list-append": known("list-append", "list-append, repeated values"),
    "mutex": known("mutex"),
    "reentrant-mutex": known("reentrant mutex"),
    "semaphore": known("semaphore"),
    "fenced-lock": known("fenced lock"),
    "unique-ids": known("unique ids"),
    "bank": known("bank", "bank, balances unknown", "bank, balances unknown, overdraft"),
    "fifo-queue": (
        collection(FifoQueue(), "fifo-queue", None),
        collection(FifoQueue(), "fifo-queue", 3),
    ),
    "unordered-queue": (
        collection(UnorderedQueue(), "unordered-queue", None),
        collection(UnorderedQueue(), "unordered-queue", 3),
    ),
    "priority-queue": (
        collection(PriorityQueue(), "priority-queue", None),
        collection(PriorityQueue(), "priority-queue", 3),
    ),
    "stack": (collection(Stack(), "stack", None), collection(Stack(), "stack", 3)),
    "a user's model": (
        of_object(Lottery(), Bag(), "draw"),
        of_object(Total(), Till(), "read", "take"),
        of_object(Fortune(), Wheel(), "read"),
        register(AnyRegister(), values=3),
    ),
}
