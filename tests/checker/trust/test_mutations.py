"""Mutation tests of the checker: break one rule, and some history shows it.

The histories are always the same, those of `SEED`. What a broken checker does wrong may be a wrong
verdict, one that does not stand its own second look, evidence that proves nothing, or an error.
A mutation whose text no longer stands in the source fails: it has to move along with the rule.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache, partial
from importlib import import_module
from types import ModuleType
from typing import Any

import pytest

from harness.checker import check
from harness.checker.budget import Budget
from harness.checker.calls import split
from harness.checker.register import RegisterSearch
from harness.history.op import Op
from harness.model import Call
from tests.checker.force import TooMuch
from tests.checker.story import story
from tests.checker.trust import hard
from tests.checker.trust.broken import Mutation, broken
from tests.checker.trust.families import FAMILIES, Sort
from tests.checker.trust.judge import Check, by_force, case, judged_right, require_right
from tests.checker.trust.mutations import COSTLY, HARMFUL, HARMLESS, LESSON, Harmful, Harmless

SEED = "mutations"
HISTORIES = 2500
"""How many of each family a mutation may take to be noticed."""

TIME_LIMIT_S = 10.0

Known = tuple[Sort, Sequence[Op], bool]
"""A history and its verdict."""


def name_of(mutant: Harmful | Harmless | Mutation) -> str:
    mutation = mutant if isinstance(mutant, Mutation) else mutant.mutation
    return f"{mutation.module}: {mutation.rule}"


@cache
def known(family: str, number: int) -> Known | None:
    """A history of a family; None if it is too much for brute force or the unbroken checker."""
    sort, history = case(SEED, family, number)
    try:
        return sort, history, judged_right(history, sort)
    except TooMuch:
        return None


@cache
def told(lines: Sequence[str], family: str) -> Known:
    sort, history = FAMILIES[family][0], story(*lines)
    return sort, history, by_force(history, sort)


def cases(mutant: Harmful) -> Iterator[Known | None]:
    """The story or history that shows a mutation, or else those of its families, in turn."""
    if mutant.story:
        yield told(mutant.story, mutant.families[0])
        return
    if mutant.found is not None:
        yield known(*mutant.found)
        return
    for number in range(HISTORIES):
        for family in mutant.families:
            yield known(family, number)


def is_wrong(checker: Check, case: Known | None) -> bool:
    if case is None:
        return False
    sort, history, expected = case
    try:
        require_right(checker, history, sort, expected)
    except Exception:
        return True
    return False


def noticed(mutant: Harmful, checker: ModuleType) -> bool:
    """Whether some history shows that a checker is broken."""
    register: Any = import_module("harness.checker.register")
    patience, register.PATIENCE = register.PATIENCE, 1 if mutant.impatient else register.PATIENCE
    try:
        if mutant.hard is not None:
            calls = hard.calls_of(*mutant.hard)
            return said(register, calls) is not hard.verdict(RegisterSearch, calls)
        limited = partial(checker.check, time_limit_s=TIME_LIMIT_S)
        return any(is_wrong(limited, case) for case in cases(mutant))
    finally:
        register.PATIENCE = patience


def said(register: Any, calls: Sequence[Call]) -> Any:
    try:
        return hard.verdict(register.RegisterSearch, calls)
    except Exception as error:
        return error


@pytest.mark.parametrize("mutant", HARMFUL, ids=name_of)
def test_a_broken_rule_is_noticed(mutant: Harmful) -> None:
    with broken(mutant.mutation) as checker:
        assert noticed(mutant, checker)


@pytest.mark.parametrize("family", FAMILIES)
def test_nothing_is_noticed_where_nothing_is_broken(family: str) -> None:
    """The same histories as for the mutations, with patience and without."""
    register: Any = import_module("harness.checker.register")
    patience = register.PATIENCE
    for number in range(300):
        register.PATIENCE = patience if number % 2 else 1
        try:
            assert not is_wrong(check, known(family, number)), (SEED, family, number)
        finally:
            register.PATIENCE = patience


@pytest.mark.parametrize(
    "mutant", [m for m in HARMFUL if m.story or m.hard or m.found], ids=name_of
)
def test_nor_by_what_was_made_for_one_mutation(mutant: Harmful) -> None:
    assert not noticed(mutant, import_module("harness.checker"))


@pytest.mark.parametrize("mutant", HARMLESS, ids=name_of)
def test_what_is_said_to_be_harmless_is(mutant: Harmless) -> None:
    with broken(mutant.mutation) as checker:
        for number in range(300):
            for family in mutant.families:
                assert not is_wrong(checker.check, known(family, number)), mutant.reason


@cache
def hard_calls() -> list[list[Call]]:
    return [hard.calls_of(shape, number) for shape in hard.SHAPES for number in range(40)]


def configurations(register: Any) -> tuple[int, list[Any]]:
    """How many a search of registers meets in all, and what it says."""
    states, verdicts = 0, []
    for calls in hard_calls():
        search = register.RegisterSearch(calls, hard.MODEL)
        verdicts.append(search.run(Budget()))
        states += search.states
    return states, verdicts


@pytest.mark.parametrize("mutation", COSTLY, ids=name_of)
def test_rules_that_only_save_time_do(mutation: Mutation) -> None:
    states, verdicts = configurations(import_module("harness.checker.register"))
    with broken(mutation):
        more, same = configurations(import_module("harness.checker.register"))
    assert same == verdicts
    assert more > states


def test_a_lesson_leaves_alone_what_used_fewer_crashed_calls() -> None:
    def in_vain() -> tuple[bool, bool]:
        known = lesson_learned()
        return known.lesson(0, 0) is not None, known.lesson(0, 1) is not None

    assert in_vain() == (False, True)
    with broken(LESSON):
        assert in_vain() == (True, True)


def lesson_learned() -> Any:
    """It is known that who used the only crashed call by layer 0 is in vain."""
    register: Any = import_module("harness.checker.register")
    (key_history,) = split(story("1: write 1 info", "2: read -> 1"), hard.MODEL)
    layers, crashed = register.Layers(key_history.calls), register.Crashed(key_history.calls)
    known = register.Known(layers, crashed)
    known.learn(0, 1)
    return known
