"""Each workload on the stores that it is for: valid as they are, caught where a bug is planted."""

from __future__ import annotations

import pytest

from harness import plugins
from harness.spec import Cadence, TestSpec, TimeLimits, node_names
from harness.trial import Trial, run_trial

TIME_LIMIT_S = 2.0
SEEDS = range(40)
"""More than it takes: what a seed shows changes with every draw that the code makes."""

STALE = ("follower_local_read", ())
DOUBLED = ("no_client_dedup", ("packet",))

CAUGHT = {
    "register": (STALE,),
    "cas": (STALE,),
    "txn": (STALE, DOUBLED),
    "append": (STALE, DOUBLED),
    "set": (STALE,),
    "grow-only-set": (STALE,),
    "counter": (STALE, DOUBLED),
    "queue": (DOUBLED,),
}
"""What each must show. Adding an element twice is no different from adding it once; a queue has
nothing that only reads.
"""


LEASES = {
    "lock": (("client_ignores_expiry", ("partition",)),),
    "fenced-lock": (("lock_generation_reset", ("kill:all",)),),
    "leader-election": (("client_ignores_expiry", ("partition:one",)),),
    "file-register": (("cas_ignores_generation", ()),),
    "ephemeral-membership": (("ephemeral_made_persistent", ()),),
}
"""Likewise, on the lock service."""

LEASE_S = 6.0
"""A test's time limit where a lease must run out."""


def simulated(
    workload: str,
    target: str,
    seed: int,
    nemesis: tuple[str, ...],
    bugs: tuple[str, ...] = (),
    check_s: float = 30.0,
    time_limit: float = TIME_LIMIT_S,
) -> Trial:
    """A short test in the simulated world."""
    spec = TestSpec(
        name="workloads",
        target=target,
        world="sim",
        nodes=node_names(3),
        workload=workload,
        nemesis=list(nemesis),
        seed=seed,
        time_limit=time_limit,
        concurrency=6,
        rate=60.0,
        ops_per_key=30,
        bugs=list(bugs),
        cadence=Cadence.fitting(time_limit, len(nemesis)),
        limits=TimeLimits(operation_s=0.5, check_s=check_s),
    )
    return run_trial(spec)


def test_every_workload_is_tried_here() -> None:
    assert {*CAUGHT, *LEASES} == set(plugins.names("workload"))


@pytest.mark.parametrize("target", ["raft", "paxos"])
@pytest.mark.parametrize("workload", CAUGHT)
def test_valid_under_faults(workload: str, target: str) -> None:
    """Every kind of operation succeeded, too: if one never did, that would be unknown."""
    trial = simulated(workload, target, 1, ("partition", "kill", "pause"))
    assert (trial.valid, trial.reason) == (True, None)
    assert not trial.invariants


@pytest.mark.parametrize(
    ("workload", "bug", "nemesis"),
    [(workload, bug, faults) for workload, found in CAUGHT.items() for bug, faults in found],
)
def test_a_planted_bug_is_caught(workload: str, bug: str, nemesis: tuple[str, ...]) -> None:
    """By the history alone, in one of a few short tests.

    Little time for the check: what it has left, it spends on which weaker promises were kept.
    """
    for seed in SEEDS:
        trial = simulated(workload, "raft", seed, nemesis, (bug,), check_s=1.0)
        if trial.valid is False:
            assert trial.kinds == ("linearizable",)
            return
    pytest.fail(f"{bug} was not caught with {len(SEEDS)} seeds")


@pytest.mark.parametrize("workload", LEASES)
def test_the_lock_service_is_valid_under_faults(workload: str) -> None:
    faults = ("partition", "kill", "pause")
    trial = simulated(workload, "chubby", 1, faults, time_limit=LEASE_S)
    assert (trial.valid, trial.reason) == (True, None)
    assert not trial.invariants


@pytest.mark.parametrize(
    ("workload", "bug", "nemesis"),
    [(workload, bug, faults) for workload, found in LEASES.items() for bug, faults in found],
)
def test_a_bug_of_the_lock_service_is_caught(
    workload: str, bug: str, nemesis: tuple[str, ...]
) -> None:
    """By the history alone, in one of a few short tests."""
    for seed in SEEDS:
        limit = LEASE_S if nemesis else TIME_LIMIT_S
        if simulated(workload, "chubby", seed, nemesis, (bug,), 10.0, limit).valid is False:
            return
    pytest.fail(f"{bug} was not caught with {len(SEEDS)} seeds")
