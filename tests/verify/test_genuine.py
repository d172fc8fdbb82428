"""Every certificate of the checker is confirmed; whatever is confirmed is true."""

from __future__ import annotations

import os
from random import Random, SystemRandom
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from harness.checker import check
from harness.history.op import Op
from harness.model import Model
from harness.model.register import CasRegister, Register
from harness.verify.certificate import NotACertificate
from harness.verify.history import gather
from harness.verify.licence import observed
from harness.verify.verify import stuck
from tests.checker.histories import Shape, make
from tests.checker.oracle import linearizable
from tests.verify.claims import answer, claim, genuine
from tests.verify.objects import OBJECTS, happened

SEED = SystemRandom().randrange(10**9)
HISTORIES = int(os.environ.get("SPLITBRAIN_HISTORIES", "300"))


def some_history(rng: Random, *, most: int = 30) -> list[Op]:
    """Of one or two registers."""
    return make(
        Shape(
            operations=rng.randint(1, most),
            clients=rng.randint(1, 6),
            values=rng.choice((None, 2, 4)),
            crash=rng.choice((0.0, 0.2)),
            keys=rng.choice(((None,), ("x", "y"))),
        ),
        rng,
    )


def test_certificates_of_the_checker_are_confirmed() -> None:
    rng = Random(SEED)
    verdicts = {True: 0, False: 0}
    for number in range(HISTORIES):
        history = some_history(rng)
        verdict = check(history, CasRegister())
        assert isinstance(verdict.valid, bool)
        verdicts[verdict.valid] += 1
        said = answer(genuine(verdict, history), history, irreducible=verdict.valid is False)
        assert said.startswith("confirmed"), (SEED, number, said)
    assert min(verdicts.values()) > HISTORIES // 10, SEED


