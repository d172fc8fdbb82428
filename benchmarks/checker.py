"""How long the checker takes, and how much memory: `python -m benchmarks.checker [ROW …]`.

Each row is measured in a process of its own, several seeds one after the other; the worst counts.
Seconds are those of the processor, so that a busy machine changes less, and of checking alone
unless the row says otherwise. Memory is the process' highest. Rows with `times` and `workers` in
their names are proportions; the latter is of time by the clock, and says nothing on a busy machine.
"""

from __future__ import annotations

import argparse
import os
import resource
import sys
import tempfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from random import Random
from statistics import median
from time import monotonic, process_time
from typing import Any

import msgspec
import numpy as np

from benchmarks.collections import MODELS, generate
from benchmarks.histories import Shape, few_values, register, table, unique_writes
from harness.checker import check
from harness.checker.budget import Budget
from harness.checker.calls import split
from harness.checker.confirm import is_linearization
from harness.checker.decide import Decision
from harness.checker.fast import FAST_PATHS
from harness.checker.promises import promises
from harness.history.columnar import write_columns
from harness.history.op import Op
from harness.history.paired import paired
from harness.history.read import read_table
from harness.history.table import OK, Table
from harness.model import Model
from harness.model.grow_only_set import GrowOnlySet
from harness.model.list_append import ListAppend
from harness.model.register import CasRegister, Register
from harness.model.set import ElementSet

LIMIT_S = 60.0


@dataclass(frozen=True)
class Row:
    """One line of the table: its goal, in seconds or as its measure says, and how to measure it."""

    name: str
    goal: float
    measure: Callable[[], float]


def checked(history: Table | list[Op], model: Model) -> float:
    """Seconds of the processor to check a history, which must be decided."""
    began = process_time()
    verdict = check(history, model, time_limit_s=LIMIT_S)
    took = process_time() - began
    return took if verdict.valid != "unknown" else float("inf")


def cas(operations: int, clients: int, crash: float, seed: int, keys: int = 1) -> Table:
    """Reads, writes and cas over the values 0 to 4."""
    return table(Shape(operations, clients, crash, few_values, register, keys=keys), seed)


def worst_cas(
    operations: int, clients: tuple[int, ...], crash: float, seeds: int, keys: int = 1
) -> Callable[[], float]:
    """The worst time over clients and seeds."""
    return lambda: max(
        checked(cas(operations, count, crash, seed, keys), CasRegister())
        for count in clients
        for seed in range(seeds)
    )


def spoilt(operations: int, crash: float, seed: int, wrong_reads: int = 12) -> list[Op]:
    """A history of 20 clients in which some short reads return another value."""
    ops, rng = cas(operations, 20, crash, seed).ops(), Random(seed)
    began: dict[int | str, int] = {}
    short: list[int] = []
    for at, op in enumerate(ops):
        if op.type == "invoke":
            began[op.process] = at
        elif op.type == "ok" and op.f == "read" and at - began[op.process] <= 3:
            short.append(at)
    for at in rng.sample(short, min(wrong_reads, len(short))):
        wrong = rng.choice([value for value in range(5) if value != ops[at].value])
        ops[at] = msgspec.structs.replace(ops[at], value=wrong)
    return ops


def corrupted(crash: float, seeds: int) -> Callable[[], float]:
    """The worst time over spoilt histories."""
    return lambda: max(checked(spoilt(1_000, crash, seed), CasRegister()) for seed in range(seeds))


def explained(
    operations: int,
    crash: float,
    seeds: int,
    of: Callable[[list[tuple[float, float]]], float],
    wrong_reads: int = 12,
) -> Callable[[], float]:
    """A figure of seconds: those of deciding that histories are invalid, and of all that follows.

    What follows is where it breaks, the fewest operations, and the second look at them.
    """

    def measure() -> float:
        found: list[tuple[float, float]] = []
        for seed in range(seeds):
            history = spoilt(operations, crash, seed, wrong_reads)
            began = process_time()
            (key_history,) = split(history, CasRegister())
            answer = Decision(key_history.calls, CasRegister()).run(Budget(LIMIT_S))
            deciding = process_time() - began
            if answer.linearizable is False:
                found.append((deciding, checked(history, CasRegister()) - deciding))
        return of(found)

    return measure


def times(found: list[tuple[float, float]]) -> float:
    """How many times the deciding it takes, as the median."""
    return median(following / deciding for deciding, following in found)


def longest(found: list[tuple[float, float]]) -> float:
    """The most seconds that it takes."""
    return max(following for _, following in found)


def together(crash: float) -> Callable[[], float]:
    """Of the time that one process takes for 500 keys, the part that two take, by the clock."""

    def measure() -> float:
        history = cas(100_000, 10, crash, 1, keys=500)
        took = []
        for workers in (1, 2):
            began = monotonic()
            check(history, CasRegister(), workers=workers)
            took.append(monotonic() - began)
        return took[1] / took[0]

    return measure


