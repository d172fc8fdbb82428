"""Which planted bugs a run with real processes finds, and how soon.

    python -m benchmarks.catalog                          # every bug of every bundled store
    python -m benchmarks.catalog --target paxos --world docker quorum_half

Each bug gets one run of `splitbrain run` with the workload, the faults and the options that it is
declared with (`splitbrain list bugs`), which ends as soon as an operation proves the store wrong.
What counts is the verdict on what clients saw. Of the declared faults, those that real processes
can't be given have a stand-in::

    packet        partition   what was held while a link was cut arrives late
    crash, power  kill        at any point of the code; what was written stays
    clock, disk   none

Prints a line for every bug: the store, the bug, the faults, whether the history is valid, at which
second an operation was seen to fit no order, and how long it all took, with the start, the end and
the judging; then the count of those that were seen within 60 s. `--seed` makes the same faults and
operations at the same times; what the processes make of them is the machine's.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from harness import plugins
from harness.target import Bug

TARGETS = ("raft", "paxos", "chubby")
STAND_INS = {"packet": "partition", "crash": "kill", "power": "kill"}
LIMIT_S = 60.0
VERDICTS = {True: "valid", False: "INVALID"}


class Run(NamedTuple):
    """What became of one bug's run."""

    verdict: str
    found_s: float | None
    """When an operation was seen to fit no order; None: it was judged at the end, if at all."""
    wall_s: float
    reason: str

    @property
    def caught(self) -> bool:
        """Whether clients saw it in time."""
        seen_s = self.wall_s if self.found_s is None else self.found_s
        return self.verdict == "INVALID" and seen_s <= LIMIT_S

    def __str__(self) -> str:
        at = "" if self.found_s is None else f"{self.found_s:.1f} s"
        return f"{self.verdict:8} {at:>7}  {self.wall_s:5.1f} s  {self.reason}"


def faults(bug: Bug, world: str) -> list[str]:
    """The declared faults that this world can make, or what stands in for them."""
    can = plugins.load("world", world).faults
    name_of = {fault: fault.partition(":")[0] for fault in bug.faults}
    found = [f for f in bug.faults if plugins.load("nemesis", name_of[f]).needs <= can]
    there = {name_of[fault] for fault in found}
    missing = {name_of[fault] for fault in bug.faults if fault not in found}
    stand_ins = {STAND_INS[name] for name in missing if name in STAND_INS}
    return [*found, *sorted(stand_ins - there)]


def words(target: str, bug: Bug, own: argparse.Namespace) -> list[str]:
    """The command line of a bug's run, from `run` on."""
    return [
        *("run", "--target", target, "--world", own.world, "--bug", bug.flag),
        *("--workload", bug.workload, "--nemesis", ",".join(faults(bug, own.world)) or "none"),
        *("--nodes", str(own.nodes), "--time-limit", f"{own.seconds:g}", "--rate", f"{own.rate:g}"),
        *("--nemesis-quiet", "1", "--nemesis-interval", "2"),
        *("--nemesis-overlap", str(own.overlap), "--seed", str(own.seed)),
        "--stop-on-violation",
    ]


def run(command: Sequence[str]) -> Run:
    """Carry it out."""
    splitbrain = str(Path(sys.executable).parent / "splitbrain")
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as out:
        ended = subprocess.run(
            [splitbrain, *command, "--json", "--out", out],
            capture_output=True,
            text=True,
            check=False,
        )
    wall_s = time.monotonic() - began
    if not ended.stdout:
        return Run("failed", None, wall_s, ended.stderr.strip())
    results = json.loads(ended.stdout)
    violation = results.get("stream", {}).get("violation")
    found_s = violation["at_s"] if violation else None
    verdict = VERDICTS.get(results["valid"], str(results["valid"]))
    return Run(verdict, found_s, wall_s, results["reason"] or "")


def chosen(targets: Sequence[str], flags: Sequence[str]) -> Iterator[tuple[str, Bug]]:
    """The bugs to look for, those that nothing can show left out."""
    for target in targets:
        for bug in plugins.load("target", target).bugs:
            if bug.equivalence is None and (not flags or bug.flag in flags):
                yield target, bug


def main() -> None:
    """Look for each bug once."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("flags", nargs="*", metavar="BUG")
    parser.add_argument("--target", action="append", choices=TARGETS)
    parser.add_argument("--world", default="local")
    parser.add_argument("--nodes", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=50.0)
    parser.add_argument("--rate", type=float, default=300.0)
    parser.add_argument("--overlap", type=int, default=2, help="so many faults at once")
    parser.add_argument("--seed", type=int, default=1)
    own = parser.parse_args()
    caught = tried = 0
    for target, bug in chosen(own.target or TARGETS, own.flags):
        found = run(words(target, bug, own))
        tried += 1
        caught += found.caught
        what = ",".join(faults(bug, own.world)) or "none"
        print(f"{target:6} {bug.flag:30} {what:25} {found}"[:160], flush=True)
    print(f"{caught} of {tried} caught within {LIMIT_S:g} s")


if __name__ == "__main__":
    main()
