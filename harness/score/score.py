"""What a score says: of each bug how it was caught, and of the correct store that it was not.

Several searches for one bug, each with tests of its own, take different times. The **median
search** stands for them (the later one of two): its catch is told, and a bug is caught when it
caught it::

    search 1   ────✗            caught by the verdict after 4 tests
    search 2   ──────────✗      after 10: the median
    search 3   ──────────────── not within the budget
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import msgspec

from harness import exit_codes
from harness.score.search import Catch, Found
from harness.target import Bug

By = Literal["verdict", "invariant", "missed", "equivalent", "failed", "unfinished"]


class BugScore(msgspec.Struct, kw_only=True):
    """One bug. `catch` is the median search's, of the kind that `by` says; None if it has none.

    `by` is `verdict` (what clients saw proves it), `invariant` (only an all-knowing observer saw
    it), `missed`, `equivalent` (proven: nobody can see it), `failed` (not caught, but a search
    ended because its tests could not be carried out) or `unfinished` (the measurement was broken
    off). `caught` counts the searches that the verdict ended, and those in which an invariant was
    violated.
    """

    flag: str
    anomaly: str
    breaks: str
    citation: str
    equivalence: str | None = None
    faults: tuple[str, ...] = ()
    missing_faults: list[str] = []
    by: By = "unfinished"
    catch: Catch | None = None
    caught: dict[str, int] = {}
    searches: list[Found] = []

    @property
    def good(self) -> bool:
        """Whether it is caught, or nobody could."""
        return self.by in ("verdict", "invariant", "equivalent")


DECIDED = 100
"""Of so many tests with all bugs off, at most one may end without a verdict."""


class CleanScore(msgspec.Struct, kw_only=True):
    """The correct store: `reported` must be empty. `wanted` is how many tests there should be."""

    wanted: int
    found: Found
    reported: list[Catch] = []

    @property
    def gave_up(self) -> bool:
        """Whether it ended because tests could not be carried out, and nothing was reported."""
        return self.found.gave_up and not self.reported

    @property
    def good(self) -> bool:
        """Whether enough tests were carried out and decided, and nothing was reported.

        One in `DECIDED` may end without a verdict: a fault that found nothing to do, for example.
        """
        found = self.found
        decided = found.unknown * DECIDED <= found.tests
        enough = found.tests >= self.wanted
        return enough and decided and not self.reported and not found.failed


TO_THE_END = "to the end"
UNFINISHED = "unfinished"


class Score(msgspec.Struct, kw_only=True):
    """A whole measurement; `settings` and `made_by` are what one needs to make it again.

    `clean` is None where it was not asked for. `ended` is `UNFINISHED` of one that is still being
    made, or was killed meanwhile.
    """

    target: str
    settings: dict[str, Any]
    made_by: dict[str, Any]
    command: str
    bugs: list[BugScore]
    clean: CleanScore | None = None
    ended: str = TO_THE_END

    @property
    def exit_code(self) -> int:
        """0 when every bug not proven equivalent is caught and nothing was reported without. What
        could not be searched for, because tests could not be carried out, says nothing of the bug.
        """
        clean = self.clean is None or self.clean.good
        bad = [bug for bug in self.bugs if not bug.good]
        if clean and not bad:
            return exit_codes.VALID
        swept = clean or (self.clean is not None and self.clean.gave_up)
        only_failed = swept and all(bug.by == "failed" for bug in bad)
        return exit_codes.FAILED if only_failed else exit_codes.INVALID

    def to_json(self) -> dict[str, Any]:
        """The object of `score.json`."""
        tried = [bug for bug in self.bugs if bug.by != "equivalent"]
        by = [bug.by for bug in tried]
        summary = {
            "bugs": len(tried),
            "caught": by.count("verdict") + by.count("invariant"),
            "by_verdict": by.count("verdict"),
            "by_invariant_only": by.count("invariant"),
            "missed": by.count("missed"),
            "failed": by.count("failed"),
            "equivalent": len(self.bugs) - len(tried),
            "clean": None if self.clean is None else self.clean.good,
        }
        body: dict[str, Any] = msgspec.to_builtins(self)
        return {"good": self.exit_code == exit_codes.VALID, "score": summary, **body}


def bug_score(
    bug: Bug, missing_faults: Sequence[str], searches: Sequence[Found], *, finished: bool
) -> BugScore:
    """Judge a bug by its searches."""
    found = BugScore(
        flag=bug.flag,
        anomaly=bug.anomaly,
        breaks=bug.breaks,
        citation=bug.citation,
        equivalence=bug.equivalence,
        faults=bug.faults,
        missing_faults=list(missing_faults),
        searches=list(searches),
    )
    if bug.equivalence is not None:
        found.by = "equivalent"
        return found
    verdicts = [search.verdict for search in searches]
    invariants = [search.invariant for search in searches]
    found.caught = {
        "verdict": sum(catch is not None for catch in verdicts),
        "invariant": sum(catch is not None for catch in invariants),
    }
    if not finished:
        return found
    gave_up = any(search.gave_up for search in searches)
    found.by, found.catch = "failed" if gave_up else "missed", None
    if (catch := median(verdicts)) is not None:
        found.by, found.catch = "verdict", catch
    elif (catch := median(invariants)) is not None:
        found.by, found.catch = "invariant", catch
    return found


def median(catches: Sequence[Catch | None]) -> Catch | None:
    """The catch of the median search, by simulated time; None where that one has none."""
    ranked = sorted(catches, key=lambda catch: float("inf") if catch is None else catch.simulated_s)
    return ranked[len(ranked) // 2] if ranked else None
