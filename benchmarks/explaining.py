"""How many times the check explaining takes: `python -m benchmarks.explaining [MODEL …]`.

Histories of all kinds of objects, from 30 to 1,000 operations by 5 to 20 clients, with a few
answers changed; those that are not linearizable count. Deciding that is the check; all that
follows is explaining: where it breaks, an irreducible part, the second look and the sentence.
Seconds are those of the processor. Below a floor of deciding the quotient says little, as nobody
waits for milliseconds: the table has the worst of what took longer than that to decide, too.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import product
from pathlib import Path
from random import Random
from statistics import median
from time import process_time

import msgspec

from benchmarks.histories import Shape, few_values, table
from benchmarks.histories import register as effect
from harness.checker import check
from harness.checker.budget import Budget
from harness.checker.calls import split
from harness.checker.decide import Decision
from harness.history.op import Op
from harness.model import Model
from harness.model.fifo_queue import FifoQueue
from harness.model.priority_queue import PriorityQueue
from harness.model.register import CasRegister, Register
from harness.model.stack import Stack
from harness.model.unordered_queue import UnorderedQueue
from tests.checker.families import FAMILIES
from tests.checker.objects import Object, corrupted, made
from tests.checker.trust.specifications import Collection

SIZES = (30, 60, 130, 300, 1_000)
CLIENTS = (5, 10, 20)
CRASHED = (0.0, 0.01, 0.05, 0.2)
DECIDE_S = 1.0
"""What takes longer to decide is left out."""

FLOOR_S = 0.01
"""The table's last columns are of histories that take longer than this to decide."""

Make = Callable[[int, int, float, Random], list[Op]]


@dataclass(frozen=True)
class Took:
    """What one history that is not linearizable took, in seconds of the processor."""

    model: str
    operations: int
    clients: int
    crash: float
    seed: int
    algorithm: str
    deciding: float
    explaining: float
    shown: int
    irreducible: bool
    confirmed: bool
    broken: bool
    states: int

    @property
    def times(self) -> float:
        """How many times the deciding it took to explain it."""
        return self.explaining / self.deciding


def spoilt(ops: list[Op], fs: Sequence[str], count: int, rng: Random) -> list[Op]:
    """The history with the answers of a few operations exchanged for those of others near by."""
    told = [at for at, op in enumerate(ops) if op.type == "ok" and op.f in fs]
    ops = list(ops)
    for _ in range(count if len(told) > 1 else 0):
        one = rng.randrange(len(told) - 1)
        two = min(len(told) - 1, one + rng.randint(1, 8))
        first, second = ops[told[one]], ops[told[two]]
        ops[told[one]] = msgspec.structs.replace(first, value=second.value)
        ops[told[two]] = msgspec.structs.replace(second, value=first.value)
    return ops


