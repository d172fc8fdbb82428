"""Three small models that are no registers, random histories of them, and brute force.

Each operation gets a moment between its invocation and its completion at which it takes effect, as
in `tests.checker.histories`; then some answers may be changed, or said to have been failures.
"""

from __future__ import annotations

import heapq
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, ClassVar

import msgspec

from harness.history.op import Op, pair
from harness.model import INCONSISTENT, UNKNOWN, Model


class Queue(Model):
    """First in, first out; a dequeue from an empty one answers null."""

    name: ClassVar[str] = "queue"
    fs = frozenset({"enqueue", "dequeue"})

    def initial(self) -> Hashable:
        return ()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        assert isinstance(state, tuple)
        if f == "enqueue":
            return (*state, value)
        head = state[0] if state else None
        return state[1:] if result is UNKNOWN or result == head else INCONSISTENT


class Total(Model):
    """A number: `read` answers the sum of what was added; `take` too, and begins at zero again."""

    name: ClassVar[str] = "total"
    fs = frozenset({"add", "read", "take"})
    reads = frozenset({"read"})

    def initial(self) -> Hashable:
        return 0

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        assert isinstance(state, int)
        if f == "add":
            assert isinstance(value, int)
            return state + value
        if result is not UNKNOWN and result != state:
            return INCONSISTENT
        return 0 if f == "take" else state


class Lottery(Model):
    """A bag: `put` an element in, `draw` any one of those in it, null from an empty one."""

    name: ClassVar[str] = "lottery"
    fs = frozenset({"put", "draw"})
    one_way = False

    def initial(self) -> Hashable:
        return ()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        return next(iter(self.steps(state, f, value, result)), INCONSISTENT)

    def steps(
        self, state: Hashable, f: str, value: Hashable, result: Hashable
    ) -> Iterable[Hashable]:
        assert isinstance(state, tuple)
        if f == "put":
            return [tuple(sorted((*state, value)))]
        if not state:
            return [()] if result is UNKNOWN or result is None else []
        drawn = [one for one in dict.fromkeys(state) if result is UNKNOWN or result == one]
        return [_without(state, one) for one in drawn]


def _without(bag: tuple[Any, ...], one: Any) -> tuple[Any, ...]:
    at = bag.index(one)
    return bag[:at] + bag[at + 1 :]


@dataclass
class _Running:
    process: int
    f: str
    value: Any
    outcome: str
    result: Any = None


def history(model: Model, operations: int, clients: int, crash: float, rng: Random) -> list[Op]:
    """A history of one of these."""
    ops: list[Op] = []
    state: Hashable = model.initial()
    queue: list[tuple[float, int, str, _Running | int]] = []
    sequence = started = 0

    def at(time: float, what: str, running: _Running | int) -> None:
        nonlocal sequence
        sequence += 1
        heapq.heappush(queue, (time, sequence, what, running))

    def record(kind: Any, running: _Running, value: Any) -> None:
        ops.append(Op(len(ops), len(ops), kind, running.process, running.f, value))

    for process in range(clients):
        at(rng.random(), "free", process)
    while queue:
        now, _, what, running = heapq.heappop(queue)
        if isinstance(running, int):
            if started == operations:
                continue
            started += 1
            running = _choose(model, running, crash, rng)
            record("invoke", running, running.value)
            length = rng.expovariate(1.0)
            if running.outcome == "ok" or (running.outcome == "info" and rng.random() < 0.6):
                at(now + rng.random() * length, "effect", running)
            at(now + length, "end", running)
        elif what == "effect":
            state = _take_effect(model, state, running, rng)
        else:
            record(running.outcome, running, running.result)
            at(now + rng.random() * 0.5, "free", running.process)
    return _changed(ops, rng) if rng.random() < 0.7 else ops


def _choose(model: Model, process: int, crash: float, rng: Random) -> _Running:
    f = rng.choice(sorted(model.fs))
    value = rng.randrange(1, 4) if f in ("enqueue", "add", "put") else None
    chance = rng.random()
    outcome = "info" if chance < crash else "fail" if chance < crash + 0.1 else "ok"
    return _Running(process, f, value, outcome)


def _take_effect(model: Model, state: Hashable, running: _Running, rng: Random) -> Hashable:
    answers: Sequence[Any] = (running.value,)
    if running.value is None:
        answers = [state] if isinstance(state, int) else [None, 1, 2, 3]
    ways = [
        (answer, after)
        for answer in answers
        for after in model.steps(state, running.f, running.value, answer)
    ]
    running.result, after = rng.choice(ways)
    return after


def _changed(ops: list[Op], rng: Random) -> list[Op]:
    """Some answers are those of others of the same kind, or no success at all."""
    changed = list(ops)
    answered = [at for at, op in enumerate(ops) if op.type == "ok"]
    for at in rng.sample(answered, min(len(answered), rng.choice((1, 2, 4)))):
        if rng.random() < 0.2:
            changed[at] = msgspec.structs.replace(ops[at], type="fail")
        else:
            others = [ops[other].value for other in answered if ops[other].f == ops[at].f]
            changed[at] = msgspec.structs.replace(ops[at], value=rng.choice(others))
    return changed


def has_order(ops: Iterable[Op], model: Model) -> bool:
    """Whether the operations are linearizable, by trying every order that real time allows."""
    happened = [
        (each.invocation, each.completion if each.outcome == "ok" else None)
        for each in pair(ops)
        if each.outcome != "fail"
    ]
    needed = {at for at, (_, done) in enumerate(happened) if done is not None}
    todo: list[tuple[frozenset[int], Hashable]] = [(frozenset(), model.initial())]
    met = set(todo)
    while todo:
        placed, state = todo.pop()
        if needed <= placed:
            return True
        first_end = min(done.index for at in needed - placed if (done := happened[at][1]))
        for at, (asked, done) in enumerate(happened):
            if at in placed or asked.index > first_end:
                continue
            answer = UNKNOWN if done is None else done.value
            for after in model.steps(state, asked.f, asked.value, answer):
                if (step := (placed | {at}, after)) not in met:
                    met.add(step)
                    todo.append(step)
    return False
