"""What came of a campaign, added up as it goes."""

from __future__ import annotations

from collections import Counter

import msgspec

from harness.campaign.mix import Mix
from harness.campaign.outcome import Outcome

MOST_UNKNOWN = 20
"""So many tests without a verdict are kept: there is little to learn from more."""


class MixTally(msgspec.Struct, kw_only=True):
    """What one mix has shown."""

    mix: Mix
    tests: int = 0
    cpu_s: float = 0.0
    features: int = 0
    caught: int = 0


class Summary(msgspec.Struct, kw_only=True):
    """What came of all tests so far.

    `verdicts` counts the tests by their verdict, `kinds` those in which the store was caught, by
    check or invariant; `ops`, `events`, `simulated_s`, `cpu_s` are sums; `features` is how many
    kinds of states were reached; `caught`, `unknown` and `failed` are the outcomes that are kept.
    """

    tests: int = 0
    verdicts: Counter[str] = msgspec.field(default_factory=Counter)
    kinds: Counter[str] = msgspec.field(default_factory=Counter)
    ops: int = 0
    events: int = 0
    simulated_s: float = 0.0
    cpu_s: float = 0.0
    wall_s: float = 0.0
    features: int = 0
    mixes: list[MixTally] = []
    caught: list[Outcome] = []
    unknown: list[Outcome] = []
    failed: list[Outcome] = []
    version: str | None = None
    """Of the target."""
    ended: str = "unfinished"
    """What ended the campaign; `unfinished` as long as nothing did."""

    def add(self, outcome: Outcome, new: int) -> None:
        """Count one outcome, which reached so many new kinds of states."""
        tally = self.mixes[outcome.mix]
        tally.tests += 1
        tally.cpu_s += outcome.cpu_s
        tally.features += new
        tally.caught += outcome.caught
        self.tests += 1
        self.version = self.version or outcome.version
        self.verdicts[outcome.verdict] += 1
        self.kinds.update(outcome.kinds)
        self.ops += outcome.ops
        self.events += outcome.events
        self.simulated_s += outcome.simulated_s
        self.cpu_s += outcome.cpu_s
        self.features += new
        kept = msgspec.structs.replace(outcome, features=frozenset())
        if outcome.caught:
            self.caught.append(kept)
        elif outcome.verdict == "unknown" and len(self.unknown) < MOST_UNKNOWN:
            self.unknown.append(kept)
        elif outcome.verdict == "failed" and len(self.failed) < MOST_UNKNOWN:
            self.failed.append(kept)