def of_register(fs: Sequence[str]) -> Make:
    """Histories of a register with the values 0 to 4, without these kinds of operations."""

    def choose(rng: Random) -> tuple[str, object]:
        while (found := few_values(rng))[0] not in fs:
            pass
        return found

    def make(operations: int, clients: int, crash: float, rng: Random) -> list[Op]:
        shape = Shape(operations, clients, crash, choose, effect)
        ops = table(shape, rng.randrange(1 << 30)).ops()
        return spoilt(ops, ("read",), 1 + operations // 80, rng)

    return make


def of_collection(name: str, values: int | None) -> Make:
    """Histories of a queue or stack; with `values` elements, or each new."""
    take = "pop" if name == "stack" else "dequeue"

    def make(operations: int, clients: int, crash: float, rng: Random) -> list[Op]:
        ops = made(Collection(name, values), rng, operations, clients, crash)
        return spoilt(ops, (take,), 1 + operations // 80, rng)

    return make


def of_object(kind: Object) -> Make:
    """Histories of any other object."""

    def make(operations: int, clients: int, crash: float, rng: Random) -> list[Op]:
        return corrupted(kind, made(kind, rng, operations, clients, crash), rng)

    return make


KINDS: dict[str, tuple[Model, Make]] = {
    "cas-register": (CasRegister(), of_register(("read", "write", "cas"))),
    "register": (Register(), of_register(("read", "write"))),
    **{
        f"{model.name}{told}": (model, of_collection(model.name, values))
        for model in (FifoQueue(), UnorderedQueue(), PriorityQueue(), Stack())
        for values, told in ((None, ""), (3, ", repeated"))
    },
    **{
        name: (FAMILIES[name].model, of_object(FAMILIES[name].kind))
        for name in (
            "set",
            "set, one life each",
            "set of few elements",
            "grow-only set",
            "list-append",
            "list-append, repeated values",
            "log",
            "counter",
            "mutex",
            "semaphore",
            "reentrant mutex",
            "fenced lock",
            "bank",
            "multi-register",
        )
    },
}


def measured(name: str, operations: int, clients: int, crash: float, seed: int) -> Took | None:
    """What one history took; None if it is linearizable, or not decided in time."""
    model, make = KINDS[name]
    ops = make(operations, clients, crash, Random(f"{name}/{operations}/{clients}/{crash}/{seed}"))
    began = process_time()
    (key_history,) = split(ops, model)
    decision = Decision(key_history.calls, model)
    answer = decision.run(Budget(DECIDE_S, 1_000_000))
    deciding = process_time() - began
    if answer.linearizable is not False:
        return None
    began = process_time()
    verdict = check(ops, model)
    explaining = process_time() - began - deciding
    shown, irreducible = len(verdict.counterexample), verdict.irreducible
    return Took(
        name, operations, clients, crash, seed, decision.algorithm, deciding, explaining, shown,
        irreducible, "second look" not in str(verdict.reason), verdict.breaks_at is not None,
        len(verdict.states),
    )  # fmt: skip


def measured_all(names: Sequence[str], seeds: int, sizes: Sequence[int]) -> Iterator[Took]:
    """The whole grid."""
    for name, operations, clients, crash in product(names, sizes, CLIENTS, CRASHED):
        for seed in range(seeds):
            took = measured(name, operations, clients, crash, seed)
            if took is not None:
                yield took


ROW = "{:<30}{:>6}{:>8}{:>8}{:>8}{:>9}{:>7}{:>8}{:>8}{:>8}".format


def line(name: str, took: Sequence[Took]) -> str:
    """What some histories took."""
    times = sorted(one.times for one in took)
    longer = [one.times for one in took if one.deciding > FLOOR_S]
    return ROW(
        name,
        len(took),
        f"{median(times):.1f}",
        f"{times[int(0.9 * len(times))]:.1f}",
        f"{times[-1]:.1f}",
        f"{max(one.explaining for one in took):.2f} s",
        len(longer),
        f"{median(longer):.1f}" if longer else "",
        f"{max(longer):.1f}" if longer else "",
        sum(not one.irreducible for one in took),
    )


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, allow_abbrev=False)
    parser.add_argument("models", nargs="*", metavar="MODEL", help="how their names begin [all]")
    parser.add_argument("--seeds", type=int, default=1, help="histories of each shape")
    parser.add_argument("--sizes", type=int, nargs="+", default=SIZES)
    parser.add_argument("--out", type=Path, help="a file for a line of JSON for each history")
    given = parser.parse_args()
    names = [name for name in KINDS if name.startswith(tuple(given.models or ("",)))]
    head = ("model", "", "median", "9 of 10", "worst", "longest", "> 10ms", "median", "worst")
    print(ROW(*head, "reduced"))
    everything: list[Took] = []
    for name in names:
        found = list(measured_all([name], given.seeds, given.sizes))
        everything += found
        if found:
            print(line(name, found), flush=True)
        if given.out:
            with given.out.open("a") as out:
                out.writelines(json.dumps(asdict(one)) + "\n" for one in found)
    if everything:
        print(line("all", everything))


if __name__ == "__main__":
    main()
