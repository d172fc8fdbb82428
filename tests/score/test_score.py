"""What a score says of a bug, and of the correct store."""

from __future__ import annotations

import pytest
from msgspec import to_builtins

from harness.score.measure import Settings
from harness.score.score import CleanScore, Score, bug_score
from harness.score.search import MOST_FAILED, Catch, Found
from harness.target import Bug

BUG = Bug("a_bug", "somewhere#1", "something", "stale read", "register", ("kill",))


def catch(simulated_s: float) -> Catch:
    """A catch after so long."""
    return Catch(
        tests=1,
        simulated_s=simulated_s,
        cpu_s=1.0,
        ops=100,
        kinds=("linearizable",),
        reason="because",
        workload="register",
        mix="mix",
        nemesis=["kill"],
        command=f"run {simulated_s:g}",
    )


def found(verdict: float | None, invariant: float | None = None) -> Found:
    """A search with catches after so long."""
    return Found(
        verdict=None if verdict is None else catch(verdict),
        invariant=None if invariant is None else catch(invariant),
        tests=1,
    )


@pytest.mark.parametrize(
    ("searches", "by", "after"),
    [
        ([found(30), found(10), found(20)], "verdict", 20),
        ([found(30), found(10), found(None)], "verdict", 30),
        ([found(30), found(None), found(None)], "missed", None),
        ([found(30, 1), found(None, 2), found(None, 3)], "invariant", 2),
        ([found(30, 1), found(None), found(None)], "missed", None),
        ([found(30), found(10)], "verdict", 30),
        ([found(30), found(None)], "missed", None),
        ([found(10, 1), found(20, 1), found(None, 1)], "verdict", 20),
    ],
)
def test_the_median_search_decides(searches: list[Found], by: str, after: float | None) -> None:
    score = bug_score(BUG, [], searches, finished=True)
    assert score.by == by
    assert (score.catch and score.catch.simulated_s) == after
    assert score.good == (by != "missed")


def test_the_proven_equivalent_are_not_searched_for_and_cost_nothing() -> None:
    bug = Bug("same", "x", "y", "nothing", "register", equivalence="it never runs")
    score = bug_score(bug, [], [], finished=True)
    assert (score.by, score.good, score.equivalence) == ("equivalent", True, "it never runs")


def scored(*searches: Found, clean: CleanScore | None = None, finished: bool = True) -> Score:
    """The score of one bug."""
    return Score(
        target="raft",
        settings=to_builtins(Settings()),
        made_by={"splitbrain": "0.1.0", "python": "cpython 3.11", "code": {}},
        command="splitbrain score",
        bugs=[bug_score(BUG, [], searches, finished=finished)],
        clean=clean,
    )


def swept(tests: int, *reported: Catch, failed: int = 0) -> CleanScore:
    """A sweep of ten tests, of which so many were made."""
    return CleanScore(wanted=10, found=Found(tests=tests, failed=failed), reported=list(reported))


def test_all_caught_and_nothing_reported_without_a_bug_is_good() -> None:
    good = scored(found(1), clean=swept(10))
    assert good.exit_code == 0
    told = good.to_json()
    assert told["good"] is True
    assert told["score"] == {
        "bugs": 1,
        "caught": 1,
        "by_verdict": 1,
        "by_invariant_only": 0,
        "missed": 0,
        "failed": 0,
        "equivalent": 0,
        "clean": True,
    }
    assert told["bugs"][0]["catch"]["command"] == "run 1"


@pytest.mark.parametrize(
    "bad",
    [
        scored(found(None), clean=swept(10)),
        scored(found(1), clean=swept(10, catch(5))),
        scored(found(1), clean=swept(9)),
        scored(found(1), clean=swept(10, failed=1)),
        scored(found(1), clean=swept(10), finished=False),
    ],
    ids=["missed", "false alarm", "too few", "not carried out", "broken off"],
)
def test_anything_else_is_not(bad: Score) -> None:
    assert bad.exit_code == 1
    assert bad.to_json()["good"] is False


def test_what_could_not_be_searched_for_was_not_missed() -> None:
    broken = Found(tests=MOST_FAILED, failed=MOST_FAILED, failed_reason="no memory")
    score = scored(broken, found(None), found(30), clean=swept(10))
    assert score.bugs[0].by == "failed"
    assert score.exit_code == 255
    assert (score.to_json()["good"], score.to_json()["score"]["failed"]) == (False, 1)
    assert scored(broken, found(20), found(30), clean=swept(10)).bugs[0].by == "verdict"
    assert scored(broken, clean=swept(10, catch(5))).exit_code == 1, "a false alarm is one"
