"""From a run that failed to a small script that fails in the same way."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from msgspec.structs import replace

from harness.shrink.case import Case
from harness.shrink.court import Court, OutOfBudget, Workers
from harness.shrink.reduce import around, reduce
from harness.shrink.source import Source
from harness.shrink.tidy import MANY_SEEDS, SEEDS, tidy, with_parts
from harness.spec import TestSpec
from harness.trial import assemble_simulation
from harness.worlds.world import WorldError


@dataclass
class Shrunk:
    """What came out.

    Args:
        spec: the smaller test; None when what happened in the run never failed as a script.
        before, after: the sizes.
        rate: with how many of `seeds` seeds it fails; None where it ended before that was tried.
        trials: simulated tests that this took.
        lost: how many of them could not be carried out.
        ended: why it ended before nothing more could go, if it did.
    """

    spec: TestSpec | None
    before: dict[str, float]
    after: dict[str, float]
    rate: int | None
    seeds: int
    trials: int
    lost: int
    ended: str | None


def shrink(
    source: Source,
    workers: Workers,
    *,
    budget_s: float,
    say: Callable[[str], None] = lambda text: None,
) -> Shrunk:
    """Make a failing run smaller; an interrupt (KeyboardInterrupt) ends it with the best so far.

    Raises:
        UnknownName, SpecError: there can be no simulated test of what was tested.
        WorldError: no trial could be carried out.
    """
    whole = source.case.spec(source.spec, source.spec.seed)
    assemble_simulation(replace(whole, steps=[]))  # a part of the steps may do where all do not
    seed = source.spec.seed
    seeds = [seed, *(number for number in range(MANY_SEEDS) if number != seed)][:MANY_SEEDS]
    court = Court(source.spec, source.wanted, workers, seeds, time.monotonic() + budget_s)
    best: list[tuple[Case, int]] = []

    def keep(case: Case) -> None:
        best.append((case, court.seed))
        sizes = case.sizes()
        say(f"{court.trials} trials: " + ", ".join(f"{n:g} {name}" for name, n in sizes.items()))

    rate: int | None = None
    ended = None
    try:
        found = _begin(source, court)
        if found is not None:
            keep(found)
            found = tidy(reduce(found, court, keep), court, keep)
            rate = court.rate(found, MANY_SEEDS)
    except OutOfBudget:
        ended = f"the budget of {budget_s:g} s is used up"
    except KeyboardInterrupt:
        ended = "interrupted"
    trials, lost = court.trials, len(court.lost)
    if lost and lost == trials:
        raise WorldError(f"no simulated trial could be carried out, e.g. {court.lost[0]}")
    before = source.case.sizes()
    if not best:
        return Shrunk(None, before, before, None, MANY_SEEDS, trials, lost, ended)
    case, seed = best[-1]
    spec = case.spec(source.spec, seed)
    return Shrunk(spec, before, case.sizes(), rate, MANY_SEEDS, trials, lost, ended)


def _begin(source: Source, court: Court) -> Case | None:
    """A script of the run that fails: what its counterexample shows, or more, or everything.

    As it was told first; then as if another node had led at the beginning, as it does with other
    seeds and in other worlds.
    """
    tellings = [source.case, *(with_parts(source.case, leader) for leader in source.case.nodes)]
    whole: list[Case] = []
    for telling in tellings:  # by comparing: what operations carry need not have a hash
        if telling not in whole:
            whole.append(telling)
    if source.witnesses:
        parts = [around(telling, source.witnesses) for telling in whole]
        for size in zip(*parts, strict=True):
            if (found := court.first(size, seeds=3)) is not None:
                return found
    return court.first(whole, seeds=SEEDS)
