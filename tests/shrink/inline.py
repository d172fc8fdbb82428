"""Trials without worker processes, for tests: as much of a pool as `harness.shrink` needs."""

from __future__ import annotations

from collections.abc import Callable

from harness.campaign.pool import Lost
from harness.shrink.court import Verdict, try_spec
from harness.spec import TestSpec


class Inline:
    """Runs a trial when it is asked for the answer."""

    size = 1
    free = 1

    def __init__(self, call: Callable[[TestSpec], Verdict | Lost] = try_spec) -> None:
        self._call = call
        self._tasks: list[TestSpec] = []
        self.seen: list[TestSpec] = []

    def submit(self, task: TestSpec) -> int:
        """Take note of a task."""
        self.seen.append(task)
        self._tasks.append(task)
        return len(self.seen)

    def collect(self, timeout_s: float) -> list[tuple[int, Verdict | Lost]]:
        """Run what was asked."""
        tasks, self._tasks = self._tasks, []
        first = len(self.seen) - len(tasks) + 1
        return [(first + number, self._call(task)) for number, task in enumerate(tasks)]
