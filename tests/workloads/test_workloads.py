"""What the clients do, workload by workload."""

from __future__ import annotations

from collections import Counter, defaultdict
from typing import Any

import pytest

from harness.checker import check
from harness.generator import Invocation, clients, limit, phases
from harness.history import Op
from harness.workload import WorkloadOptions, readers
from tests.generator.simulate import invoked, simulate
from workloads.append import AppendWorkload
from workloads.cas import CasWorkload
from workloads.counter import CounterWorkload
from workloads.grow_only_set import GrowOnlySetWorkload
from workloads.queue import QueueWorkload
from workloads.register import RegisterWorkload
from workloads.set import RECENT, SetWorkload
from workloads.txn import REGISTERS, TxnWorkload

OPTIONS = WorkloadOptions(concurrency=10, ops_per_key=20)

WITH_READS = [
    RegisterWorkload,
    CasWorkload,
    AppendWorkload,
    SetWorkload,
    GrowOnlySetWorkload,
    CounterWorkload,
    TxnWorkload,
]
EVERY = [*WITH_READS, QueueWorkload]


def history_of(workload: Any, most: int = 600, **answers: Any) -> list[Op]:
    """The main phase and the last reads, with ten threads."""
    generator = phases(clients(limit(most, workload.generator)), clients(workload.final))
    return simulate(generator, threads=range(10), most=100_000, seed=3, **answers)


def only_reads(op: Op) -> bool:
    """Whether an invocation changes nothing, in any of the workloads with reads."""
    return op.f == "read" or (op.f == "txn" and all(what == "r" for what, _, _ in op.value))


def values_by_key(workload_class: Any, f: str) -> dict[Any, list[Any]]:
    """What was asked with this `f`, in order."""
    values = defaultdict(list)
    for op in invoked(history_of(workload_class(OPTIONS))):
        if op.f == f:
            values[op.key].append(op.value)
    return values


@pytest.mark.parametrize("workload_class", EVERY)
def test_every_key_is_worked_on_by_several_threads_and_asked_at_last(workload_class: Any) -> None:
    workload = workload_class(OPTIONS)
    history = history_of(workload)
    threads = defaultdict(set)
    for op in history:
        threads[op.key].add(op.process)
    assert len(threads) > 20
    assert all(len(who) > 3 for key, who in threads.items() if key < len(threads) - 8)
    last = list(invoked(history))[-len(threads) :]
    assert {op.key for op in last} == set(threads)
    assert all(op.f == "dequeue" or only_reads(op) for op in last)


@pytest.mark.parametrize("workload_class", WITH_READS)
def test_half_the_threads_only_read(workload_class: Any) -> None:
    """One on every node, so that a node that is cut off is still asked for what it believes."""
    by_thread = defaultdict(set)
    for op in invoked(history_of(workload_class(OPTIONS))):
        by_thread[op.process].add(only_reads(op))
    assert list(readers(OPTIONS)) == [5, 6, 7, 8, 9]
    assert all(by_thread[thread] == {True} for thread in readers(OPTIONS))
    assert all(False in by_thread[thread] for thread in range(5))


def test_a_single_thread_does_everything() -> None:
    assert list(readers(WorkloadOptions(concurrency=1, ops_per_key=5))) == []


@pytest.mark.parametrize(
    ("workload_class", "f"),
    [
        (RegisterWorkload, "write"),
        (AppendWorkload, "append"),
        (SetWorkload, "add"),
        (GrowOnlySetWorkload, "add"),
        (QueueWorkload, "enqueue"),
    ],
)
def test_what_is_written_to_a_key_is_never_written_again(workload_class: Any, f: str) -> None:
    values = values_by_key(workload_class, f)
    assert sum(map(len, values.values())) > 50
    assert all(len(set(once)) == len(once) for once in values.values())


