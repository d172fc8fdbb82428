"""Failing seeds get a folder: the test is run once more, as `splitbrain run` would.

It must give the same history, byte for byte. Where it does not, something above the simulation
draws from what is not the seed, and that is said: it is a mistake in splitbrain or a plugin.

A process of its own does this beside the workers, so that finding more need not wait for drawing.
"""

from __future__ import annotations

from collections import deque
from hashlib import file_digest
from pathlib import Path

from msgspec import Struct

from harness.campaign.outcome import Outcome
from harness.campaign.pool import Lost, Pool
from harness.history import Op
from harness.run import run_test
from harness.spec import TestSpec

MOST_UNKNOWN = 3


class Task(Struct, frozen=True):
    """A test to be kept, under which folder, and the SHA-256 that its history must have."""

    spec: TestSpec
    out: Path
    sha256: str | None


class Kept(Struct, frozen=True):
    """Where a test is kept, and whether its history was the same again."""

    folder: Path
    same: bool


class _Nobody:
    def phase(self, text: str) -> None:
        """Nothing."""

    def op(self, op: Op) -> None:
        """Nothing."""


def keep(task: Task) -> Kept:
    """Run the test with a folder."""
    folder = run_test(task.spec, task.out, _Nobody()).folder
    with folder.history_file.open("rb") as history:
        found = file_digest(history, "sha256").hexdigest()
    return Kept(folder.path, found == task.sha256)


class Keeper:
    """Keeps what it is told to, one after the other; a context manager.

    Args:
        out: the folder in which the tests get theirs.
        most: how many to keep. The first of each kind of failure is kept beyond that.
    """

    def __init__(self, out: Path, most: int) -> None:
        self.kept: dict[str, Kept | Lost] = {}
        """By the command of the test."""
        self._out = out
        self._most = most
        self._pool: Pool[Task, Kept] = Pool(keep, 1)
        self._started = False
        self._waiting: deque[Outcome] = deque()
        self._under_way: dict[int, str] = {}
        self._kinds: set[tuple[str, ...]] = set()
        self._taken = self._unknown = 0

    def __enter__(self) -> Keeper:
        return self

    def __exit__(self, *_: object) -> None:
        self._pool.close()

    def take(self, outcome: Outcome) -> None:
        """Keep this one, if it is one to keep."""
        if outcome.caught:
            if self._taken < self._most or outcome.kinds not in self._kinds:
                self._kinds.add(outcome.kinds)
                self._taken += 1
                self._waiting.append(outcome)
        elif outcome.verdict == "unknown" and self._unknown < min(MOST_UNKNOWN, self._most):
            self._unknown += 1
            self._waiting.append(outcome)

    @property
    def left(self) -> int:
        """How many are not kept yet."""
        return len(self._waiting) + len(self._under_way)

    def work(self, timeout_s: float = 0.0) -> None:
        """See what is done, and give the next; waits at most so long."""
        if not self.left:
            return
        if not self._started:
            self._pool.__enter__()
            self._started = True
        if self._pool.free and self._waiting:
            outcome = self._waiting.popleft()
            ticket = self._pool.submit(Task(outcome.spec, self._out, outcome.sha256))
            self._under_way[ticket] = outcome.spec.command
        for ticket, answer in self._pool.collect(timeout_s):
            self.kept[self._under_way.pop(ticket)] = answer
