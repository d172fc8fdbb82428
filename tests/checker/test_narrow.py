"""A counterexample with most elements forgotten."""

from __future__ import annotations

import os
from random import Random, SystemRandom

import pytest

from harness.checker import check
from harness.checker.budget import Budget
from harness.checker.calls import split
from harness.checker.confirm import has_linearization
from harness.checker.decide import Answer, Decision
from harness.checker.narrow import about, narrowed
from harness.model import Call, Model
from harness.model.grow_only_set import GrowOnlySet
from harness.model.list_append import ListAppend
from harness.model.register import CasRegister
from harness.model.set import ElementSet
from tests.checker.families import FAMILIES, history_of
from tests.checker.force import events_of, linearizable
from tests.checker.story import story

SEED = int(os.environ.get("SPLITBRAIN_SEED", SystemRandom().randrange(10**9)))
SHOWN_WHOLE = [
    name for name, family in FAMILIES.items() if name.startswith(("set", "grow", "list"))
]


def shown(elements: list[int]) -> str:
    """As stories write it."""
    return str(elements).replace(" ", "")


def torn(model: Model, put: str, count: int) -> list[Call]:
    """Elements put there at the same time; one read lacks the first, another the second."""
    elements = list(range(count))
    lines = [
        *(f"{at}: {put} {at} begin" for at in elements),
        *(f"{at}: end ok" for at in elements),
        f"90: read -> {shown(elements[1:])}",
        f"90: read -> {shown(elements)}",
    ]
    (key_history,) = split(story(*lines), model)
    return list(key_history.calls)


def test_what_is_left_is_what_the_calls_say_of_an_element() -> None:
    calls = torn(ElementSet(), "add", 3)
    left = about([0], calls, ElementSet())
    assert [(call.f, call.value) for call in left] == [("add", 0), ("read", None), ("read", None)]
    assert [call.result for call in left[1:]] == [(), (0,)]
    assert [call.start for call in left] == [calls[at].start for at in (0, 3, 4)]


@pytest.mark.parametrize(
    ("model", "put"), [(ElementSet(), "add"), (GrowOnlySet(), "add"), (ListAppend(), "append")]
)
def test_few_elements_are_left_and_the_second_look_takes_few_configurations(
    model: Model, put: str
) -> None:
    calls = torn(model, put, 30)

    def decide(some: list[Call]) -> Answer:
        return Decision(some, model).run(Budget())

    assert has_linearization(calls, model, Budget(max_states=300)) is None
    left = narrowed(calls, model, decide)  # type: ignore[arg-type]
    assert left is not None
    assert len(left) <= 4
    assert has_linearization(left, model, Budget(max_states=30)) is False


def test_a_verdict_on_a_large_set_stands_its_second_look() -> None:
    elements = list(range(60))
    lines = [*(f"{at}: add {at} begin" for at in elements), *(f"{at}: end ok" for at in elements)]
    reads = [f"90: read -> {shown(some)}" for some in (elements[1:], elements)]
    verdict = check(story(*lines, *reads), GrowOnlySet())
    assert verdict.valid is False
    assert "second look" not in str(verdict.reason)


def test_of_a_register_nothing_can_be_forgotten() -> None:
    (key_history,) = split(story("1: write 1 ok", "2: read -> 2"), CasRegister())
    assert narrowed(key_history.calls, CasRegister(), lambda _: Answer(False)) is None


@pytest.mark.parametrize("family", SHOWN_WHOLE)
def test_what_is_linearizable_stays_so(family: str) -> None:
    rng, model = Random(f"{SEED}/{family}"), FAMILIES[family].model
    told = 0
    for number in range(int(os.environ.get("SPLITBRAIN_HISTORIES", "300"))):
        ops = history_of(FAMILIES[family], "1-12", rng)
        (key_history,) = split(ops, model)
        elements = list(dict.fromkeys(call.value for call in key_history.calls if call.f != "read"))
        some = rng.sample(elements, rng.randint(0, len(elements)))
        left = about(some, key_history.calls, model)
        if has_linearization(left, model, Budget(max_states=5_000)) is False:
            told += 1
            assert not linearizable(FAMILIES[family].kind, events_of(ops)), (SEED, number)
    assert told > 5, SEED
