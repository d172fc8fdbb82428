"""Whether a candidate still fails, in the same way, by simulated trials; and how often.

A script says when things happen, but not how long a message takes or who stands for election first:
that is the seed's. A candidate fails if it does with one of a few seeds, the one that failed last
first. All is decided in the order in which candidates are given, whatever the number of workers, so
that the same run is made smaller in the same way.
"""

from __future__ import annotations

import logging
import time
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, Protocol, TypeAlias

from harness.campaign.pool import Lost
from harness.shrink.case import Case
from harness.spec import TestSpec
from harness.trial import run_trial

log = logging.getLogger(__name__)


class OutOfBudget(Exception):
    """The time for trials is used up."""


class Witness(NamedTuple):
    """An operation of a counterexample: whose, of which key, and when it was invoked (ns)."""

    process: int
    key: Any
    time: int


class Verdict(NamedTuple):
    """What one trial said: by what the store was caught, and in which operations."""

    kinds: tuple[str, ...]
    witnesses: tuple[Witness, ...] = ()


def try_spec(spec: TestSpec) -> Verdict:
    """Run one trial; for the workers of a pool."""
    trial = run_trial(spec)
    return Verdict(trial.kinds, witnesses_of(trial.checks))


def witnesses_of(checks: Mapping[str, Any]) -> tuple[Witness, ...]:
    """The operations of the counterexample in a run's checks; none where there is none."""
    shown = (checks.get("linearizable") or {}).get("counterexample") or ()
    return tuple(Witness(op["process"], op["key"], op["invoked"]["time"]) for op in shown)


_Try: TypeAlias = tuple[Case, int]
_Key: TypeAlias = tuple[tuple[str, ...], int]


class Workers(Protocol):
    """As much of `harness.campaign.pool.Pool` as is needed here."""

    size: int

    @property
    def free(self) -> int:
        """How many have nothing to do."""

    def submit(self, task: TestSpec, /) -> int:
        """Give a task; returns its ticket."""

    def collect(self, timeout_s: float) -> list[tuple[int, Verdict | Lost]]:
        """Wait for answers."""


class Court:
    """Tries candidates.

    Args:
        base: the test that a case's script is put into.
        wanted: the kind of failure that must stay: a check's or an invariant's name.
        workers: who run the trials.
        seeds: which to try, of latencies and elections; the first is that of the run.
        deadline: on `time.monotonic`'s clock.
    """

    def __init__(
        self, base: TestSpec, wanted: str, workers: Workers, seeds: Sequence[int], deadline: float
    ) -> None:
        self.base = base
        self.wanted = wanted
        self.seeds = tuple(seeds)
        self.trials = 0
        self.lost: list[str] = []
        """Why trials could not be carried out, a line for each; they count as not failed."""
        self._order = list(seeds)
        self._workers = workers
        self._deadline = deadline
        self._known: dict[_Key, Verdict] = {}
        self._asked: dict[int, _Key] = {}

    @property
    def seed(self) -> int:
        """The one that failed last."""
        return self._order[0]

    def first(self, cases: Iterable[Case], seeds: int = 2) -> Case | None:
        """The first of these cases that fails with one of so many seeds.

        Raises:
            OutOfBudget: the time is used up before that is known.
        """
        tries = ((case, seed) for case in cases for seed in self._order[:seeds])
        for (case, seed), verdict in self._all(tries):
            if self.wanted in verdict.kinds:
                self._order.remove(seed)
                self._order.insert(0, seed)
                return case
        return None

    def rate(self, case: Case, seeds: int) -> int:
        """With how many of the first so many seeds it fails. Raises OutOfBudget."""
        tries = ((case, seed) for seed in self.seeds[:seeds])
        return sum(self.wanted in verdict.kinds for _, verdict in self._all(tries))

    def first_as_good(self, cases: Iterable[Case], rate: int, seeds: int) -> Case | None:
        """The first of these cases that fails with at least `rate` of the first so many seeds."""
        return next((case for case in cases if self._reaches(case, rate, seeds)), None)

    def _reaches(self, case: Case, rate: int, seeds: int) -> bool:
        tries = ((case, seed) for seed in self.seeds[:seeds])
        may_miss = seeds - rate
        for _, verdict in self._all(tries):
            may_miss -= self.wanted not in verdict.kinds
            if may_miss < 0:
                return False
        return True

    def witnesses(self, case: Case) -> tuple[Witness, ...]:
        """The operations of its counterexample, with the seed that failed last."""
        ((_, verdict),) = self._all([(case, self.seed)])
        return verdict.witnesses

    def _all(self, tries: Iterable[_Try]) -> Iterator[tuple[_Try, Verdict]]:
        """Verdicts in order; there are as many trials at a time as there are workers.

        Those that are under way when nobody asks on are not lost: the next question may need them.
        """
        ahead: deque[_Try] = deque()
        for each in tries:
            self._ask(each)
            ahead.append(each)
            if len(ahead) >= self._workers.size:
                one = ahead.popleft()
                yield one, self._told(one)
        while ahead:
            one = ahead.popleft()
            yield one, self._told(one)

    def _ask(self, one: _Try) -> None:
        key = _key(one)
        if key in self._known or key in self._asked.values():
            return
        while not self._workers.free:
            self._take()
        self.trials += 1
        self._asked[self._workers.submit(one[0].spec(self.base, one[1]))] = key

    def _told(self, one: _Try) -> Verdict:
        key = _key(one)
        while key not in self._known:
            self._take()
        return self._known[key]

    def _take(self) -> None:
        left = self._deadline - time.monotonic()
        if left <= 0:
            raise OutOfBudget
        for ticket, answer in self._workers.collect(min(left, 1.0)):
            if isinstance(answer, Lost):
                log.info("a trial was lost: %s", answer.reason)
                self.lost.append(answer.reason)
                answer = Verdict(())
            self._known[self._asked.pop(ticket)] = answer


def _key(one: _Try) -> _Key:
    case, seed = one
    return (*case.nodes, "", *case.steps), seed
