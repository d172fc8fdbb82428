"""The session guarantees of sets and lists that only grow."""

from __future__ import annotations

from collections import Counter
from random import Random
from typing import Any

import pytest

from harness.checker import check
from harness.checker.promises import promises
from harness.history.op import Op, pair
from harness.history.paired import paired
from harness.history.table import Table
from harness.model import Model
from harness.model.grow_only_set import GrowOnlySet
from harness.model.list_append import ListAppend
from tests.checker.promises.test_differential import HISTORIES, SEED
from tests.checker.story import story

NAMES = ("read your writes", "monotonic reads", "monotonic writes", "writes follow reads")


def verdicts(ops: list[Op], model: Model) -> dict[str, Any]:
    found = promises(paired(Table.of(ops)), model, time_limit_s=60)
    return {promise.name: promise.valid for promise in found}


def broken(*lines: str, model: Model) -> set[str]:
    found = verdicts(story(*lines), model)
    return {name for name in NAMES if found[name] is False}


SET, LIST = GrowOnlySet(), ListAppend()


def test_each_guarantee_alone_on_a_set() -> None:
    assert broken("1: add 1", "1: read -> []", model=SET) == {NAMES[0]}
    assert broken("1: add 1", "2: read -> [1]", "2: read -> []", model=SET) == {NAMES[1]}
    assert broken("1: add 1", "1: add 2", "2: read -> [2]", model=SET) == {NAMES[2]}
    ops = ("1: add 1", "2: read -> [1]", "2: add 2", "3: read -> [2]")
    assert broken(*ops, model=SET) == {NAMES[3]}
    assert broken(*ops[:3], "3: read -> [1]", model=SET) == set()


def test_a_list_has_them_in_order() -> None:
    assert broken("1: append 1", "1: append 2", "2: read -> [1,2]", model=LIST) == set()
    assert broken("1: append 1", "1: append 2", "2: read -> [2,1]", model=LIST) == {NAMES[2]}
    ops = ("1: append 1", "2: read -> [1]", "2: append 2", "3: read -> [2,1]")
    assert broken(*ops, model=LIST) == {NAMES[3]}


def test_a_crashed_addition_precedes_nothing() -> None:
    ops = ("1: add 1 info", "1: add 2", "1: read -> [2]")
    assert broken(*ops, model=SET) == set()
    assert broken(*ops, "2: add 3", "3: read -> []", model=SET) == set()


def test_what_was_read_once_is_followed_even_if_it_was_gone_later() -> None:
    ops = ("1: add 1", "2: read -> [1]", "2: read -> []", "2: add 2", "3: read -> [2]")
    assert broken(*ops, model=SET) == {NAMES[1], NAMES[3]}


def test_what_was_added_twice_is_nobodys() -> None:
    found = verdicts(story("1: add 1", "2: add 1", "1: read -> []"), SET)
    assert [found[name] for name in NAMES] == ["unknown"] * 4


def test_the_words() -> None:
    ops = story("1: add 1", "2: read -> [1]", "2: add 2", "3: read -> [2]")
    promise = promises(paired(Table.of(ops)), SET)[4]
    assert promise.reason == (
        "process 2 read 1 and then added 2, but process 3 read the second without the first "
        "before it"
    )
    assert [operation.invocation.index for operation in promise.counterexample] == [0, 2, 4, 6]


def test_other_models_get_what_makes_sense_for_them() -> None:
    assert list(verdicts(story("1: add 1", "1: read -> [1]"), SET)) == [
        "sequential consistency",
        *NAMES,
        "bounded staleness",
    ]


def random_history(rng: Random, adding: str) -> list[Op]:
    """Clients on replicas that get the additions late and, at times, in another order."""
    ops: list[Op] = []
    replicas: list[list[int]] = [[] for _ in range(3)]
    pending: list[tuple[int, int]] = []

    def add(kind: str, process: int, f: str, value: Any) -> None:
        ops.append(Op(len(ops), len(ops), kind, process, f, value))  # type: ignore[arg-type]

    home = {process: process % 3 for process in range(4)}
    for element in range(rng.randint(1, 12)):
        process = rng.randrange(4)
        if rng.random() < 0.3:
            home[process] = rng.randrange(3)
        here = replicas[home[process]]
        if rng.random() < 0.5:
            add("invoke", process, adding, element)
            add("ok", process, adding, element)
            here.append(element)
            pending += [(at, element) for at in range(3) if at != home[process]]
        else:
            add("invoke", process, "read", None)
            add("ok", process, "read", list(here))
        while pending and rng.random() < 0.5:
            at, late = pending.pop(0 if rng.random() < 0.4 else rng.randrange(len(pending)))
            replicas[at].append(late)
    return ops


def defined(ops: list[Op], adding: str) -> dict[str, bool]:
    """The definitions, pair by pair."""
    kept = dict.fromkeys(NAMES, True)
    done = [
        (o.invocation.process, o.invocation.f, o.completion.value)
        for o in pair(ops)
        if o.completion is not None
    ]

    def shows(seen: list[int], one: int, two: int) -> bool:
        """Whether a read that has the second has the first, in a list before it."""
        if two not in seen or one == two:
            return True
        return one in seen and (adding == "add" or seen.index(one) < seen.index(two))

    reads = [value for _, f, value in done if f == "read"]
    for later, (process, f, value) in enumerate(done):
        for who, g, other in done[:later]:
            if who != process:
                continue
            if f == "read":
                elements = other if g == "read" else [other]
                missing = not set(elements) <= set(value)
                kept[NAMES[1] if g == "read" else NAMES[0]] &= not missing
            else:
                elements = other if g == "read" else [other]
                fits = all(shows(seen, e, value) for e in elements for seen in reads)
                kept[NAMES[3] if g == "read" else NAMES[2]] &= fits
    return kept


@pytest.mark.parametrize(("model", "adding"), [(SET, "add"), (LIST, "append")])
def test_agrees_with_the_definitions(model: Model, adding: str) -> None:
    met: Counter[tuple[str, bool]] = Counter()
    for number in range(HISTORIES // 4):
        ops = random_history(Random(f"{SEED}/{adding}/{number}"), adding)
        found = verdicts(ops, model)
        expected = defined(ops, adding)
        assert {name: found[name] for name in NAMES} == expected, (SEED, number)
        if check(ops, model).valid:
            assert set(found.values()) == {True}
        met.update(expected.items())
    if HISTORIES >= 1000:
        assert min(met[name, kept] for name in NAMES for kept in (True, False)) > 0
