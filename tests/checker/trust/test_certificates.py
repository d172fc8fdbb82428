"""What the checker says of every family, the verifier confirms: orders, and counterexamples.

The verifier shares only the models with the checker (`harness.verify`). It also finds that no
licensed part of a counterexample would do: so the licences of the two agree.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Sequence
from random import Random, SystemRandom
from typing import Any

import msgspec
import pytest

from harness.checker import check
from harness.history.op import Op
from harness.model import Model, thaw
from harness.verify.history import Calls, gather
from tests.checker.force import TooMuch
from tests.checker.trust.families import FAMILIES
from tests.checker.trust.judge import by_force, case
from tests.verify.claims import answer, claim, genuine

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


@pytest.mark.parametrize("name", FAMILIES)
def test_an_altered_certificate_is_confirmed_only_if_what_it_says_is_true(name: str) -> None:
    """Of either verdict, with a change somewhere; or the opposite, with evidence made up."""
    said: Counter[str] = Counter()
    for number in range(HISTORIES):
        sort, history = case(f"altered {SEED}", name, number)
        rng = Random(f"{SEED}/{number}")
        certificate = genuine(check(history, sort.model), history)
        try:
            true = by_force(history, sort)
        except TooMuch:
            continue
        for _ in range(10):
            forged = altered(certificate, rng)
            answered = answer(forged, history, sort.model).split(":")[0]
            note = f"history {number} of {name}, SPLITBRAIN_SEED={SEED}: {forged}"
            assert answered != "confirmed" or forged["valid"] == true, note
            said[answered] += 1
            opposite = made_up(history, sort.model, not true, rng)
            assert not answer(opposite, history, sort.model).startswith("confirmed"), (SEED, number)
    assert said["refuted"] > said["confirmed"] > 0, (SEED, said)


def altered(certificate: dict[str, Any], rng: Random) -> dict[str, Any]:
    """One op more, less or in the place of another; or another cut."""
    forged: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(certificate))
    if forged["valid"] is False and rng.random() < 0.2:
        forged["until"] = rng.choice([None, rng.randint(0, 2 * forged["history"]["ops"])])
        return forged
    lists = [forged["kept"]] if "kept" in forged else [of_key["order"] for of_key in forged["keys"]]
    ops = rng.choice([some for some in lists if some] or [[]])
    at, other = (rng.randrange(len(ops) + 1) for _ in range(2))
    change = rng.choice(["more", "less", "swap", "move"])
    if change == "more" or at == len(ops) or other == len(ops):
        ops.insert(at, rng.randint(-1, 2 * forged["history"]["ops"]))
    elif change == "less":
        del ops[at]
    elif change == "swap":
        ops[at], ops[other] = ops[other], ops[at]
    else:
        ops.insert(other, ops.pop(at))
    return forged


def made_up(history: Sequence[Op], model: Model, verdict: bool, rng: Random) -> dict[str, Any]:
    """Orders that are legal whatever real time says, or a part without asking what may go."""
    keys, _ = gather(history, model)
    if verdict:
        orders = [{"key": thaw(key), "order": legal(keys[key], model, rng)} for key in keys]
        return claim(history, model, valid=True, keys=orders)
    key, calls = rng.choice(list(keys.items()) or [(None, {})])
    first = msgspec.json.decode(msgspec.json.encode(thaw(model.initial()), enc_hook=repr))
    kept = [op for op in calls if rng.random() < rng.choice([0.3, 0.8, 1])]
    return claim(history, model, valid=False, key=thaw(key), entry_states=[first], kept=kept)


def legal(calls: Calls, model: Model, rng: Random) -> list[int]:
    """As many of the calls as take each other's turn, about as they began; some maybe twice."""
    reach = rng.choice([1, 4, 100])
    waiting = sorted(calls.values(), key=lambda call: call.start + rng.random() * reach)
    states, order = {model.initial()}, list[int]()
    while waiting:
        for call in waiting:
            steps = (model.steps(state, call.f, call.value, call.result) for state in states)
            if after := {state for step in steps for state in step}:
                states, order = after, [*order, call.row]
                if len(order) > 2 * len(calls) or rng.random() < 0.95:
                    waiting.remove(call)
                break
        else:
            return order
    return order
