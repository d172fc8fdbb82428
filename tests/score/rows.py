"""Searches over made-up tests, for the tests of the score."""

from __future__ import annotations

from collections.abc import Callable
from random import Random

from msgspec import structs

from harness.campaign.outcome import Outcome
from harness.campaign.pool import Lost
from harness.spec import Cadence, TestSpec, node_names

BASE = TestSpec(
    name="made-up",
    target="raft",
    world="sim",
    nodes=node_names(3),
    workload="register",
    nemesis=[],
    seed=1,
    time_limit=8.0,
    concurrency=3,
    rate=100.0,
    ops_per_key=100,
    cadence=Cadence.fitting(8.0),
)


def numbered(number: int) -> tuple[TestSpec, str]:
    """The test of that number in a row: its seed tells it."""
    return structs.replace(BASE, seed=number, command=f"run {number}"), f"mix {number}"


def outcome(
    spec: TestSpec, verdict: str = "valid", *, invariants: tuple[str, ...] = (), cpu_s: float = 1.0
) -> Outcome:
    """A test that took 10 simulated seconds and made 100 operations."""
    kinds = ("linearizable",) if verdict == "invalid" else ()
    return Outcome(
        spec=spec,
        verdict=verdict,  # type: ignore[arg-type]
        reason=None if verdict == "valid" else f"{verdict} {spec.seed}",
        kinds=(*kinds, *(sentence.partition(":")[0] for sentence in invariants)),
        invariants=invariants,
        ops=100,
        simulated_s=10.0,
        cpu_s=cpu_s,
    )


class Trials:
    """Runs tests at once, and hands the outcomes over in an order of its own."""

    def __init__(
        self, run: Callable[[TestSpec], Outcome | Lost], workers: int = 1, seed: int = 0
    ) -> None:
        self._run = run
        self._workers = workers
        self._rng = Random(seed)
        self._tickets = 0
        self._done: list[tuple[int, Outcome | Lost]] = []
        self.specs: list[TestSpec] = []

    @property
    def free(self) -> int:
        return self._workers - len(self._done)

    @property
    def busy(self) -> int:
        return len(self._done)

    def submit(self, task: TestSpec) -> int:
        self._tickets += 1
        self.specs.append(task)
        self._done.append((self._tickets, self._run(task)))
        return self._tickets

    def collect(self, timeout_s: float) -> list[tuple[int, Outcome | Lost]]:
        return [self._done.pop(self._rng.randrange(len(self._done)))]
