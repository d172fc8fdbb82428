"""Families of histories for the models of objects, and the calls that algorithms get."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from random import Random

from harness.history.op import Op
from harness.model import FOREVER, UNKNOWN, Call, Model, freeze
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
from harness.model.unique_ids import UniqueIds
from tests.checker.force import Event
from tests.checker.objects import (
    Appending,
    Counting,
    Elements,
    Ids,
    Locking,
    Money,
    Object,
    Offsets,
    Registers,
    corrupted,
    made,
)


@dataclass(frozen=True)
class Family:
    """Histories of one object under one model.

    Args:
        exact: whether the fast path must decide all of them.
        crash: how likely an operation of a long history crashes; brute force suffers from it.
        corrupt: how likely an answer of a long history is changed.
    """

    kind: Object
    model: Model
    exact: bool = False
    crash: float = 0.06
    corrupt: float = 0.7
    longest: int = 40


FAMILIES = {
    "counter": Family(Counting((1, 2, 5)), Counter()),
    "counter with negative amounts": Family(Counting((-2, -1, 1, 3)), Counter()),
    "counter of ones": Family(Counting((1, 1, 1, 0)), Counter(), exact=True),
    "counter of minus threes": Family(Counting((-3,)), Counter(), exact=True),
    "set": Family(Elements(removes=0.4), ElementSet()),
    "set, one life each": Family(Elements(lag=5), ElementSet()),
    "set, one short life each": Family(Elements(lag=1), ElementSet()),
    "set of few elements": Family(Elements(values=4, removes=0.45), ElementSet()),
    "set, elements added once": Family(Elements(removes=0.0), ElementSet()),
    "grow-only set": Family(Elements(), GrowOnlySet(), exact=True),
    "grow-only set, repeated adds": Family(Elements(values=8), GrowOnlySet(), exact=True),
    "list-append": Family(Appending(), ListAppend(), exact=True, crash=0.03),
    "list-append, repeated values": Family(
        Appending(values=4), ListAppend(), exact=True, crash=0.03
    ),
    "log": Family(Offsets(), Log(), exact=True, crash=0.03),
    "log, repeated values": Family(Offsets(values=3), Log(), exact=True, crash=0.03),
    "mutex": Family(Locking(), Mutex(), exact=True),
    "semaphore": Family(Locking(permits=2), Semaphore(2), exact=True),
    "reentrant mutex": Family(
        Locking(owner=True, reentrant=True), ReentrantMutex(), exact=True, crash=0.02
    ),
    "fenced lock": Family(Locking(owner=True, tokens=True), FencedLock(), exact=True, crash=0.02),
    "unique ids": Family(Ids(), UniqueIds(), exact=True),
    "bank": Family(Money(), Bank({"0": 5, "1": 5, "2": 5}, overdraft=False)),
    "bank, balances unknown": Family(Money(known=False), Bank(overdraft=False), longest=30),
    "bank, balances unknown, overdraft": Family(
        Money(known=False, overdraft=True), Bank(), longest=30
    ),
    "multi-register": Family(Registers(), MultiRegister()),
}


def history_of(family: Family, size: str, rng: Random) -> list[Op]:
    """One random history."""
    small = size == "1-12"
    ops = made(
        family.kind,
        rng,
        operations=rng.randint(1, 12) if small else rng.randint(15, family.longest),
        clients=rng.randint(2, 6 if small else 4),
        crash=rng.choice((0, 0.1, 0.4) if small else (0, family.crash / 2, family.crash)),
    )
    if small or rng.random() < family.corrupt:
        ops = corrupted(family.kind, ops, rng)
    if small and rng.random() < 0.5:
        ops = corrupted(family.kind, ops, rng)
    return ops


def calls_of(events: Sequence[Event], model: Model) -> list[Call]:
    """What the algorithms get of these operations."""
    return [
        Call(
            start=2 * event.began,
            end=FOREVER if event.ended is None else 2 * event.ended + 1,
            f=event.f,
            value=(event.who, freeze(event.asked)) if model.by_process else freeze(event.asked),
            result=UNKNOWN if event.ended is None else freeze(event.answer),
            process=event.who,
            row=at,
        )
        for at, event in enumerate(events)
        if event.ended is not None or event.f not in model.reads
    ]
