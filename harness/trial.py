"""One simulated test in memory: no folder, no reports; for those who run thousands.

A trial is the same test as `harness.run` makes of the same spec: a seed that fails here fails there
too, and is then run once more with a folder, for a person to look at.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from time import process_time
from typing import Any

from harness.assembly import Parts, assemble
from harness.checker.verdict import Validity
from harness.drive import Drive
from harness.history import Op
from harness.history.journal import encoded
from harness.history.memory import Memory
from harness.invariants import named
from harness.judge import judge
from harness.spec import SpecError, TestSpec


@dataclass(frozen=True)
class Trial:
    """What became of one simulated test.

    Args:
        spec: the test.
        valid, reason: the black-box verdict, as in `results.json`.
        checks: each check's finding, as in `results.json`.
        invariants: what an all-knowing observer saw violated; empty where the target offers none.
        features: numbers of the kinds of states that were reached (`harness.invariants`).
        ops: the history.
        logs: the nodes' logs, as in the run's folder.
        simulated_s: how long the test was under virtual time, in seconds.
        cpu_s: what it cost, the check included, in seconds of this processor.
        events: what happened on the loop's heap: frames, timers.
        version: of the target, as its nodes say.
        error: why the test could not be carried out, if it could not; then it says nothing of the
            store, and is unknown.
    """

    spec: TestSpec
    valid: Validity
    reason: str | None
    checks: dict[str, Any]
    invariants: Sequence[str]
    features: frozenset[int]
    ops: Sequence[Op]
    logs: Mapping[str, bytes]
    simulated_s: float
    cpu_s: float
    events: int
    version: str | None = None
    error: str | None = None

    @property
    def failed(self) -> bool:
        """Whether the store was caught, by the verdict or by an invariant."""
        return self.valid is False or bool(self.invariants)

    @property
    def kinds(self) -> tuple[str, ...]:
        """By what the store was caught: names of checks, then of invariants, each once."""
        checks = [name for name, finding in self.checks.items() if finding["valid"] is False]
        return tuple(dict.fromkeys([*checks, *map(named, self.invariants)]))

    def sha256(self) -> str:
        """Of the history, as `history.jsonl` would hold it."""
        digest = sha256()
        for op in self.ops:
            digest.update(encoded(op))
        return digest.hexdigest()


class _Nobody:
    """An observer who looks away."""

    def phase(self, text: str) -> None:
        """Nothing."""

    def op(self, op: Op) -> None:
        """Nothing."""


def assemble_simulation(spec: TestSpec) -> Parts:
    """`assemble`, for tests that can be trials.

    Raises:
        UnknownName, SpecError: the test can't be, or its world is no simulation.
    """
    parts = assemble(spec)
    if parts.world_class.loop_factory is None:
        raise SpecError(f"world {spec.world} is no simulation: only those run thousands of tests")
    return parts


def run_trial(spec: TestSpec) -> Trial:
    """Run one simulated test, and judge it.

    Raises:
        UnknownName, SpecError: the test can't be, or its world is no simulation.
    """
    begin = process_time()
    parts = assemble_simulation(spec)
    memory = Memory()
    drive = Drive(spec, parts, lambda: memory, _Nobody())
    with asyncio.Runner(loop_factory=parts.world_class.loop_factory) as runner:
        runner.run(drive.run())
        loop: Any = runner.get_loop()
        simulated_s, events = loop.now, loop.events
    if drive.error is not None:
        drive.observed.cut_short = drive.error
    _, results = judge(
        memory.ops,
        parts.workload.model,
        drive.observed,
        nemeses=parts.faults,
        log_patterns=parts.target.log_patterns,
        time_limit_s=spec.limits.check_s,
        weaker=False,  # thousands of trials ask only whether
    )
    invariants = drive.invariants
    return Trial(
        spec=spec,
        valid=results["valid"],
        reason=results["reason"],
        checks=results["checks"],
        invariants=() if invariants is None else tuple(invariants.violations),
        features=frozenset() if invariants is None else invariants.features(),
        ops=memory.ops,
        logs=drive.observed.logs,
        simulated_s=simulated_s,
        cpu_s=process_time() - begin,
        events=events,
        version=drive.observed.version,
        error=drive.error,
    )