def million(form: str | None) -> Callable[[], float]:
    """Unique writes: checking alone, or with loading from a file of a form."""

    def measure() -> float:
        history = table(Shape(1_000_000, 50, 0.2, unique_writes(), register), 1)
        if form is None:
            return checked(history, Register())
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / f"history.{form}"
            if form == "parquet":
                write_columns(history, path)
            else:
                line = edn if form == "edn" else json_line
                with path.open("wb") as file:
                    file.writelines(line(history.op(row)) for row in range(len(history)))
            del history
            return _apart(path)

    return measure


def json_line(op: Op) -> bytes:
    """An op as a line of JSON."""
    return msgspec.json.encode(op) + b"\n"


def edn(op: Op) -> bytes:
    """An op as a line of Jepsen's."""
    value = "nil" if op.value is None else op.value
    return (
        f"{{:index {op.index}, :time {op.time}, :type :{op.type}, :process {op.process}, "
        f":f :{op.f}, :value {value}}}\n"
    ).encode()


def _apart(path: Path) -> float:
    """Load and check in a fresh process, so that its memory is its own."""
    with ProcessPoolExecutor(1) as pool:
        return pool.submit(_load_and_check, path).result()


def _load_and_check(path: Path) -> float:
    began = process_time()
    history = read_table(path)
    return process_time() - began + checked(history, Register())


def collection(kind: str, crash: float) -> Callable[[], float]:
    """A million operations on a queue or a stack, decided and replayed."""

    def measure() -> float:
        calls, model = generate(kind, 1_000_000, 50, crash, 1), MODELS[kind]
        began = process_time()
        found = FAST_PATHS[kind].decide(calls, model)
        if found is None or found.order is None:
            return float("inf")
        right = is_linearization(found.order, calls, model)
        return process_time() - began if right else float("inf")

    return measure