def test_of_unique_writes_too() -> None:
    rng = Random(SEED)
    for number in range(HISTORIES // 3):
        shape = Shape(rng.randint(5, 80), 5, None, ("read", "write"), crash=0.2)
        history = make(shape, rng)
        certificate = genuine(check(history, Register()), history)
        said = answer(certificate, history, Register())
        assert said.startswith("confirmed"), (SEED, number, said)


def mutate(certificate: dict[str, Any], draw: Any, history: list[Op]) -> None:
    """Change something somewhere."""
    index = st.integers(-1, len(history) + 1)
    lists = [claim["order"] for claim in certificate.get("keys", [])]
    lists += [certificate[name] for name in ("kept",) if name in certificate]
    kind = draw(st.sampled_from(["list"] * 8 + ["key", "until", "flip", "states", "ops"]))
    if kind == "list" and lists:
        some = draw(st.sampled_from(lists))
        at = draw(st.integers(0, len(some)))
        change = draw(st.sampled_from(("insert", "delete", "swap", "replace", "cut")))
        if change == "insert":
            some.insert(at, draw(index))
        elif change == "cut":
            del some[at:]
        elif at < len(some):
            if change == "delete":
                del some[at]
            elif change == "replace":
                some[at] = draw(index)
            else:
                to = draw(st.integers(0, len(some) - 1))
                some[at], some[to] = some[to], some[at]
    elif kind == "key":
        key = draw(st.sampled_from((None, "x", "y", 0)))
        if certificate.get("keys"):
            draw(st.sampled_from(certificate["keys"]))["key"] = key
        elif certificate["valid"] is False:
            certificate["key"] = key
    elif kind == "until" and certificate["valid"] is False:
        certificate["until"] = draw(index)
    elif kind == "states" and certificate["valid"] is False:
        certificate["entry_states"] = draw(st.sampled_from(([], [0], [None, 0])))
    elif kind == "flip":
        flip(certificate, draw, history)
    elif kind == "ops":
        certificate["history"]["ops"] += 1


def flip(certificate: dict[str, Any], draw: Any, history: list[Op]) -> None:
    """Claim the opposite, with evidence of one's own."""
    invoked = [op.index for op in history if op.type == "invoke"]
    order = draw(st.permutations(invoked))
    claimed = certificate["valid"] is not True
    for name in ("keys", "key", "until", "entry_states", "kept", "irreducible", "reason"):
        certificate.pop(name, None)
    key = draw(st.sampled_from((None, "x", "y")))
    if claimed:
        certificate.update(valid=True, keys=[{"key": key, "order": order}])
    else:
        kept = order[: draw(st.integers(0, len(order)))]
        certificate.update(valid=False, key=key, entry_states=[None], kept=kept)


@settings(max_examples=HISTORIES, deadline=None)
@given(st.integers(0, 2**32), st.data())
def test_a_changed_certificate_is_confirmed_only_if_what_it_says_is_true(
    seed: int, data: st.DataObject
) -> None:
    history = some_history(Random(seed), most=8)
    certificate = genuine(check(history, CasRegister()), history)
    for _ in range(data.draw(st.integers(1, 3))):
        mutate(certificate, data.draw, history)
    try:
        said = answer(certificate, history)
    except NotACertificate:
        return
    if said.startswith("confirmed"):
        assert certificate["valid"] == linearizable(history), certificate


@settings(max_examples=HISTORIES, deadline=None)
@given(st.integers(0, 2**32), st.data())
def test_a_certificate_of_another_history_is_confirmed_only_if_it_is_true_of_it(
    seed: int, data: st.DataObject
) -> None:
    history = some_history(Random(seed), most=8)
    certificate = genuine(check(history, CasRegister()), history)
    changed = list(history)
    at = data.draw(st.integers(0, len(history) - 1))
    op = history[at]
    value: Any = data.draw(st.sampled_from((None, 0, 1, 2, 3, 100)))
    if op.f == "cas":
        value = [value, data.draw(st.sampled_from((0, 1, 2, 3)))]
    mine = [place for place, other in enumerate(history) if other.process == op.process]
    own = mine.index(at) // 2 * 2
    for place in (at,) if op.f == "read" else mine[own : own + 2]:  # an ok repeats what was asked
        changed[place] = replace(history[place], value=value)
    if answer(certificate, changed).startswith("confirmed"):
        assert certificate["valid"] == linearizable(changed), certificate


def test_whatever_part_is_chosen_nothing_linearizable_is_confirmed_invalid() -> None:
    """The licences' whole point, for registers."""
    rng = Random(SEED)
    licensed = 0
    for number in range(HISTORIES):
        shape = Shape(rng.randint(1, 14), rng.randint(1, 6), 3, crash=0.2, corrupt=0.0)
        licensed += random_part_is_linearizable(make(shape, rng), CasRegister(), rng, number)
    assert licensed > HISTORIES // 4


@pytest.mark.parametrize("kind", OBJECTS)
def test_nor_for_the_other_kinds(kind: Any) -> None:
    rng = Random(SEED)
    model: Model = kind()
    licensed = 0
    for number in range(HISTORIES):
        history = happened(model, rng, operations=rng.randint(1, 12), values=rng.choice((0, 2, 4)))
        licensed += random_part_is_linearizable(history, model, rng, number)
    assert licensed > HISTORIES // 4


def random_part_is_linearizable(history: list[Op], model: Model, rng: Random, number: int) -> bool:
    """Leave something out, with all that must go along; whether anything stays and some went.

    The history may be cut, too.
    """
    until = rng.choice((None, None, rng.randint(0, len(history))))
    (calls,) = gather(history, model, until=until)[0].values()
    whole = set(calls.values())
    part = {call for call in calls.values() if rng.random() < 0.8}
    while lost := {reader for _, reader in observed(whole - part, part, model)}:
        part -= lost
    assert stuck(part, model, float("inf")) is None, (SEED, number)
    claimed = claim(
        history,
        model,
        valid=False,
        key=None,
        until=until,
        kept=[call.row for call in part],
        entry_states=[None if model.kind == "register" else []],
    )
    assert "kept have an order" in answer(claimed, history, model)
    return 0 < len(part) < len(whole)
