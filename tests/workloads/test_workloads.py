"""What the clients do, workload by workload."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest

from harness.checker import check
from harness.generator import clients, limit, phases
from harness.history import Op
from harness.workload import WorkloadOptions, readers
from tests.generator.simulate import invoked, simulate
from workloads.cas import CasWorkload
from workloads.register import RegisterWorkload

OPTIONS = WorkloadOptions(concurrency=10, ops_per_key=20)


def history_of(workload: Any, most: int = 600) -> list[Op]:
    """The main phase and the last reads, with ten threads."""
    generator = phases(clients(limit(most, workload.generator)), clients(workload.final))
    return simulate(generator, threads=range(10), most=100_000, seed=3)


@pytest.mark.parametrize("workload_class", [RegisterWorkload, CasWorkload])
def test_every_key_is_worked_on_by_several_threads_and_read_at_last(workload_class: Any) -> None:
    history = history_of(workload_class(OPTIONS))
    threads = defaultdict(set)
    for op in history:
        threads[op.key].add(op.process)
    assert len(threads) > 20
    assert all(len(who) > 3 for key, who in threads.items() if key < len(threads) - 8)
    last = list(invoked(history))[-len(threads) :]
    assert {op.key for op in last} == set(threads)
    assert {op.f for op in last} == {"read"}


@pytest.mark.parametrize("workload_class", [RegisterWorkload, CasWorkload])
def test_half_the_threads_only_read(workload_class: Any) -> None:
    """One on every node, so that a node that is cut off is still asked for what it believes."""
    by_thread = defaultdict(set)
    for op in invoked(history_of(workload_class(OPTIONS))):
        by_thread[op.process].add(op.f)
    assert list(readers(OPTIONS)) == [5, 6, 7, 8, 9]
    assert all(by_thread[thread] == {"read"} for thread in readers(OPTIONS))
    assert all("write" in by_thread[thread] for thread in range(5))


def test_a_single_thread_does_everything() -> None:
    assert list(readers(WorkloadOptions(concurrency=1, ops_per_key=5))) == []


def test_register_never_writes_a_value_twice_to_a_key() -> None:
    written = [
        (op.key, op.value)
        for op in invoked(history_of(RegisterWorkload(OPTIONS)))
        if op.f == "write"
    ]
    assert len(set(written)) == len(written) > 50


def test_cas_works_on_five_values_and_does_all_three() -> None:
    ops = invoked(history_of(CasWorkload(OPTIONS)))
    assert {op.f for op in ops} == {"read", "write", "cas"}
    assert {op.value for op in ops if op.f == "write"} == {0, 1, 2, 3, 4}
    assert all(len(op.value) == 2 for op in ops if op.f == "cas")


@pytest.mark.parametrize("workload_class", [RegisterWorkload, CasWorkload])
def test_its_model_knows_everything_it_does(workload_class: Any) -> None:
    """A store that answers nothing is linearizable, to whichever model."""
    workload = workload_class(OPTIONS)
    asked = [op for op in history_of(workload) if op.type == "invoke"]
    crashed = [
        Op(index=at, time=at, type="invoke", process=at, f=op.f, value=op.value, key=op.key)
        for at, op in enumerate(asked)
    ]
    assert check(crashed, workload.model).valid is True