def test_cas_works_on_five_values_and_does_all_three() -> None:
    ops = invoked(history_of(CasWorkload(OPTIONS)))
    assert {op.f for op in ops} == {"read", "write", "cas"}
    assert {op.value for op in ops if op.f == "write"} == {0, 1, 2, 3, 4}
    assert all(len(op.value) == 2 for op in ops if op.f == "cas")


def test_set_removes_what_was_added_lately() -> None:
    """Each of the last few is removed now and then, by two threads even; never one to come."""
    added = values_by_key(SetWorkload, "add")
    ages: Counter[int] = Counter()
    for key, removed in values_by_key(SetWorkload, "remove").items():
        assert set(removed) <= set(added[key])
    so_far: dict[Any, int] = defaultdict(int)
    for op in invoked(history_of(SetWorkload(OPTIONS))):
        if op.f == "add":
            so_far[op.key] = op.value
        elif op.f == "remove":
            ages[(so_far[op.key] - op.value) // 2] += 1
    assert set(ages) == set(range(RECENT))


def test_counter_adds_one() -> None:
    """The check is exact where all amounts are the same."""
    amounts = values_by_key(CounterWorkload, "add")
    assert {amount for of_key in amounts.values() for amount in of_key} == {1}


def test_queue_takes_out_about_as_much_as_it_puts_in() -> None:
    did = Counter(op.f for op in invoked(history_of(QueueWorkload(OPTIONS)))[:600])
    assert set(did) == {"enqueue", "dequeue"}
    assert 0.8 < did["enqueue"] / did["dequeue"] < 1.25


def test_queue_dequeues_until_every_queue_says_that_it_is_empty() -> None:
    """So that an element that was lost is missed."""
    queues: dict[Any, list[Any]] = defaultdict(list)

    def serve(step: Invocation) -> Any:
        if step.f == "enqueue":
            queues[step.key].append(step.value)
            return step.value
        return queues[step.key].pop(0) if queues[step.key] else None

    history = history_of(QueueWorkload(OPTIONS), value=serve)
    assert not any(queues.values())
    last = {op.key: op.value for op in history if op.type == "ok"}
    assert len(last) > 20
    assert set(last.values()) == {None}
    assert check(history, QueueWorkload(OPTIONS).model).valid is True


def test_txn_reads_and_writes_several_registers_at_once() -> None:
    transactions = [micros for of in values_by_key(TxnWorkload, "txn").values() for micros in of]
    assert {name for micros in transactions for _, name, _ in micros} == set(REGISTERS)
    reads = Counter(len(m) for m in transactions if all(what == "r" for what, _, _ in m))
    writes = Counter(sum(what == "w" for what, _, _ in m) for m in transactions)
    assert set(reads) == {1, 2, 3}
    assert set(writes) == {0, 1, 2}


def test_txn_writes_a_number_in_one_transaction_only() -> None:
    for transactions in values_by_key(TxnWorkload, "txn").values():
        numbers = [{v for what, _, v in micros if what == "w"} for micros in transactions]
        assert all(len(number) <= 1 for number in numbers)
        written = [number.pop() for number in numbers if number]
        assert len(set(written)) == len(written)


def test_txn_reads_each_whole_group_at_last() -> None:
    history = invoked(history_of(TxnWorkload(OPTIONS)))
    groups = {op.key for op in history}
    for op in history[-len(groups) :]:
        assert op.value == [["r", name, None] for name in REGISTERS]


@pytest.mark.parametrize("workload_class", EVERY)
def test_its_model_knows_everything_it_does(workload_class: Any) -> None:
    """A store that answers nothing is linearizable, to whichever model."""
    workload = workload_class(OPTIONS)
    asked = [op for op in history_of(workload) if op.type == "invoke"]
    crashed = [
        Op(index=at, time=at, type="invoke", process=at, f=op.f, value=op.value, key=op.key)
        for at, op in enumerate(asked)
    ]
    assert check(crashed, workload.model).valid is True
