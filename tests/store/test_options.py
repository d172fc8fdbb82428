"""The stores keep their promises with other settings than the default ones, under faults."""

from __future__ import annotations

from typing import Any

import pytest

from harness.spec import Cadence, TestSpec, node_names
from harness.trial import Trial, run_trial

SECONDS = 12.0


def trial(
    target: str,
    nemesis: list[str],
    options: dict[str, Any],
    bugs: tuple[str, ...] = (),
    seed: int = 7,
    rate: float = 60.0,
) -> Trial:
    return run_trial(
        TestSpec(
            name="options",
            target=target,
            world="sim",
            nodes=node_names(3),
            workload="register",
            nemesis=nemesis,
            seed=seed,
            time_limit=SECONDS,
            concurrency=6,
            rate=rate,
            ops_per_key=50,
            bugs=list(bugs),
            cadence=Cadence.fitting(SECONDS, len(nemesis)),
            options=options,
        )
    )


@pytest.mark.parametrize("target", ["raft", "paxos"])
@pytest.mark.parametrize(
    "nemesis",
    [["transfer", "membership"], ["kill", "packet:storm"], ["transfer:cut", "clock:drift.slight"]],
    ids=" ".join,
)
def test_with_many_snapshots_and_leases(target: str, nemesis: list[str]) -> None:
    found = trial(target, nemesis, {"snapshot_entries": 10, "reads": "lease"})
    assert (found.valid, found.reason, list(found.invariants)) == (True, None, [])
    log = b"".join(found.logs.values())
    assert log.count(b" snapshot slot=") > 20


def test_a_lease_that_outlives_a_hand_over_is_seen() -> None:
    """Such a test is not blind."""
    found = (
        trial("raft", ["transfer:cut"], {}, ("lease_kept_on_transfer",), seed, rate=200.0)
        for seed in range(4, 14)
    )
    assert any(each.valid is False for each in found)