def weaker(operations: int) -> Callable[[], float]:
    """All weaker promises of unique writes and reads, of which one is stale by a quarter of all."""

    def measure() -> float:
        history = table(Shape(operations, 50, 0.01, unique_writes(), register), 1)
        half, told = len(history) // 2, (history.type == OK) & (history.f == read(history))
        late, early = np.flatnonzero(told[half:])[0] + half, np.flatnonzero(told[half // 2 :])[0]
        values = list(history.value)
        values[late] = values[early + half // 2]
        stale = replace(history, value=values)
        began = process_time()
        pairs = paired(stale)
        found = promises(pairs, Register(), time_limit_s=LIMIT_S)
        took = process_time() - began
        return took if all(one.valid != "unknown" for one in found) else float("inf")

    return measure


def read(history: Table) -> int:
    """The code of a read."""
    return list(history.fs).index("read")


def list_append() -> float:
    """2,000 appends and reads of a list by 50 clients."""
    written = iter(range(10**9))

    def choose(rng: Random) -> tuple[str, Any]:
        return ("read", None) if rng.random() < 0.5 else ("append", next(written))

    def effect(f: str, value: Any, state: Any) -> tuple[tuple[Any] | None, Any]:
        return ((list(state),), state) if f == "read" else ((value,), (*state, value))

    shape = Shape(2_000, 50, 0.0, choose, effect, initial=tuple)
    return max(checked(table(shape, seed), ListAppend()) for seed in range(3))


def element_set(clients: int, crash: float) -> Callable[[], float]:
    """A million adds, removes and reads of a set that stays small."""
    return lambda: checked(small_set(1_000_000, clients, crash, seed=1), ElementSet())


def small_set(operations: int, clients: int, crash: float, seed: int) -> Table:
    """Elements are added once; the oldest goes first, and is asked to go again if it does not."""
    added = removes = 0
    there: set[int] = set()
    line: deque[int] = deque()
    asked: deque[tuple[int, int]] = deque()

    def oldest() -> int | None:
        while asked and asked[0][1] not in there:
            asked.popleft()
        if asked and asked[0][0] < removes:
            return asked.popleft()[1]
        return line.popleft() if line else None

    def choose(rng: Random) -> tuple[str, Any]:
        nonlocal added, removes
        kind = rng.random()
        if kind < 0.1:
            return "read", None
        element = oldest() if kind >= 0.55 and len(there) >= 100 else None
        if element is None:
            added += 1
            return "add", added
        removes += 1
        asked.append((removes + 20 * clients, element))
        return "remove", element

    def effect(f: str, value: Any, state: Any) -> tuple[tuple[Any] | None, Any]:
        if f == "read":
            return (sorted(there),), state
        if f == "add":
            there.add(value)
            line.append(value)
        else:
            there.discard(value)
        return (value,), state

    return table(Shape(operations, clients, crash, choose, effect), seed)


def growing_set(crash: float) -> Callable[[], float]:
    """A million adds to a set that only grows, with some reads of all of it."""

    def measure() -> float:
        added = 0

        def choose(rng: Random) -> tuple[str, Any]:
            nonlocal added
            if rng.random() < 0.0001:
                return "read", None
            added += 1
            return "add", added

        def effect(f: str, value: Any, state: Any) -> tuple[tuple[Any] | None, Any]:
            if f == "read":
                return (list(state),), state
            state.append(value)
            return (value,), state

        shape = Shape(1_000_000, 50, crash, choose, effect, initial=list)
        return checked(table(shape, 1), GrowOnlySet())

    return measure


def rows() -> Iterator[Row]:
    """The table."""
    yield Row("million", 1, million(None))
    yield Row("million-jsonl", 5, million("jsonl"))
    yield Row("million-parquet", 2, million("parquet"))
    yield Row("million-edn", 21, million("edn"))  # two million ops, 100,000 a second
    for crash in (0.0, 0.01, 0.05, 0.2):
        clients = (5, 10, 20, 30, 50)
        yield Row(f"cas-1000-crash-{crash:.0%}", 0.3, worst_cas(1_000, clients, crash, 5))
    for crash, goal in ((0.0, 1), (0.01, 2), (0.05, 5), (0.2, 30)):
        yield Row(f"cas-10000-crash-{crash:.0%}", goal, worst_cas(10_000, (20,), crash, 3))
    for crash, goal in ((0.0, 5), (0.05, 15), (0.2, 60)):
        yield Row(f"cas-100000-crash-{crash:.0%}", goal, worst_cas(100_000, (10,), crash, 1))
    for crash, goal in ((0.0, 2), (0.01, 2), (0.2, 8)):
        keyed = worst_cas(100_000, (10,), crash, 1, keys=500)
        yield Row(f"cas-500-keys-crash-{crash:.0%}", goal, keyed)
    for crash in (0.0, 0.01, 0.05, 0.2):
        yield Row(f"corrupted-crash-{crash:.0%}", 10, corrupted(crash, 12))
    for crash in (0.0, 0.01, 0.05):
        yield Row(f"explain-times-crash-{crash:.0%}", 5, explained(1_000, crash, 12, times))
        yield Row(f"explain-longest-crash-{crash:.0%}", 2, explained(1_000, crash, 12, longest))
    yield Row("explain-times-10000", 5, explained(10_000, 0.0, 4, times))
    yield Row("explain-times-100000", 5, explained(100_000, 0.0, 2, times))
    for crash, wrong_reads in ((0.01, 100), (0.05, 400)):  # else most stay linearizable
        for name, of, goal in (("times", times, 5), ("longest", longest, 2)):
            long = explained(10_000, crash, 8, of, wrong_reads)
            yield Row(f"explain-{name}-10000-crash-{crash:.0%}", goal, long)
    for crash in (0.0, 0.2):
        yield Row(f"two-workers-crash-{crash:.0%}", 0.6, together(crash))
    for operations, goal in ((300_000, 15), (1_000_000, 60)):
        yield Row(f"promises-{operations}", goal, weaker(operations))
    yield Row("list-append", 0.2, list_append)
    for kind in MODELS:
        for crash in (0.0, 0.05):
            yield Row(f"{kind}-crash-{crash:.0%}", 30, collection(kind, crash))
    for count in (20, 50):
        for crash in (0.0, 0.05, 0.2):
            yield Row(f"set-{count}-crash-{crash:.0%}", 30, element_set(count, crash))
    for crash in (0.0, 0.2):
        yield Row(f"grow-only-set-crash-{crash:.0%}", 30, growing_set(crash))


def _measure(name: str) -> tuple[float, int]:
    """In a process of its own: seconds, and megabytes at the highest."""
    (row,) = [row for row in rows() if row.name == name]
    seconds = row.measure()
    who = resource.RUSAGE_CHILDREN if name.startswith("million-") else resource.RUSAGE_SELF
    return seconds, resource.getrusage(who).ru_maxrss // 1024


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("rows", nargs="*", metavar="ROW", help="names, or how they begin [all]")
    wanted = tuple(parser.parse_args().rows)
    print(f"Python {sys.version.split()[0]}, {os.cpu_count()} cores\n")
    print(f"{'history':<26} {'goal':>7} {'took':>8} {'of goal':>8} {'MB':>6}")
    for row in rows():
        if wanted and not row.name.startswith(wanted):
            continue
        with ProcessPoolExecutor(1) as pool:
            seconds, megabytes = pool.submit(_measure, row.name).result()
        print(
            f"{row.name:<26} {row.goal:>7g} {seconds:>8.2f} {seconds / row.goal:>7.0%} "
            f"{megabytes:>6}",
            flush=True,
        )


if __name__ == "__main__":
    main()
