"""The weaker promises against brute force, on random histories that break some of them.

`SPLITBRAIN_HISTORIES` and `SPLITBRAIN_SEED` as in `tests/checker/trust/test_differential.py`.
"""

from __future__ import annotations

import os
from collections import Counter
from random import Random, SystemRandom
from typing import Any

from harness.checker import check
from harness.checker.promises import Promise, promises
from harness.history.op import Op
from harness.history.paired import paired
from harness.history.table import Table
from harness.model import Model
from harness.model.register import CasRegister
from tests.checker.histories import Shape
from tests.checker.oracle import linearizable
from tests.checker.promises import oracle
from tests.checker.promises.histories import scrambled

HISTORIES = int(os.environ.get("SPLITBRAIN_HISTORIES", "400"))
SEED = int(os.environ.get("SPLITBRAIN_SEED", SystemRandom().randrange(10**9)))
MOST_VERSIONS = 5


class AnyRegister(CasRegister):
    """A register that the checker is not told is one."""

    name = "any-register"
    kind = None


def history_of(rng: Random, *, small: bool) -> list[Op]:
    """One random history; half of them write every value once."""
    reads_and_writes = rng.choice((("read", "write"), ("read", "read", "write", "cas")))
    shape = Shape(
        operations=rng.randint(1, 9) if small else rng.randint(10, 20),
        clients=rng.randint(1, 4) if small else rng.randint(2, 4),
        values=rng.choice((None, None, 2, 3)),
        fs=reads_and_writes,
        crash=rng.choice((0, 0.1, 0.3) if small else (0, 0.05, 0.1)),
        fail=rng.choice((0, 0.1)),
        corrupt=0,
        keys=rng.choice(((None,), ("x", "y"))),
    )
    wrong = rng.choice((0, 0.3, 0.6, 1) if small else (0.05, 0.15, 0.3))
    return scrambled(shape, wrong, rng, equal_times=rng.random() < 0.3)


def judged(ops: list[Op], model: Model) -> dict[str, Promise]:
    return {p.name: p for p in promises(paired(Table.of(ops)), model, time_limit_s=60)}


def expected_of(events: list[oracle.Event]) -> dict[str, Any]:
    return {
        "sequential consistency": oracle.sequentially_consistent(events),
        "coherence": oracle.coherent(events),
        "bounded staleness": oracle.staleness(events) is not None,
    }


def check_staleness(promise: Promise, ops: list[Op], events: list[oracle.Event]) -> None:
    """Δ to the nanosecond, 0 exactly when linearizable, and the versions missed."""
    least = oracle.staleness(events)
    found = promise.details["staleness_s"]
    assert found == (None if least is None else least / 1e9)
    assert (found == 0.0) == linearizable(ops)
    if found != 0.0:
        assert promise.details["versions_at_least"] == oracle.most_behind(events)


def check_implications(found: dict[str, Promise], ops: list[Op]) -> None:
    """Linearizable, sequentially consistent, coherent, each guarantee: each implies the next."""
    if linearizable(ops):
        assert all(promise.valid is True for promise in found.values())
    if found["sequential consistency"].valid is True:
        assert found["coherence"].valid is True
    if found["coherence"].valid is True:
        for name in ("read your writes", "monotonic reads", "monotonic writes"):
            assert found[name].valid is True
        assert found["writes follow reads"].valid is True


def test_small_histories_agree_with_the_definitions() -> None:
    verdicts: Counter[tuple[str, Any]] = Counter()
    for number in range(HISTORIES):
        seed = f"{SEED}/small/{number}"
        ops = history_of(Random(seed), small=True)
        events = oracle.events(ops)
        if sum(event.wrote is not None for event in events) > MOST_VERSIONS:
            continue
        found = judged(ops, CasRegister())
        expected = {**expected_of(events), **oracle.guarantees(events)}
        verdicts.update((name, promise.valid) for name, promise in found.items())
        try:
            assert {name: promise.valid for name, promise in found.items()} == expected
            check_staleness(found["bounded staleness"], ops, events)
            check_implications(found, ops)
        except AssertionError as error:
            error.add_note(f"the history of seed {seed}: run again with SPLITBRAIN_SEED={SEED}")
            raise
    if HISTORIES >= 1000:
        for name in found:
            assert min(verdicts[name, True], verdicts[name, False]) >= HISTORIES / 50, verdicts


def test_larger_histories_agree_under_any_model() -> None:
    verdicts: Counter[tuple[str, Any]] = Counter()
    for number in range(HISTORIES // 8):
        seed = f"{SEED}/large/{number}"
        ops = history_of(Random(seed), small=False)
        events = oracle.events(ops)
        expected = expected_of(events)
        for model in (CasRegister(), AnyRegister()):
            found = judged(ops, model)
            try:
                for name in expected.keys() & found.keys():
                    verdicts[name, found[name].valid] += 1
                    assert found[name].valid is expected[name], (name, model.name)
                check_staleness_in_time(found["bounded staleness"], events)
                if model.kind is not None:
                    check_implications(found, ops)
            except AssertionError as error:
                error.add_note(f"the history of seed {seed}: run again with SPLITBRAIN_SEED={SEED}")
                raise
    if HISTORIES >= 1000:
        assert min(verdicts["sequential consistency", valid] for valid in (True, False)) > 20


def check_staleness_in_time(promise: Promise, events: list[oracle.Event]) -> None:
    least = oracle.staleness(events)
    assert promise.details["staleness_s"] == (None if least is None else least / 1e9)


def test_the_evidence_alone_breaks_sequential_consistency() -> None:
    """Where values are unique, what is shown proves it by itself."""
    shown = 0
    for number in range(HISTORIES // 4):
        rng = Random(f"{SEED}/evidence/{number}")
        shape = Shape(8, 3, None, ("read", "read", "write"), 0, 0, 0, ("x", "y"))
        ops = scrambled(shape, 0.5, rng)
        for promise in judged(ops, CasRegister()).values():
            shrunk = "all were tried" not in promise.reason and len(promise.counterexample) < 12
            if promise.valid is False and promise.name != "bounded staleness" and shrunk:
                part = [op for o in promise.counterexample for op in (o.invocation, o.completion)]
                events = oracle.events(sorted(filter(None, part), key=lambda op: op.index))
                assert not oracle.sequentially_consistent(events), (promise, SEED, number)
                shown += 1
    assert shown > HISTORIES / 20


def test_check_and_promises_agree_on_what_is_linearizable() -> None:
    for number in range(HISTORIES // 8):
        ops = history_of(Random(f"{SEED}/check/{number}"), small=True)
        stale = judged(ops, CasRegister())["bounded staleness"].details["staleness_s"]
        assert (stale == 0.0) is check(ops, CasRegister()).valid
