"""Sets with reads so long that their windows span whole lives, by the fast path alone.

Random histories of clients hardly ever need to know on which side of a life such a read is. Here an
order is drawn first, and every call then gets an interval of any length around its place in it.
"""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

from msgspec.structs import replace

from harness.checker.budget import Budget
from harness.checker.calls import split
from harness.checker.confirm import has_linearization, is_linearization
from harness.checker.fast import FAST_PATHS
from harness.history.op import Op
from harness.model.set import ElementSet

HISTORIES = 1_000


def spanning(rng: Random) -> list[Op]:
    """A history of a few elements that come and go while others read; half are spoilt."""
    places: list[tuple[float, str, Any]] = []
    for element in range(rng.randint(2, 4)):
        added = rng.random()
        places.append((added, "add", element))
        if rng.random() < 0.9:
            places.append((rng.uniform(added, 1.1), "remove", element))
    places += [(rng.uniform(0, 1.1), "read", None) for _ in range(rng.randint(2, 6))]
    there: set[Any] = set()
    ends: list[tuple[float, str, int, str, Any]] = []
    spread = rng.choice([0.05, 0.15, 0.4])
    for process, (place, f, value) in enumerate(sorted(places)):
        if f == "add":
            there.add(value)
        elif f == "remove":
            there.discard(value)
        told = sorted(there) if f == "read" else value
        wide = spread * rng.choice([0.1, 1, 3])
        ends.append((place - rng.random() * wide, "invoke", process, f, value))
        ends.append((place + rng.random() * wide, "ok", process, f, told))
    history = [
        Op(at, at, kind, process, f, value)  # type: ignore[arg-type]
        for at, (_, kind, process, f, value) in enumerate(sorted(ends, key=lambda end: end[0]))
    ]
    if rng.random() < 0.5:
        at = rng.choice([at for at, op in enumerate(history) if op.f == "read" and op.type == "ok"])
        flipped = {*history[at].value} ^ {0}
        history[at] = replace(history[at], value=sorted(flipped))
    return history


def test_sides_are_told_rightly() -> None:
    told: Counter[object] = Counter()
    model = ElementSet()
    for number in range(HISTORIES):
        history = spanning(Random(number))
        (key,) = split(history, model)
        found = FAST_PATHS["set"].decide(key.calls, model)
        if found is None:
            told["left to the search"] += 1
            continue
        expected = has_linearization(key.calls, model, Budget(None, None))
        assert (found.order is not None) == expected, number
        if found.order is not None:
            assert is_linearization(found.order, key.calls, model), number
        told[expected] += 1
    assert min(told[True], told[False]) > HISTORIES // 10, told
    assert told["left to the search"] < HISTORIES // 20, told
