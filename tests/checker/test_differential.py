"""The checker against brute force, on random histories of every kind it meets.

`SPLITBRAIN_HISTORIES` says how many for each family and size, `SPLITBRAIN_SEED` repeats a run: the
seed is new each time and stands in the message of a failure.
"""

from __future__ import annotations

import os
from collections import Counter
from dataclasses import dataclass, field
from random import Random, SystemRandom
from typing import Any

import pytest

from harness.checker import check
from harness.history.op import Op
from harness.model import Model
from harness.model.kv import KeyValue
from harness.model.register import CasRegister, Register
from tests.checker.evidence import (
    counterexample_is_implied,
    counterexample_is_irreducible,
    order_is_a_linearization,
)
from tests.checker.histories import Shape, make
from tests.checker.oracle import by_permutation, events, linearizable

HISTORIES = int(os.environ.get("SPLITBRAIN_HISTORIES", "400"))
SEED = int(os.environ.get("SPLITBRAIN_SEED", SystemRandom().randrange(10**9)))
PERMUTABLE = 6


class AnyRegister(CasRegister):
    """A register that the checker is not told is one."""

    name = "any-register"
    kind = None


@dataclass(frozen=True)
class Family:
    """Histories for one model, and the algorithms that should come to decide them."""

    model: Model
    algorithms: frozenset[str]
    shape: dict[str, Any] = field(default_factory=dict)


FAMILIES = {
    "unique writes": Family(
        Register(), frozenset({"unique-writes"}), {"values": None, "fs": ("read", "write")}
    ),
    "register": Family(
        Register(),
        frozenset({"unique-writes", "register-search"}),
        {"values": 3, "fs": ("read", "write")},
    ),
    "cas-register": Family(
        CasRegister(), frozenset({"unique-writes", "register-search"}), {"values": 3}
    ),
    "cas chains": Family(
        CasRegister(),
        frozenset({"unique-writes", "register-search"}),
        {"values": 5, "fs": ("read", "cas", "cas", "write")},
    ),
    "kv": Family(
        KeyValue(),
        frozenset({"unique-writes", "register-search"}),
        {"values": 3, "keys": ("x", "y", 3)},
    ),
    "any model": Family(AnyRegister(), frozenset({"search"}), {"values": 3}),
}


def history_of(family: Family, size: str, rng: Random) -> list[Op]:
    """One random history; large ones crash less, which is for the oracle's sake."""
    small = size == "1-12"
    return make(
        Shape(
            operations=rng.randint(1, 12) if small else rng.randint(15, 40),
            clients=rng.randint(2, 8 if small else 5),
            crash=rng.choice((0, 0.1, 0.4) if small else (0, 0.03, 0.08)),
            fail=rng.choice((0, 0.2)),
            corrupt=0.95 if small else 0.7,
            **family.shape,
        ),
        rng,
    )


def judged_right(history: list[Op], family: Family) -> bool:
    """Check verdict and evidence; return the verdict."""
    expected = linearizable(history)
    if all(len(of_key) <= PERMUTABLE for of_key in events(history).values()):
        assert expected == all(by_permutation(of_key) for of_key in events(history).values())
    verdict = check(history, family.model)
    assert verdict.valid is expected
    if expected:
        assert order_is_a_linearization(verdict, history)
    else:
        assert verdict.irreducible
        assert counterexample_is_implied(verdict, history)
        assert counterexample_is_irreducible(verdict, history, only_reads=family.model.kind is None)
    return expected


@pytest.mark.parametrize("size", ["1-12", "15-40"])
@pytest.mark.parametrize("name", FAMILIES)
def test_agrees_with_brute_force(name: str, size: str) -> None:
    family = FAMILIES[name]
    verdicts: Counter[bool] = Counter()
    for number in range(HISTORIES):
        seed = f"{SEED}/{name}/{size}/{number}"
        history = history_of(family, size, Random(seed))
        try:
            verdicts[judged_right(history, family)] += 1
        except Exception as error:
            error.add_note(f"the history of seed {seed}: run again with SPLITBRAIN_SEED={SEED}")
            raise
    if HISTORIES >= 1000:  # enough for chance to play no part
        assert min(verdicts[True], verdicts[False]) >= HISTORIES / 5, (SEED, verdicts)


@pytest.mark.parametrize("name", FAMILIES)
def test_histories_hold_what_they_should(name: str) -> None:
    """Every family has crashed and failed operations, and meets each of its algorithms."""
    family = FAMILIES[name]
    outcomes: Counter[str] = Counter()
    algorithms: set[str] = set()
    for number in range(100):
        history = history_of(family, "1-12", Random(f"{SEED}/{name}/{number}"))
        outcomes.update(op.type for op in history)
        algorithms.update(check(history, family.model).algorithm.split(" + "))
    assert set(outcomes) == {"invoke", "ok", "fail", "info"}, SEED
    assert algorithms == family.algorithms, SEED
