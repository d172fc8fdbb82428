"""What a campaign keeps of one trial: little enough to cross a pipe thousands of times."""

from __future__ import annotations

from typing import Literal

import msgspec

from harness.campaign.pool import Lost
from harness.spec import TestSpec
from harness.trial import run_trial

MOST_INVARIANTS = 3

Validity = Literal["valid", "invalid", "unknown", "failed"]


class Outcome(msgspec.Struct, frozen=True, kw_only=True):
    """One trial.

    Args:
        spec: the test, whole: `spec.command` repeats it.
        mix: the number of its mix in the campaign.
        verdict: the black-box verdict; `failed` where the test could not be carried out.
        reason: one sentence where it is not valid.
        kinds: by what the store was caught: names of checks, then of invariants.
        invariants: the first sentences of violated invariants.
        features: numbers of the kinds of states that were reached.
        ops: operations of clients.
        simulated_s, cpu_s, events: as of `harness.trial.Trial`.
        version: of the target.
        sha256: of the history, where the trial is one to be kept.
    """

    spec: TestSpec
    mix: int = 0
    verdict: Validity
    reason: str | None = None
    kinds: tuple[str, ...] = ()
    invariants: tuple[str, ...] = ()
    features: frozenset[int] = frozenset()
    ops: int = 0
    simulated_s: float = 0.0
    cpu_s: float = 0.0
    events: int = 0
    version: str | None = None
    sha256: str | None = None

    @property
    def caught(self) -> bool:
        """Whether the store was caught, by the verdict or by an invariant."""
        return self.verdict == "invalid" or bool(self.invariants)


def outcome_of(spec: TestSpec) -> Outcome:
    """Run the trial of a test; for the workers of a pool."""
    trial = run_trial(spec)
    verdict: Validity = "unknown"
    if trial.valid != "unknown":
        verdict = "valid" if trial.valid else "invalid"
    elif trial.error is not None:
        verdict = "failed"
    return Outcome(
        spec=spec,
        verdict=verdict,
        reason=trial.reason,
        kinds=trial.kinds,
        invariants=tuple(trial.invariants[:MOST_INVARIANTS]),
        features=trial.features,
        ops=sum(op.type == "invoke" and isinstance(op.process, int) for op in trial.ops),
        simulated_s=trial.simulated_s,
        cpu_s=trial.cpu_s,
        events=trial.events,
        version=trial.version,
        sha256=trial.sha256() if trial.failed or trial.valid == "unknown" else None,
    )


def lost(spec: TestSpec, why: Lost) -> Outcome:
    """The outcome of a trial of which there is none."""
    return Outcome(spec=spec, verdict="failed", reason=why.reason)
