"""A suite: seeds explored, failing ones kept, everything written down.

::

    runs/suite-raft-register/20260102T030405.678Z/
      suite.json                         counts, mixes, failing seeds; anew every few seconds
      raft-register-17/20260102T…/       a failing seed's run, as any other run

What is written of a suite that is killed is at most some seconds old.
"""

from __future__ import annotations

import json
import platform
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Any, Protocol

from msgspec import to_builtins

from harness import exit_codes
from harness.campaign.explore import INTERRUPTED, POLL_S, Until, explore
from harness.campaign.keep import Keeper, Kept
from harness.campaign.mix import Mix
from harness.campaign.outcome import Outcome, outcome_of
from harness.campaign.pool import Pool
from harness.campaign.seldom import Seldom
from harness.campaign.summary import Summary
from harness.run_folder import LATEST, make_unique, point, timestamp, write_whole
from harness.spec import TestSpec

SUITE_FILE = "suite.json"


class Watcher(Protocol):
    """Someone who watches a suite, e.g. the live table."""

    def found(self, outcome: Outcome) -> None:
        """This test caught the store, or came to no verdict."""

    def show(self, summary: Summary, note: str) -> None:
        """So it stands; called several times a second. `note` says what is being done."""


class Suite:
    """One suite.

    Args:
        base: what is tested; its seed is the first.
        mixes: the conditions to choose from.
        seeds: how many tests.
        workers: how many processes.
        until: what ends it early.
        keep: how many failing seeds get a folder.
        out: where the suite's folder goes.
        watcher: who is told.
    """

    def __init__(
        self,
        base: TestSpec,
        mixes: Sequence[Mix],
        *,
        seeds: int,
        workers: int,
        until: Until,
        keep: int,
        out: Path,
        watcher: Watcher,
    ) -> None:
        self._base = base
        self._mixes = mixes
        self._seeds = seeds
        self._workers = workers
        self._until = until
        self._watcher = watcher
        self._started = datetime.now(UTC)
        name = f"suite-{base.name}"
        self.folder = make_unique(out / name, timestamp(self._started))
        point(out / name / LATEST, self.folder.name)
        self._keeper = Keeper(self.folder, keep)
        self._write_now_and_then = Seldom(self._write)
        self.summary = Summary()

    @property
    def file(self) -> Path:
        """Where the results are."""
        return self.folder / SUITE_FILE

    def run(self) -> None:
        """Explore, keep, write.

        Raises:
            PoolBroken: the workers die one after the other; what there is has been written.
        """
        first = self._base.seed
        with self._keeper:
            try:
                with Pool(outcome_of, self._workers) as pool:
                    self.summary = explore(
                        self._base,
                        seeds=range(first, first + self._seeds),
                        mixes=self._mixes,
                        trials=pool,
                        until=self._until,
                        on_result=self._result,
                        on_wait=self._wait,
                    )
                while self._keeper.left and not self._until.said():
                    self._keeper.work(POLL_S)
                    self._watcher.show(self.summary, f"keeping {self._keeper.left} failing seeds")
            finally:
                self._write()

    def _result(self, outcome: Outcome, summary: Summary) -> None:
        self.summary = summary
        if outcome.verdict != "valid" or outcome.caught:
            self._keeper.take(outcome)
            self._watcher.found(outcome)

    def _wait(self, summary: Summary) -> None:
        self.summary = summary
        self._keeper.work()
        self._watcher.show(summary, "exploring")
        self._write_now_and_then()

    def _write(self) -> None:
        text = json.dumps(self.results(), indent=2, ensure_ascii=False) + "\n"
        write_whole(self.file, text.encode())

    def results(self) -> dict[str, Any]:
        """What `suite.json` holds."""
        base, summary = self._base, self.summary
        counts = to_builtins(summary)
        for field in ("mixes", "caught", "unknown", "failed", "version"):
            del counts[field]
        return {
            "name": base.name,
            "target": base.target,
            "world": base.world,
            "workload": base.workload,
            "bugs": base.bugs,
            "seed": base.seed,
            "seeds": self._seeds,
            "workers": self._workers,
            "started": self._started.isoformat(timespec="milliseconds"),
            "versions": {
                "splitbrain": version("splitbrain"),
                "python": platform.python_version(),
                base.target: summary.version,
            },
            **counts,
            "mixes": [to_builtins(tally) for tally in summary.mixes],
            "failing": [self._told(outcome) for outcome in summary.caught],
            "unknown": [self._told(outcome) for outcome in summary.unknown],
            "failed": [self._told(outcome) for outcome in summary.failed],
            "folder": str(self.folder),
        }

    def _told(self, outcome: Outcome) -> dict[str, Any]:
        kept = self._keeper.kept.get(outcome.spec.command)
        told = {
            "seed": outcome.spec.seed,
            "mix": outcome.mix,
            "verdict": outcome.verdict,
            "kinds": list(outcome.kinds),
            "reason": outcome.reason,
            "invariants": list(outcome.invariants),
            "command": outcome.spec.command,
            "folder": None,
        }
        if isinstance(kept, Kept):
            told |= {"folder": str(kept.folder), "same_history": kept.same}
        elif kept is not None:
            told["not_kept"] = kept.reason
        return told

    def exit_code(self) -> int:
        """1 if a test caught the store; else 255 if one could not be carried out; else 2 if one
        has no verdict, none ended in time, or the suite was interrupted; else 0.
        """
        summary = self.summary
        if summary.caught:
            return exit_codes.INVALID
        if summary.verdicts["failed"]:
            return exit_codes.FAILED
        if not summary.tests or summary.verdicts["unknown"] or summary.ended == INTERRUPTED:
            return exit_codes.UNKNOWN
        return exit_codes.VALID
