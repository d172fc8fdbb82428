"""The checker against brute force, on random histories of every family of models.

`SPLITBRAIN_HISTORIES` says how many for each family, `SPLITBRAIN_SEED` repeats a run: the seed is
new each time and stands in the message of a failure. `python -m benchmarks.million` runs a
million.
"""

from __future__ import annotations

import multiprocessing
import os
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from random import SystemRandom

import pytest

from harness.checker import check
from tests.checker.trust.families import FAMILIES
from tests.checker.trust.judge import case
from tests.checker.trust.tally import PORTION, Tally, judged_portion

HISTORIES = int(os.environ.get("SPLITBRAIN_HISTORIES", "5000"))
SEED = int(os.environ.get("SPLITBRAIN_SEED", SystemRandom().randrange(10**9)))

ALGORITHMS = {
    "register, unique values": {
        "unique-writes",
        "register-search",
        "sources",
    },  # some write the first value
    "register, repeated values": {"unique-writes", "register-search", "sources"},
    "cas-register": {"unique-writes", "register-search", "sources"},
    "kv": {"unique-writes", "register-search", "sources"},
    "multi-register": {"search", "sources"},
    "counter": {"counting", "search"},
    "set": {"element-zones", "search", "sources"},
    "grow-only-set": {"growing-reads"},
    "log": {"offsets"},
    "list-append": {"prefixes"},
    "mutex": {"permits"},
    "reentrant-mutex": {"holds", "search"},
    "semaphore": {"permits"},
    "fenced-lock": {"holds", "search"},
    "unique-ids": {"distinct"},
    "bank": {"totals", "search"},
    "fifo-queue": {"one-line", "search", "sources"},
    "unordered-queue": {"gaps", "search", "sources"},
    "priority-queue": {"gaps-by-rank", "search", "sources"},
    "stack": {"nesting", "search", "sources"},
    "a user's model": {"search"},
}
"""What comes to decide each family's histories."""

MOST = 2000


@pytest.fixture(scope="module")
def pool() -> Iterator[ProcessPoolExecutor]:
    """Every core takes its share."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(os.cpu_count(), context) as made:
        yield made


@pytest.mark.parametrize("name", FAMILIES)
def test_agrees_with_brute_force(name: str, pool: ProcessPoolExecutor) -> None:
    print(f"SPLITBRAIN_SEED={SEED}")
    tally = Tally()
    for portion in pool.map(
        partial(judged_portion, SEED, name, HISTORIES), range(0, HISTORIES, PORTION)
    ):
        tally.add(portion)
    assert not tally.wrong, f"{len(tally.wrong)} wrong, the first: {tally.wrong[0]}"
    assert tally.histories == HISTORIES
    assert tally.too_much <= 0.01 * HISTORIES, (SEED, tally)
    if HISTORIES >= 2000:  # enough for chance to play no part
        assert min(tally.verdicts[True], tally.verdicts[False]) >= HISTORIES / 5, (SEED, tally)


@pytest.mark.parametrize("name", FAMILIES)
def test_histories_hold_what_they_should(name: str) -> None:
    """Every family has crashed and failed operations, and meets each of its algorithms.

    The rarest algorithm decides one history of a hundred: as many are made as it takes, and only
    a seed in a billion needs more than `MOST`.
    """
    outcomes: Counter[str] = Counter()
    sizes: set[int] = set()
    algorithms: set[str] = set()
    for number in range(MOST):
        sort, history = case(SEED, name, number)
        outcomes.update(op.type for op in history)
        sizes.add(sum(op.type == "invoke" for op in history))
        algorithms.update(check(history, sort.model).algorithm.split(" + "))
        if number >= 200 and algorithms >= ALGORITHMS[name]:
            break
    assert set(outcomes) == {"invoke", "ok", "fail", "info"}, SEED
    assert {min(sizes) <= 3, 10 <= max(sizes) <= 40} == {True}, SEED
    assert algorithms == ALGORITHMS[name], SEED
