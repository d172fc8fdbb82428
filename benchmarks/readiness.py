"""How long a run of five nodes takes to serve, and to be gone again.

    python -m benchmarks.readiness --world docker --runs 3

Prints, for each run, the seconds from its beginning at which each phase began.
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from harness.history import Op
from harness.run import run_test
from harness.spec import Cadence, TestSpec, node_names


class Stopwatch:
    """An observer that notes when each phase begins."""

    def __init__(self) -> None:
        self._began = time.monotonic()
        self.phases: list[str] = []

    def phase(self, text: str) -> None:
        """Note the phase."""
        self.phases.append(f"{time.monotonic() - self._began:5.2f} s  {text}")

    def op(self, op: Op) -> None:
        """Operations are not what is measured."""


def main() -> None:
    """Run a one-second test so many times."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--world", default="docker")
    own = parser.parse_args()
    spec = TestSpec(
        name="readiness",
        target="raft",
        world=own.world,
        nodes=node_names(5),
        workload="register",
        nemesis=[],
        seed=1,
        time_limit=1,
        concurrency=10,
        rate=100,
        ops_per_key=100,
        cadence=Cadence.fitting(1),
    )
    with tempfile.TemporaryDirectory() as out:
        for number in range(1, own.runs + 1):
            watch = Stopwatch()
            run_test(spec, Path(out), watch)
            print(f"run {number}", *watch.phases, sep="\n  ")


if __name__ == "__main__":
    main()
