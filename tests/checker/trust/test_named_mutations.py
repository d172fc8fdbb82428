"""Mutation tests of all around the searches: break one rule, and a named test fails.

What is said of a violation, the verdict as a whole, streams and weaker promises have tests of
their own; here each of these is run against a checker with one rule broken.
"""

from __future__ import annotations

import pytest

import harness.checker  # noqa: F401  # what `broken` breaks a copy of
from tests.checker.trust.broken import broken
from tests.checker.trust.mutations import NAMED, Named
from tests.checker.trust.named import failing


def name_of(mutant: Named) -> str:
    return f"{mutant.mutation.module}: {mutant.mutation.rule}"


@pytest.mark.parametrize("mutant", NAMED, ids=name_of)
def test_a_broken_rule_makes_a_test_fail(mutant: Named) -> None:
    with broken(mutant.mutation):
        assert failing(mutant.test) is not None


def test_nothing_fails_where_nothing_is_broken() -> None:
    assert failing(*sorted({mutant.test for mutant in NAMED})) is None
