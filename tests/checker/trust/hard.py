"""Long histories of registers with many clients and crashes, for rules that short ones never need.

Brute force can't judge them. They are for telling a broken checker from one that is not: what the
search says of them is compared with what the unbroken one says, and its orders are replayed.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

from harness.checker.budget import Budget
from harness.checker.calls import split
from harness.checker.confirm import is_linearization
from harness.checker.register import RegisterSearch
from harness.model import Call, Model
from harness.model.register import CasRegister
from tests.checker.histories import Shape, make

TIME_LIMIT_S = 5.0
MODEL = CasRegister()

WRITES = ("read", "read", "write")
MIXED = ("read", "read", "write", "cas")
CHAINS = ("read", "cas", "cas", "write")
SWAPS = ("read", "write", "cas", "cas", "cas")

SHAPES: dict[str, Callable[[Random], Shape]] = {
    "mixed": lambda rng: _shape(rng, (20, 40), (6, 10), 3, MIXED, 0.15),
    "many crashes": lambda rng: _shape(rng, (20, 40), (5, 8), 4, (*MIXED, "cas"), 0.3),
    "chains": lambda rng: _shape(rng, (30, 60), (6, 10), 5, CHAINS, 0.1),
    "long": lambda rng: _shape(rng, (60, 120), (8, 12), 4, MIXED, 0.08),
    "writes": lambda rng: _shape(rng, (40, 90), (8, 14), 6, WRITES, 0.1),
    "swaps": lambda rng: _shape(rng, (40, 90), (6, 10), 3, SWAPS, 0.05),
}

Search = Callable[[Sequence[Call], Model], RegisterSearch]


def calls_of(shape: str, number: int) -> list[Call]:
    """The calls of one such history, always the same."""
    rng = Random(f"hard/{shape}/{number}")
    (key_history,) = split(make(SHAPES[shape](rng), rng), MODEL)
    return list(key_history.calls)


def verdict(search: Search, calls: Sequence[Call]) -> bool | str | None:
    """What a search says, None if it takes too long; or what is wrong with its order."""
    searched = search(calls, MODEL)
    found = searched.run(Budget(TIME_LIMIT_S))
    if found and not is_linearization(searched.order, calls, MODEL):
        return "not an order"
    return found


def _shape(
    rng: Random,
    operations: tuple[int, int],
    clients: tuple[int, int],
    values: int,
    fs: Sequence[str],
    crash: float,
) -> Shape:
    return Shape(
        operations=rng.randint(*operations),
        clients=rng.randint(*clients),
        values=values,
        fs=fs,
        crash=crash,
        fail=0,
        corrupt=0.65,
    )
