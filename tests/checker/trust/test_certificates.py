"""What the checker says of every family, the verifier confirms: orders, and counterexamples.

The verifier shares only the models with the checker (`harness.verify`). It also finds that no
licensed part of a counterexample would do: so the licences of the two agree.
"""

from __future__ import annotations

import os
from collections import Counter
from random import SystemRandom

import pytest

from harness.checker import check
from tests.checker.trust.families import FAMILIES
from tests.checker.trust.judge import case
from tests.verify.claims import answer, genuine

HISTORIES = int(os.environ.get("SPLITBRAIN_HISTORIES", "5000")) // 50
SEED = int(os.environ.get("SPLITBRAIN_SEED", SystemRandom().randrange(10**9)))


@pytest.mark.parametrize("name", FAMILIES)
def test_the_verifier_confirms_what_the_checker_says(name: str) -> None:
    said: Counter[str] = Counter()
    for number in range(HISTORIES):
        sort, history = case(f"certificates {SEED}", name, number)
        verdict = check(history, sort.model)
        asked = verdict.valid is False and verdict.irreducible
        answered = answer(genuine(verdict, history), history, sort.model, irreducible=asked)
        note = f"history {number} of {name}, SPLITBRAIN_SEED={SEED}: {answered}"
        assert answered.startswith(("confirmed", "unconfirmed")), note
        said[answered.split(":")[0]] += 1
    assert said["unconfirmed"] <= 0.02 * HISTORIES, (SEED, said)
