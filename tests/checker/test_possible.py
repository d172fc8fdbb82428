"""The states that were possible where a counterexample breaks, where that could be many."""

from __future__ import annotations

import os
from collections.abc import Sequence
from random import Random, SystemRandom
from typing import Any

import pytest

from harness.checker import check
from harness.checker.breaking import before, first_break
from harness.checker.budget import Budget
from harness.checker.calls import split
from harness.checker.decide import Answer, Decision
from harness.checker.possible import states_at_break
from harness.model import Call, Model
from harness.model.grow_only_set import GrowOnlySet
from harness.model.list_append import ListAppend
from harness.model.set import ElementSet
from tests.checker.families import FAMILIES, history_of
from tests.checker.story import story

SEED = int(os.environ.get("SPLITBRAIN_SEED", SystemRandom().randrange(10**9)))
FEW = [
    name
    for name, family in FAMILIES.items()
    if family.model.kind in ("set", "grow-only-set", "list-append", "counter")
]
TWELVE = list(range(12))


def at_once(put: str) -> list[str]:
    """Twelve elements, put there at the same time."""
    return [*(f"{at}: {put} {at} begin" for at in TWELVE), *(f"{at}: end ok" for at in TWELVE)]


@pytest.mark.parametrize("model", [GrowOnlySet(), ElementSet()])
def test_what_changes_no_answer_is_placed_when_it_completes(model: Model) -> None:
    """There are 4,096 sets on the way; at the end there is one."""
    verdict = check(story(*at_once("add"), "90: read -> [0,1,2,3,4,5,6,7,8,9,10]"), model)
    assert verdict.valid is False
    assert verdict.states == (sorted(TWELVE, key=repr),)


@pytest.mark.parametrize("family", FEW)
def test_what_is_left_out_on_the_way_changes_nothing(family: str) -> None:
    """Without the break nothing is left out."""
    rng, model = Random(f"{SEED}/{family}"), FAMILIES[family].model
    told = 0

    def decide(some: Sequence[Call]) -> Answer:
        return Decision(some, model).run(Budget())

    for number in range(2 * int(os.environ.get("SPLITBRAIN_HISTORIES", "300"))):
        (key_history,) = split(history_of(FAMILIES[family], "1-12", rng), model)
        calls = key_history.calls
        if decide(calls).linearizable is False:
            last = max(call.end for call in calls if not call.crashed)
            end, _ = first_break(calls, last, None, model, decide)
            known = before(calls, end + 1, model)[1]
            states = states_at_break(known, None, model, Budget())
            if states:
                told += 1
                found = states_at_break(known, end, model, Budget())
                assert set(found) == set(states), (SEED, number)
    assert told > 50, SEED


def test_a_read_that_is_to_come_leaves_few_ways() -> None:
    """Half a milliard orders on the way, of which the first read leaves one."""
    shown = str(TWELVE).replace(" ", "")
    reads = [f"90: read -> {shown}", "90: read -> [1,0]"]
    (key_history,) = split(story(*at_once("append"), *reads), ListAppend())
    calls = key_history.calls
    states = states_at_break(calls, calls[-1].end, ListAppend(), Budget())
    assert states == [tuple(TWELVE)]


def test_what_is_certainly_too_much_is_not_tried(monkeypatch: pytest.MonkeyPatch) -> None:
    (key_history,) = split(story(*at_once("append"), "90: read -> [1,0]"), ListAppend())
    calls = key_history.calls
    steps = 0

    def step(self: ListAppend, *asked: Any) -> Any:
        nonlocal steps
        steps += 1
        return real(self, *asked)

    real = ListAppend.step
    monkeypatch.setattr(ListAppend, "step", step)
    assert states_at_break(calls, calls[-1].end, ListAppend(), Budget()) == []
    assert steps < 100
