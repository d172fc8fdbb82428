"""A search counts its tests in the order of its row, and ends with the verdict's first catch."""

from __future__ import annotations

from itertools import permutations

from harness.score.search import MOST_FAILED, MOST_UNDECIDED, Search
from tests.score.rows import numbered, outcome

INVARIANT = ("log matching: n1 and n2 differ",)


def begin(search: Search, count: int) -> None:
    """Begin so many tests."""
    for _ in range(count):
        assert search.next() is not None


def take(search: Search, number: int, verdict: str = "valid", *invariants: str) -> None:
    """A test has ended."""
    search.take(number, outcome(numbered(number)[0], verdict, invariants=invariants))


def test_the_first_catch_of_the_row_counts_in_whatever_order_tests_end() -> None:
    found = set()
    for order in permutations(range(4)):
        search = Search("bug", numbered)
        begin(search, 4)
        for number in order:
            take(search, number, "invalid" if number in (1, 3) else "valid")
        catch = search.found.verdict
        assert search.over
        assert catch is not None
        found.add((catch.tests, catch.simulated_s, catch.ops, catch.command, catch.mix))
        assert search.found.tests == 2, "what comes after the catch does not count"
    assert found == {(2, 20.0, 200, "run 1", "mix 1")}


def test_an_invariant_is_noted_and_the_search_goes_on_to_the_verdict() -> None:
    search = Search("bug", numbered)
    begin(search, 3)
    take(search, 0, "valid", *INVARIANT)
    assert not search.over
    take(search, 1, "unknown", *INVARIANT)
    take(search, 2, "invalid")
    assert search.over
    found = search.found
    assert found.invariant is not None
    assert found.verdict is not None
    assert (found.invariant.tests, found.verdict.tests, found.unknown) == (1, 3, 1)
    assert found.invariant.kinds == ("log matching",)
    assert found.invariant.reason == INVARIANT[0]
    assert found.verdict.reason == "invalid 2"


def test_of_tests_without_a_verdict_the_first_say_why_and_how_to_see_them_again() -> None:
    search = Search("bug", numbered)
    begin(search, MOST_UNDECIDED + 3)
    for number in range(MOST_UNDECIDED + 3):
        take(search, number, "valid" if number == 1 else "unknown")
    assert search.found.unknown == MOST_UNDECIDED + 2
    assert len(search.found.undecided) == MOST_UNDECIDED
    assert [(test.reason, test.command) for test in search.found.undecided[:2]] == [
        ("unknown 0", "run 0"),
        ("unknown 2", "run 2"),
    ]


def test_a_test_may_be_caught_by_both_at_once() -> None:
    search = Search("bug", numbered)
    begin(search, 1)
    take(search, 0, "invalid", *INVARIANT)
    assert search.found.verdict == search.found.invariant is not None


def test_it_gives_up_when_its_time_is_spent() -> None:
    search = Search("bug", numbered, most_cpu_s=2.5)
    begin(search, 4)
    for number in range(4):
        assert search.over == (number == 3)
        take(search, number)
    assert search.over
    assert search.next() is None
    assert (search.found.tests, search.found.verdict) == (3, None)


def test_a_sweep_keeps_on_and_keeps_every_catch() -> None:
    search = Search("no bug", numbered, most_tests=4, stops=False)
    begin(search, 4)
    assert search.next() is None
    for number in range(4):
        take(search, number, "invalid" if number % 2 else "valid")
    assert search.over
    assert search.found.tests == 4
    assert [catch.command for catch in search.caught] == ["run 1", "run 3"]


def test_tests_that_can_not_be_carried_out_end_it_and_cost_no_time() -> None:
    search = Search("bug", numbered)
    for number in range(MOST_FAILED):
        assert not search.over
        begin(search, 1)
        search.take(number, outcome(numbered(number)[0], "failed", cpu_s=0.0))
    assert search.over
    assert search.found.failed_reason == "failed 0"
