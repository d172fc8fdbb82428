"""Histories to measure checkers with: clients that are always busy, on a real object.

Each operation takes effect on a plain variable at a moment between its invocation and its
completion, so a history is linearizable by construction until one of its answers is changed. Of
the operations that crash, some take effect later, some never; a new process goes on in their stead.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random
from typing import Any

from harness.history.op import Op
from harness.history.table import Table, TableBuilder

PORTION = 1 << 16


@dataclass(frozen=True)
class Shape:
    """What kind of history to make.

    Args:
        operations: how many invocations.
        clients: how many at once, all busy all the time.
        crash: how likely an operation's outcome stays unknown.
        choose: the `f` and the value of the next operation.
        effect: what an operation does to the state: its result (None: it fails) and the new state.
        initial: the first state.
        keys: how many objects there are, used one after the other in equal portions by all clients.
    """

    operations: int
    clients: int
    crash: float
    choose: Callable[[Random], tuple[str, Any]]
    effect: Callable[[str, Any, Any], tuple[tuple[Any] | None, Any]]
    initial: Callable[[], Any] = lambda: None
    keys: int = 1


def table(shape: Shape, seed: int) -> Table:
    """The history of a shape, as columns."""
    builder = TableBuilder()
    portion: list[Op] = []
    for op in ops(shape, Random(seed)):
        portion.append(op)
        if len(portion) == PORTION:
            builder.extend(portion)
            portion.clear()
    builder.extend(portion)
    return builder.table()


def ops(shape: Shape, rng: Random) -> Iterator[Op]:
    """The ops of a history, one after the other."""
    state = shape.initial()
    random, expovariate = rng.random, rng.expovariate
    todo: list[tuple[float, int, int, list[Any]]] = []
    push, pop = heapq.heappush, heapq.heappop
    per_key = max(1, shape.operations // shape.keys)
    several = shape.keys > 1
    began = at = sequence = 0
    processes = shape.clients
    for process in range(shape.clients):
        push(todo, (random(), sequence := sequence + 1, 0, [process, "", None, None, "ok", None]))
    while todo:
        now, _, what, op = pop(todo)
        time = int(now * 1_000_000)
        if what == 0:
            if began == shape.operations:
                continue
            key = began // per_key if several else None
            if several and began % per_key == 0:
                state = shape.initial()
            began += 1
            f, value = shape.choose(rng)
            process = op[0]
            op = [process, f, value, None, "ok", key]
            yield Op(at, time, "invoke", process, f, value, key)
            at += 1
            length = expovariate(1.0)
            if random() < shape.crash:
                op[4] = "info"
                if random() < 0.5:
                    push(todo, (now + 4 * random() * length, sequence := sequence + 1, 1, op))
                processes += 1
                fresh = [processes - 1, "", None, None, "ok", None]
                push(todo, (now + length, sequence := sequence + 1, 2, op))
                push(todo, (now + length, sequence := sequence + 1, 0, fresh))
            else:
                push(todo, (now + random() * length, sequence := sequence + 1, 1, op))
                push(todo, (now + length, sequence := sequence + 1, 2, op))
        elif what == 1:
            if op[5] == (((began - 1) // per_key) if several else None):
                result, state = shape.effect(op[1], op[2], state)
                if op[4] == "ok":
                    if result is None:
                        op[4] = "fail"
                    else:
                        op[3] = result[0]
            elif op[4] == "ok":
                op[4] = "fail"  # its object was given up before it took effect
        else:
            result = op[3] if op[4] == "ok" else op[2]
            yield Op(at, time, op[4], op[0], op[1], result, op[5])
            at += 1
            if op[4] != "info":
                push(todo, (now, sequence := sequence + 1, 0, op))


def unique_writes() -> Callable[[Random], tuple[str, Any]]:
    """Reads, and writes of values that never repeat, half and half."""
    written = 0

    def choose(rng: Random) -> tuple[str, Any]:
        nonlocal written
        if rng.random() < 0.5:
            return "read", None
        written += 1
        return "write", written

    return choose


def few_values(rng: Random) -> tuple[str, Any]:
    """Reads, writes and cas over the values 0 to 4."""
    kind = rng.random()
    if kind < 1 / 3:
        return "read", None
    if kind < 2 / 3:
        return "write", int(rng.random() * 5)
    return "cas", [int(rng.random() * 5), int(rng.random() * 5)]


def register(f: str, value: Any, state: Any) -> tuple[tuple[Any] | None, Any]:
    """What an operation does to a register."""
    if f == "read":
        return (state,), state
    if f == "write":
        return (value,), value
    return ((value,), value[1]) if state == value[0] else (None, state)
