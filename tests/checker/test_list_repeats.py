"""Lists of repeated values: what is named as in each other's way is, and mostly is little."""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random, SystemRandom

from harness.checker.calls import split
from harness.checker.fast.list_repeats import decide
from harness.model import Call
from harness.model.list_append import ListAppend
from tests.checker.families import FAMILIES, history_of

SEED = int(os.environ.get("SPLITBRAIN_SEED", SystemRandom().randrange(10**9)))


def refused() -> Iterator[tuple[list[Call], list[Call], str]]:
    """Calls without an order, those named of them, and a note for a failure."""
    for number in range(600):
        rng = Random(f"{SEED}/list/{number}")
        ops = history_of(FAMILIES["list-append, repeated values"], "15-40", rng)
        calls = [call for part in split(ops, ListAppend()) for call in part.calls]
        found = decide(calls)
        if found.order is None:
            named = [calls[at] for at in sorted(found.conflict)]
            yield calls, named, f"SPLITBRAIN_SEED={SEED}, history {number}"


def test_what_is_named_has_no_order_either() -> None:
    smaller = count = 0
    for calls, named, note in refused():
        assert decide(named).order is None, note
        count += 1
        smaller += len(named) < len(calls)
    assert count > 100
    assert smaller > 0.99 * count
