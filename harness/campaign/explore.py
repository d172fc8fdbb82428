"""One seed after another, each with the mix that promises most, until something ends it.

::

    seeds ──▶ bandit ──mix──▶ test ──▶ pool ──▶ outcome ──▶ summary
                ▲                                  │
                └── new kinds of states, CPU s ────┘

What is chosen depends on how long tests take, and so no two explorations need be alike. But each
test depends on nothing but its spec, and whatever was found is found again from there.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Protocol

import msgspec

from harness.campaign.bandit import Bandit
from harness.campaign.mix import Mix
from harness.campaign.outcome import Outcome, lost
from harness.campaign.pool import Lost
from harness.campaign.summary import MixTally, Summary
from harness.spec import TestSpec

POLL_S = 0.2
INTERRUPTED = "interrupted"
LOST_COST_S = 60.0
"""What a trial that was lost counts for, in CPU seconds: it took long and showed nothing."""


class Trials(Protocol):
    """Where tests are run: a `harness.campaign.pool.Pool` of `outcome_of`."""

    @property
    def free(self) -> int:
        """How many more tests can be started now."""

    @property
    def busy(self) -> int:
        """How many tests are under way."""

    def submit(self, task: TestSpec) -> int:
        """Start a test; returns its ticket."""

    def collect(self, timeout_s: float) -> list[tuple[int, Outcome | Lost]]:
        """Wait for some tests to end, at most so long."""


class Until(msgspec.Struct, frozen=True, kw_only=True):
    """What ends an exploration before its seeds do: seconds of the wall clock, CPU seconds of
    trials, tests that caught the store, or someone's word (asked several times a second).
    """

    wall_s: float | None = None
    cpu_s: float | None = None
    caught: int | None = None
    said: Callable[[], bool] = lambda: False

    def over(self, summary: Summary) -> str | None:
        """Why it ends now, or None."""
        if self.said():
            return INTERRUPTED
        if self.caught is not None and len(summary.caught) >= self.caught:
            return f"{len(summary.caught)} failing seeds"
        if self.wall_s is not None and summary.wall_s >= self.wall_s:
            return f"the budget of {self.wall_s:g} s"
        if self.cpu_s is not None and summary.cpu_s >= self.cpu_s:
            return f"the budget of {self.cpu_s:g} CPU s"
        return None


def explore(
    base: TestSpec,
    *,
    seeds: Iterable[int],
    mixes: Sequence[Mix],
    trials: Trials,
    until: Until | None = None,
    floor: float = 0.2,
    on_result: Callable[[Outcome, Summary], None] = lambda outcome, summary: None,
    on_wait: Callable[[Summary], None] = lambda summary: None,
) -> Summary:
    """Run one test for each seed; returns what came of them.

    Tests that are under way when it ends are left to the pool: who closes it ends them.

    Args:
        base: what is tested; it must be in a world that is a simulation.
        seeds: each makes one test.
        mixes: the conditions to choose from.
        trials: where the tests are run.
        until: what ends it before the last seed.
        floor: the share of the tests that is dealt out evenly among the mixes; with 1 all of them.
        on_result: called for each test, in the order in which they end.
        on_wait: called several times a second, for those who draw.

    Raises:
        PoolBroken: the workers die one after the other.
    """
    until = until or Until()
    bandit = Bandit(len(mixes), Random(f"{base.seed}/mixes"), floor=floor)
    summary = Summary(mixes=[MixTally(mix=mix) for mix in mixes])
    seen: set[int] = set()
    under_way: dict[int, tuple[TestSpec, int]] = {}
    left = iter(seeds)
    more = True
    began = time.monotonic()
    while (why := until.over(summary)) is None and (more or under_way):
        while more and trials.free:
            seed = next(left, None)
            if seed is None:
                more = False
                break
            arm = bandit.choose()
            spec = mixes[arm].applied(base, seed)
            under_way[trials.submit(spec)] = spec, arm
        for ticket, answer in trials.collect(POLL_S):
            if ticket not in under_way:  # of an exploration before this one
                continue
            spec, arm = under_way.pop(ticket)
            outcome = lost(spec, answer) if isinstance(answer, Lost) else answer
            outcome = msgspec.structs.replace(outcome, mix=arm)
            new = len(outcome.features - seen)
            seen |= outcome.features
            bandit.learn(arm, new, LOST_COST_S if isinstance(answer, Lost) else outcome.cpu_s)
            summary.wall_s = time.monotonic() - began
            summary.add(outcome, new)
            on_result(outcome, summary)
        summary.wall_s = time.monotonic() - began
        on_wait(summary)
    summary.ended = why or "the last seed"
    return summary
