"""One search: a row of tests, each known beforehand, until one catches the store.

Several tests of a search may be under way at once, and end in any order. Their outcomes count in
the order of the row, so that the first catch is the same whatever the number of workers::

    row       0   1   2   3   4   5
    ended     ✓   ✓       ✓             3 waits for 2
    counted   ✓   ✓

Two things can catch a store: the verdict on what clients saw, and an invariant that an all-knowing
observer saw violated. The search goes on to the first, and notes the second on its way.
"""

from __future__ import annotations

from collections.abc import Callable

import msgspec

from harness.campaign.outcome import Outcome
from harness.spec import TestSpec

MOST_FAILED = 20
"""So many tests that can't be carried out end a search: there is something else to mend."""

MOST_UNDECIDED = 20
"""Of so many tests without a verdict the reason is kept."""


class Catch(msgspec.Struct, frozen=True, kw_only=True):
    """The first test that caught the store, and what it took: sums over all tests up to this one.

    `kinds` are the checks or invariants that did it; `mix` tells the test's conditions in words.
    """

    tests: int
    simulated_s: float
    cpu_s: float
    ops: int
    kinds: tuple[str, ...]
    reason: str | None
    workload: str
    mix: str
    nemesis: list[str]
    command: str


class Undecided(msgspec.Struct, frozen=True, kw_only=True):
    """A test without a verdict: why, and how to see it again."""

    reason: str | None
    command: str


class Found(msgspec.Struct, kw_only=True):
    """What a search has found so far: the catches, and sums over its tests.

    `unknown` counts tests without a verdict, the first of which are `undecided`; `failed` those
    that could not be carried out, the first of which says why.
    """

    verdict: Catch | None = None
    invariant: Catch | None = None
    tests: int = 0
    simulated_s: float = 0.0
    cpu_s: float = 0.0
    ops: int = 0
    unknown: int = 0
    undecided: list[Undecided] = []
    failed: int = 0
    failed_reason: str | None = None

    @property
    def gave_up(self) -> bool:
        """Whether so many tests could not be carried out that the search has ended by it."""
        return self.failed >= MOST_FAILED


class Search:
    """A row of tests.

    Args:
        subject: what is searched for; whoever reads the result knows it by this.
        test: the test of each number in the row, with its mix in words.
        most_cpu_s: CPU seconds of tests after which it gives up.
        most_tests: tests after which it gives up.
        stops: whether the verdict's first catch ends it.
    """

    def __init__(
        self,
        subject: str,
        test: Callable[[int], tuple[TestSpec, str]],
        *,
        most_cpu_s: float = float("inf"),
        most_tests: int | None = None,
        stops: bool = True,
    ) -> None:
        self.subject = subject
        self.found = Found()
        self.caught: list[Catch] = []
        """Every test that caught the store, where the first does not end the search."""
        self._test = test
        self._most_cpu_s = most_cpu_s
        self._most_tests = most_tests
        self._stops = stops
        self._begun: list[str] = []
        self._ended: dict[int, Outcome] = {}

    @property
    def over(self) -> bool:
        """Whether nothing more will count."""
        found = self.found
        return (
            (self._stops and found.verdict is not None)
            or found.cpu_s >= self._most_cpu_s
            or found.gave_up
            or found.tests == self._most_tests
        )

    @property
    def under_way(self) -> int:
        """How many tests have begun and do not count yet."""
        return len(self._begun) - self.found.tests

    def next(self) -> tuple[int, TestSpec] | None:
        """Begin the next test of the row; None where there is none left to begin."""
        number = len(self._begun)
        if self.over or number == self._most_tests:
            return None
        spec, mix = self._test(number)
        self._begun.append(mix)
        return number, spec

    def take(self, number: int, outcome: Outcome) -> None:
        """A test has ended."""
        self._ended[number] = outcome
        while not self.over and self.found.tests in self._ended:
            self._count(self._ended.pop(self.found.tests))

    def _count(self, outcome: Outcome) -> None:
        found = self.found
        mix = self._begun[found.tests]
        found.tests += 1
        found.simulated_s += outcome.simulated_s
        found.cpu_s += outcome.cpu_s
        found.ops += outcome.ops
        if outcome.verdict == "unknown":
            found.unknown += 1
            if found.unknown <= MOST_UNDECIDED:
                found.undecided.append(
                    Undecided(reason=outcome.reason, command=outcome.spec.command)
                )
        if outcome.verdict == "failed":
            found.failed += 1
            found.failed_reason = found.failed_reason or outcome.reason
        if not outcome.caught:
            return
        catch = _catch(found, outcome, mix)
        if not self._stops:
            self.caught.append(catch)
        if outcome.verdict == "invalid":
            found.verdict = found.verdict or catch
        if outcome.invariants:
            found.invariant = found.invariant or catch


def _catch(found: Found, outcome: Outcome, mix: str) -> Catch:
    by_verdict = outcome.verdict == "invalid"
    return Catch(
        tests=found.tests,
        simulated_s=found.simulated_s,
        cpu_s=found.cpu_s,
        ops=found.ops,
        kinds=outcome.kinds,
        reason=outcome.reason if by_verdict else outcome.invariants[0],
        workload=outcome.spec.workload,
        mix=mix,
        nemesis=list(outcome.spec.nemesis),
        command=outcome.spec.command,
    )
