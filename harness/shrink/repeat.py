"""A script found in the simulation, repeated where the run was: real machines are not so exact."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

import msgspec

from harness.drive import Observer
from harness.run import run_test
from harness.shrink.source import kinds_of
from harness.spec import TestSpec


class Repeated(NamedTuple):
    """How often a script failed as wanted, of how many times, and where the runs are."""

    world: str
    failed: int
    times: int
    out: Path


def repeat(
    spec: TestSpec, world: str, wanted: str, times: int, out: Path, observer: Observer
) -> Repeated:
    """Run a script so many times in a world; an interrupt ends it with what there is.

    Raises:
        SpecError: the world can't do it.
    """
    failed = done = 0
    there = msgspec.structs.replace(spec, world=world)
    try:
        for number in range(times):
            observer.phase(f"{world}: run {number + 1} of {times}, {failed} failed")
            results = run_test(there, out, _QUIET).results
            done += 1
            failed += wanted in kinds_of(results)
            if results["checks"].get("complete", {}).get("reason", "").startswith("interrupted"):
                break
    except KeyboardInterrupt:
        pass
    return Repeated(world, failed, done, out)


class _Quiet:
    """An observer who shows nothing: there are several runs, and they are counted."""

    def phase(self, text: str) -> None:
        """Nothing."""

    def op(self, op: object) -> None:
        """Nothing."""


_QUIET = _Quiet()
