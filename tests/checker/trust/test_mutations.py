"""Mutation tests of the checker: break one rule, and some history shows it.

The histories are always the same, those of `SEED`. What a broken checker does wrong may be a wrong
verdict, one that does not stand its own second look, evidence that proves nothing, or an error.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache, partial
from importlib import import_module

import pytest

from harness.history.op import Op
from tests.checker.trust.broken import broken
from tests.checker.trust.families import Sort
from tests.checker.trust.judge import Check, by_force, case, require_right
from tests.checker.trust.mutations import HARMFUL, Harmful

SEED = "mutations"
HISTORIES = 2500
"""How many of each family a mutation may take to be noticed."""

TIME_LIMIT_S = 10.0


@cache
def known(family: str, number: int) -> tuple[Sort, list[Op], bool]:
    """A history and its verdict."""
    sort, history = case(SEED, family, number)
    return sort, history, by_force(history, sort)


def cases(mutant: Harmful) -> Iterator[tuple[Sort, list[Op], bool]]:
    """The histories of the mutant's families, in turn."""
    for number in range(HISTORIES):
        for family in mutant.families:
            yield known(family, number)


def noticed_after(mutant: Harmful) -> int | None:
    """How many histories it takes to notice a mutation, None if all are judged right."""
    with broken(mutant.mutation) as checker:
        if mutant.impatient:
            import_module("harness.checker.register").PATIENCE = 1  # type: ignore[attr-defined]
        mutated = partial(checker.check, time_limit_s=TIME_LIMIT_S)
        for count, (sort, history, expected) in enumerate(cases(mutant), 1):
            if is_wrong(mutated, history, sort, expected):
                return count
    return None


def is_wrong(checker: Check, history: list[Op], sort: Sort, expected: bool) -> bool:
    try:
        require_right(checker, history, sort, expected)
    except Exception:
        return True
    return False


@pytest.mark.parametrize(
    "mutant", HARMFUL, ids=lambda mutant: f"{mutant.mutation.module}: {mutant.mutation.rule}"
)
def test_a_broken_rule_is_noticed(mutant: Harmful) -> None:
    assert noticed_after(mutant) is not None
