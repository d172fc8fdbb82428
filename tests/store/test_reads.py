"""What an observer is told of reads is what becomes of them (`targets.store.reads`)."""

from __future__ import annotations

from copy import deepcopy
from random import Random

import pytest

from targets.store.reads import Reads

STEPS = 300


def answered(reads: Reads, now: float) -> bool:
    """Whether a read that comes now is answered, and nobody has been asked."""
    tried = deepcopy(reads)
    tried.add(1, term_committed=True)
    return bool(tried.on_lease(now) or tried.confirmed())


@pytest.mark.parametrize("lease", [0.0, 1.0])
@pytest.mark.parametrize("reuse", [False, True])
def test_a_read_is_answered_alone_exactly_if_the_observer_is_told_so(
    lease: float, reuse: bool
) -> None:
    """Rounds, late answers, other voters, a clock that is set back, an office handed over."""
    said: set[bool] = set()
    for seed in range(8):
        rng = Random(seed)
        reads = Reads("n1", ("n1", "n2", "n3"), 2, lease, 10.0, reuse)
        now = 10.0
        for _ in range(STEPS):
            now += rng.choice([0.0, 0.1, 0.4, -0.1, -3.0 if rng.random() < 0.02 else 0.1])
            match rng.randrange(12):
                case 0 | 1 | 2:
                    reads.begin_round(now, beat=True)
                case 3:
                    voters = ("n1", "n2", "n3", "n4", "n5")[: rng.randint(1, 5)]
                    reads.recount(voters, len(voters) // 2 + 1)
                case 4 if rng.random() < 0.05:
                    reads.end_lease()
                case 5:
                    reads.unheard_since()
                case _:
                    reads.acked(rng.choice(["n2", "n3", "n4", "n5"]), rng.randint(0, reads.round))
            told = reads.alone(now)
            assert told == answered(reads, now), f"seed {seed}"
            said.add(told)
    assert said == ({True, False} if lease or reuse else {False})
