"""The stores keep their promises with other settings than the default ones, under faults."""

from __future__ import annotations

import re
from typing import Any

import pytest

from harness.assembly import assemble
from harness.spec import Cadence, OptionError, TestSpec, node_names
from harness.trial import Trial, run_trial
from targets.bundled_store import BundledStore
from targets.chubby import ChubbyTarget
from targets.paxos import PaxosTarget
from targets.raft import RaftTarget

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


@pytest.mark.parametrize(
    ("target", "nemesis"), [("raft", ["partition", "kill"]), ("paxos", ["transfer", "membership"])]
)
def test_a_node_that_begins_outside_the_members(target: str, nemesis: list[str]) -> None:
    """It refuses its clients, and is no reason to think that the cluster has not started."""
    found = trial(target, nemesis, {"initial": ["n1", "n2"]})
    assert (found.valid, found.reason, list(found.invariants)) == (True, None, [])


@pytest.mark.parametrize("name", ["session_lease", "election_min", "heartbeat", "lock_delay"])
@pytest.mark.parametrize("value", ["nan", float("inf"), True, 10**400, None, [1]])
def test_seconds_are_a_finite_number(name: str, value: Any) -> None:
    with pytest.raises(OptionError, match=f"chubby: {name} is a number of seconds, not "):
        ChubbyTarget(options={name: value})


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"session_lease": 0.3}, "session_lease is 0.3: it must be above 0.3 seconds"),
        ({"lock_delay": -1}, "lock_delay is -1: it must be at least 0 seconds"),
        ({"heartbeat": 0}, "and they are 0, 0.3 and 0.6"),
        ({"initial": 5}, "initial is a list of nodes, such as n1,n2, not 5"),
        ({"initial": {"n1": 1}}, "initial is a list of nodes"),
        ({"initial": ["n1", 2]}, "initial is a list of nodes"),
        ({"initial": []}, "initial is empty: give a node at least"),
        ({"initial": "n1,n2,n1"}, "initial has a node twice: n1, n2, n1"),
    ],
)  # fmt: skip
def test_what_an_option_can_not_be(options: dict[str, Any], told: str) -> None:
    with pytest.raises(OptionError, match=re.escape(told)):
        ChubbyTarget(options=options)


@pytest.mark.parametrize("target", [RaftTarget, PaxosTarget])
def test_only_the_lock_service_has_its_options(target: type[BundledStore]) -> None:
    for name in ("session_lease", "lock_delay"):
        with pytest.raises(OptionError, match=f"{target.name}: unknown option '{name}': chubby"):
            target(options={name: 1})


@pytest.mark.parametrize("target", ["raft", "paxos", "chubby"])
def test_the_first_voters_are_nodes_of_the_test(target: str) -> None:
    spec = TestSpec(
        name="x", target=target, world="sim", nodes=["n1", "n2"],
        workload="file-register" if target == "chubby" else "register", nemesis=[], seed=0,
        time_limit=1.0, concurrency=2, rate=1.0, ops_per_key=9, cadence=Cadence(1, 1),
        options={"initial": ["n1", "n7"]},
    )  # fmt: skip
    with pytest.raises(OptionError, match=f"{target}: initial: there is no node 'n7'; there are n"):
        assemble(spec)


def test_a_lease_that_outlives_a_hand_over_is_seen() -> None:
    """Such a test is not blind."""
    found = (
        trial("raft", ["transfer:cut"], {}, ("lease_kept_on_transfer",), seed, rate=200.0)
        for seed in range(4, 14)
    )
    assert any(each.valid is False for each in found)
