"""Makes a score: all searches for all bugs, and the sweep without any, on one pool of workers.

A worker that is free goes to the search with the fewest tests under way, the earliest of these: so
the bugs are searched one after the other, and only at the end, when there are fewer searches than
workers, does one search get several.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import TypeAlias

import msgspec

from harness import plugins
from harness.assembly import assemble
from harness.campaign.explore import INTERRUPTED, Trials
from harness.campaign.outcome import lost
from harness.campaign.pool import Lost
from harness.fingerprint import fingerprint
from harness.score.aim import Aim, missing_faults
from harness.score.score import TO_THE_END, UNFINISHED, BugScore, CleanScore, Score, bug_score
from harness.score.search import Search
from harness.spec import SpecError, TestSpec
from harness.target import Bug

POLL_S = 0.2

Row: TypeAlias = Callable[[int], tuple[TestSpec, str]]
"""See `Search.test`."""


class Settings(msgspec.Struct, frozen=True, kw_only=True):
    """How much is searched.

    Args:
        budget_cpu_s: CPU seconds of tests for each search.
        searches: for each bug.
        clean_seeds: tests with all bugs off; 0 for none.
    """

    budget_cpu_s: float = 120.0
    searches: int = 3
    clean_seeds: int = 2000


class Measurement:
    """A score in the making: `score` says what has been found so far, and whether that is all."""

    def __init__(self, base: TestSpec, settings: Settings, bugs: Sequence[str] = ()) -> None:
        """Find everything that is named, so that a mistake costs no time.

        Args:
            base: target, world, seed, and what mixes leave open.
            settings: how much is searched.
            bugs: those to search for; all of the target's if there are none.

        Raises:
            UnknownName: no such bug; or a bug's workload there is not.
            SpecError: numbers that make no measurement; a world that is no simulation.
        """
        _check(settings)
        self._base = base
        self._settings = settings
        self._parts = assemble(base)
        if self._parts.world_class.loop_factory is None:
            raise SpecError(f"world {base.world} is no simulation: a score is made in one")
        known = {bug.flag: bug for bug in self._parts.target.bugs}
        for flag in bugs:
            plugins.require(f"bug of {base.target}", flag, known)
        self._bugs = [known[flag] for flag in dict.fromkeys(bugs or known)]
        if not self._bugs:
            raise SpecError(f"{base.target} declares no bugs: there is nothing to score")
        for bug in self._bugs:
            plugins.require(f"workload for {bug.flag}", bug.workload, plugins.names("workload"))
        self._aim = Aim(base)
        self.searches = [
            self._search(bug, number)
            for bug in self._bugs
            if bug.equivalence is None
            for number in range(settings.searches)
        ]
        self.sweep = Search(
            "no bug", self._clean_tests(), most_tests=settings.clean_seeds, stops=False
        )
        self.ended = UNFINISHED

    def run(
        self,
        trials: Trials,
        *,
        changed: Callable[[], None] = lambda: None,
        said: Callable[[], bool] = lambda: False,
    ) -> None:
        """Make all searches.

        Args:
            trials: where tests are run.
            changed: called several times a second, for those who draw and write.
            said: asked as often; True ends it at once.

        Raises:
            PoolBroken: the workers die one after the other.
        """
        rows = [*self.searches, self.sweep]
        under_way: dict[int, tuple[Search, int, TestSpec]] = {}
        while not said():
            while trials.free and (begun := _next(rows, trials.busy + trials.free)) is not None:
                search, number, spec = begun
                under_way[trials.submit(spec)] = begun
            if all(search.over for search in rows):
                self.ended = TO_THE_END
                return
            for ticket, answer in trials.collect(POLL_S):
                search, number, spec = under_way.pop(ticket)
                search.take(number, lost(spec, answer) if isinstance(answer, Lost) else answer)
            changed()
        self.ended = INTERRUPTED

    def score(self, command: str = "") -> Score:
        """What has been found so far."""
        clean = None
        if self._settings.clean_seeds:
            clean = CleanScore(
                wanted=self._settings.clean_seeds,
                found=self.sweep.found,
                reported=self.sweep.caught,
            )
        return Score(
            target=self._base.target,
            settings=msgspec.to_builtins(self._settings) | {"seed": self._base.seed},
            made_by=fingerprint(self._parts),
            command=command,
            bugs=self.bugs(),
            clean=clean,
            ended=self.ended,
        )

    def bugs(self) -> list[BugScore]:
        """The bugs' scores so far."""
        found = []
        for bug in self._bugs:
            searches = [search for search in self.searches if search.subject == bug.flag]
            found.append(
                bug_score(
                    bug,
                    missing_faults(self._base, bug.faults),
                    [search.found for search in searches],
                    finished=all(search.over for search in searches),
                )
            )
        return found

    def _search(self, bug: Bug, which: int) -> Search:
        test = self._tests(bug, f"{bug.flag}/{which}", which, [bug.flag])
        return Search(bug.flag, test, most_cpu_s=self._settings.budget_cpu_s)

    def _clean_tests(self) -> Row:
        """As the tests that search for each bug, in turn, with all bugs off."""
        rows = [self._tests(bug, f"no bug/{bug.flag}", 0, []) for bug in self._bugs]

        def test(number: int) -> tuple[TestSpec, str]:
            turn, which = divmod(number, len(rows))
            return rows[which](turn)

        return test

    def _tests(self, bug: Bug, row: str, which: int, flags: list[str]) -> Row:
        """The row of that name: of each number a mix, and a seed that no other row has.

        Rows of the same `which` have the same mixes where they are aimed at the same faults.
        """
        name = f"score-{'-'.join(flags) or 'no-bug'}"
        # With the bug on, its target would set its options itself; here they are for the sweep.
        options = {**bug.options, **self._base.options}
        base = msgspec.structs.replace(
            self._base, name=name, workload=bug.workload, bugs=flags, options=options
        )
        mixes = self._aim.row(self._base.seed + which, bug.faults, bug.spares)

        def test(number: int) -> tuple[TestSpec, str]:
            mix = mixes(number)
            seed = Random(f"{self._base.seed}/{row}/{number}").getrandbits(32)
            return mix.applied(base, seed), str(mix)

        return test


def _next(rows: Sequence[Search], most: int) -> tuple[Search, int, TestSpec] | None:
    """Begin a test of the row that has the fewest under way."""
    for search in sorted(rows, key=lambda search: search.under_way):
        if search.under_way < most and (begun := search.next()) is not None:
            return search, *begun
    return None


def _check(settings: Settings) -> None:
    for flag, value, least in (
        ("budget", settings.budget_cpu_s, 0.001),
        ("searches", settings.searches, 1),
        ("clean-seeds", settings.clean_seeds, 0),
    ):
        if not least <= value < 1e6:
            raise SpecError(f"--{flag} {value:g}: give at least {least:g}, and less than 1,000,000")
