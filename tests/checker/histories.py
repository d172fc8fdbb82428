"""Random histories of a register that really is one, sometimes with one answer changed.

Each operation gets a moment between its invocation and its completion at which it takes effect on a
plain variable, so an unchanged history is linearizable by construction. Whether a changed one still
is, only the oracle knows.
"""

from __future__ import annotations

import heapq
from collections.abc import Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from harness.history.op import Op


@dataclass(frozen=True)
class Shape:
    """What kind of history to make.

    Args:
        operations: how many invocations.
        clients: how many at once.
        values: how many values there are to write; None for a new one each time.
        fs: the kinds of operations, with repetition for weight.
        crash: how likely an operation's outcome stays unknown.
        fail: how likely an operation fails though it could have succeeded.
        corrupt: how likely one answer of the history is changed.
        keys: the keys, one chosen for each operation.
    """

    operations: int
    clients: int
    values: int | None
    fs: Sequence[str] = ("read", "read", "write", "write", "cas")
    crash: float = 0.1
    fail: float = 0.1
    corrupt: float = 0.7
    keys: Sequence[Any] = (None,)


@dataclass
class _Running:
    process: int
    f: str
    value: Any
    key: Any
    outcome: str = "ok"
    result: Any = None


def make(shape: Shape, rng: Random) -> list[Op]:
    """A history of the shape."""
    ops = _simulate(shape, rng)
    if rng.random() < shape.corrupt:
        ops = _corrupt(ops, shape, rng)
    return ops


def _simulate(shape: Shape, rng: Random) -> list[Op]:
    """Run the clients on one timeline of invocations, effects and completions."""
    state: dict[Any, Any] = {}
    ops: list[Op] = []
    queue: list[tuple[float, int, str, _Running]] = []
    fresh = iter(range(100, 10**9))
    processes = shape.clients
    sequence = started = 0

    def push(at: float, what: str, running: _Running) -> None:
        nonlocal sequence
        sequence += 1
        heapq.heappush(queue, (at, sequence, what, running))

    def record(kind: str, running: _Running, value: Any) -> None:
        ops.append(
            Op(
                index=len(ops),
                time=len(ops) * 1_000_000,
                type=kind,  # type: ignore[arg-type]
                process=running.process,
                f=running.f,
                value=value,
                key=running.key,
            )
        )

    for process in range(shape.clients):
        push(rng.random(), "free", _Running(process, "", None, None))
    while queue:
        now, _, what, running = heapq.heappop(queue)
        if what == "free":
            if started == shape.operations:
                continue
            started += 1
            running = _choose(shape, running.process, fresh, rng)
            record("invoke", running, running.value)
            length = rng.expovariate(1.0)
            crashes = rng.random() < shape.crash
            effect = now + rng.random() * length * (5 if crashes else 1)
            if crashes:
                running.outcome = "info"
                record_info = rng.random() < 0.7
                if record_info:
                    push(now + length, "end", running)
                if rng.random() < 0.6:
                    push(effect, "effect", running)
                process = processes = processes + 1
                push(now + length + rng.random(), "free", replace(running, process=process))
            elif rng.random() < shape.fail:
                running.outcome = "fail"
                push(now + length, "end", running)
            else:
                push(effect, "effect", running)
                push(now + length, "end", running)
        elif what == "effect":
            _take_effect(state, running)
        else:
            value = running.result if running.outcome == "ok" else running.value
            record(running.outcome, running, value)
            if running.outcome != "info":
                push(now + rng.random() * 0.5, "free", running)
    return ops


def _choose(shape: Shape, process: int, fresh: Any, rng: Random) -> _Running:
    def value() -> int:
        return next(fresh) if shape.values is None else rng.randrange(shape.values)

    f = rng.choice(shape.fs)
    argument: Any = None
    if f == "write":
        argument = value()
    elif f == "cas":
        argument = [value() if shape.values else 100, value()]
    return _Running(process, f, argument, rng.choice(shape.keys))


def _take_effect(state: dict[Any, Any], running: _Running) -> None:
    now = state.get(running.key)
    running.result = running.value
    if running.f == "read":
        running.result = now
    elif running.f == "write":
        state[running.key] = running.value
    elif running.value[0] == now:
        state[running.key] = running.value[1]
    elif running.outcome == "ok":
        running.outcome = "fail"


def _corrupt(ops: list[Op], shape: Shape, rng: Random) -> list[Op]:
    """Change what a read or two returned, or turn a failed cas or write into a success.

    Most wrong answers are nearly right: values written shortly before or after.
    """
    changed = list(ops)
    failed = [at for at, op in enumerate(ops) if op.type == "fail" and op.f != "read"]
    if failed and rng.random() < 0.2:
        at = rng.choice(failed)
        changed[at] = Op(**{**_fields(ops[at]), "type": "ok"})
        return changed
    reads = [at for at, op in enumerate(ops) if op.type == "ok" and op.f == "read"]
    for at in rng.sample(reads, min(len(reads), rng.choice((1, 1, 2, 3)))):
        near = ops[max(0, at - 25) : at + 8]
        written = [op.value for op in near if op.f == "write" and op.key == ops[at].key]
        wrong = [value for value in [None, *written] if value != ops[at].value]
        if wrong:
            changed[at] = Op(**{**_fields(ops[at]), "value": rng.choice(wrong)})
    return changed


def _fields(op: Op) -> dict[str, Any]:
    return {name: getattr(op, name) for name in op.__struct_fields__}
