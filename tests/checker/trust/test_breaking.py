"""Where a history breaks, and what was possible there, by brute force on every prefix."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial
from random import SystemRandom
from typing import Any

import pytest

from harness.checker import Verdict, check
from harness.history.op import Op
from tests.checker.force import Event, TooMuch, events_of
from tests.checker.objects import Object
from tests.checker.prefixes import proved_at
from tests.checker.trust.families import FAMILIES
from tests.checker.trust.judge import case, fits

HISTORIES = max(20, int(os.environ.get("SPLITBRAIN_HISTORIES", "5000")) // 50)
SEED = int(os.environ.get("SPLITBRAIN_SEED", SystemRandom().randrange(10**9)))

SHOWN: dict[str, Callable[[Any], str]] = {
    **dict.fromkeys(("register, unique values", "register, repeated values"), str),
    **dict.fromkeys(("cas-register", "kv"), str),
    "counter": repr,
    **dict.fromkeys(("set", "grow-only-set"), lambda state: repr(sorted(state, key=repr))),
    "list-append": lambda state: repr(list(state)),
}
"""Families whose states are compared, and how those of the plain object are shown."""


@pytest.mark.parametrize("name", FAMILIES)
def test_it_breaks_at_the_first_completion_that_no_order_explains(name: str) -> None:
    told = known = 0
    for number in range(HISTORIES):
        sort, history = case(f"breaking {SEED}", name, number)
        verdict = check(history, sort.model)
        if verdict.valid is not False or verdict.breaks_at is None:
            continue
        note = f"history {number} of {name}, SPLITBRAIN_SEED={SEED}"
        ops = without_failures([op for op in history if op.key == verdict.key])
        try:
            at = proved_at(ops, partial(fits, sort.kind))
        except TooMuch:
            continue
        assert at is not None, note
        assert verdict.breaks_at == ops[at], note
        told += 1
        if name in SHOWN and verdict.states:
            possible = map(SHOWN[name], states_before(sort.kind, verdict, ops))
            assert sorted(map(repr, verdict.states)) == sorted(possible), note
            known += 1
    assert told >= HISTORIES / 10, SEED
    assert name not in SHOWN or known > 0.9 * told, (known, told, SEED)


def without_failures(ops: Sequence[Op]) -> list[Op]:
    """The ops of a key without those of operations that failed."""
    dropped: set[int] = set()
    running: dict[Any, int] = {}
    for op in ops:
        if op.type == "invoke":
            running[op.process] = op.index
        elif op.type == "fail":
            dropped |= {running[op.process], op.index}
    return [op for op in ops if op.index not in dropped]


def states_before(kind: Object, verdict: Verdict, ops: Sequence[Op]) -> set[Any]:
    """The states that the counterexample leaves open right before it breaks."""
    assert verdict.breaks_at is not None
    limit = verdict.breaks_at.index
    shown = {operation.invocation.index for operation in verdict.counterexample}
    there = [
        event
        for event in events_of(ops)
        if event.began in shown and event.began < limit and event.ended != limit
    ]
    there = [replace(e, ended=None) if e.ended and e.ended > limit else e for e in there]
    needed = {at for at, event in enumerate(there) if event.ended is not None}
    met = {(frozenset[int](), kind.first)}
    todo = list(met)
    while todo:
        placed, state = todo.pop()
        for at, event in enumerate(there):
            if at in placed or not _all_before(event, there) <= placed:
                continue
            following = (
                kind.crashed(state, event.who, event.f, event.asked)
                if event.ended is None
                else kind.allowed(state, event.who, event.f, event.asked, event.answer)
            )
            for after in following:
                if (step := (placed | {at}, after)) not in met:
                    met.add(step)
                    todo.append(step)
    return {state for placed, state in met if needed <= placed}


def _all_before(event: Event, there: Sequence[Event]) -> set[int]:
    return {
        at
        for at, other in enumerate(there)
        if other.ended is not None and other.ended < event.began
    }
