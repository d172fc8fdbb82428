"""Locks, elections, memberships and files: what the clients do."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest

from harness.checker import check
from harness.generator import Invocation, clients, limit, phases
from harness.history import Op
from harness.workload import WorkloadOptions, few_readers
from tests.generator.simulate import simulate
from workloads.ephemeral_membership import EphemeralMembershipWorkload
from workloads.fenced_lock import FencedLockWorkload
from workloads.file_register import FileRegisterWorkload
from workloads.leader_election import LeaderElectionWorkload
from workloads.lock import LockWorkload

OPTIONS = WorkloadOptions(concurrency=8, ops_per_key=20)


class Seats:
    """A store in which whoever asks for something gets it, and the earlier holder loses it."""

    def __init__(self) -> None:
        self.last = 0
        self.values: dict[Any, Any] = {}
        self.members: dict[Any, list[Any]] = defaultdict(list)

    def serve(self, step: Invocation) -> Any:
        self.last += 1
        match step.f:
            case "acquire":
                return self.last
            case "campaign" | "write":
                self.values[step.key] = step.value
            case "read":
                return self.values.get(step.key)
            case "join":
                self.members[step.key].append(step.value)
            case "list":
                return list(self.members[step.key])
        return step.value


def history_of(workload: Any, threads: int, most: int = 600) -> list[Op]:
    generator = phases(clients(limit(most, workload.generator)), clients(workload.final))
    return simulate(generator, threads=range(threads), most=100_000, seed=3, value=Seats().serve)


WORKLOADS = [
    LockWorkload,
    FencedLockWorkload,
    LeaderElectionWorkload,
    EphemeralMembershipWorkload,
    FileRegisterWorkload,
]


@pytest.mark.parametrize("workload_class", WORKLOADS)
def test_it_does_all_that_its_model_knows(workload_class: Any) -> None:
    """But for what another workload with the same model does; every key is asked at last."""
    workload = workload_class(OPTIONS)
    history = history_of(workload, threads=8)
    did = Counter(op.f for op in history if op.type == "invoke")
    left_out = {"lock": {"write"}, "fenced-lock": {"check"}}.get(workload.name, set())
    assert set(did) == workload.model.fs - left_out
    asked = [op for op in history if op.type == "invoke"]
    keys = {op.key for op in asked}
    assert {op.key for op in asked[-len(keys) :]} == keys
    assert {op.f for op in asked[-len(keys) :]} <= {"read", "list"}


@pytest.mark.parametrize(
    ("workload_class", "steps"),
    [
        (LockWorkload, ["acquire", "check", "release"]),
        (FencedLockWorkload, ["acquire", "write", "release"]),
        (LeaderElectionWorkload, ["campaign", "lead", "resign"]),
    ],
)
def test_at_the_end_something_is_held_once_more(workload_class: Any, steps: list[str]) -> None:
    """On a key that nobody used, before all keys are read: faults may have left nobody the time."""
    history = history_of(workload_class(OPTIONS), threads=8)
    last = [op for op in history if op.key == "last 1"]
    assert [op.f for op in last if op.type == "ok"] == [*steps, "read"]
    assert len({op.process for op in last if op.f != "read"}) == 1


@pytest.mark.parametrize("workload_class", WORKLOADS[:4])
def test_one_thread_alone_on_a_store_that_works_is_valid(workload_class: Any) -> None:
    workload = workload_class(WorkloadOptions(concurrency=1, ops_per_key=20))
    history = history_of(workload, threads=1, most=30)
    left = {"resign", "release", "leave"}
    before_it_left = history[: next((at for at, op in enumerate(history) if op.f in left), None)]
    assert check(before_it_left, workload.model).valid is True


def test_a_third_of_the_threads_reads() -> None:
    assert list(few_readers(OPTIONS)) == [6, 7]
    assert list(few_readers(WorkloadOptions(concurrency=1, ops_per_key=1))) == []
    for workload_class in WORKLOADS[1:]:
        by_thread = defaultdict(set)
        for op in history_of(workload_class(OPTIONS), threads=8)[:1000]:
            by_thread[op.process].add(op.f)
        assert all(by_thread[thread] <= {"read", "list"} for thread in few_readers(OPTIONS))
