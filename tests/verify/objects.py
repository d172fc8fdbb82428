"""Collections as plain as can be, and random histories of them that really happened."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable
from random import Random
from typing import Any, ClassVar

from harness.history.op import Op
from harness.model import INCONSISTENT, UNKNOWN, Model


class Collection(Model):
    """Elements that are put and taken, the next by some rule; null when there are none."""

    fs = frozenset({"enqueue", "dequeue", "push", "pop"})
    per_key: ClassVar[bool] = False

    def initial(self) -> Hashable:
        """Nothing is in it."""
        return ()

    def next(self, state: tuple[Any, ...]) -> Iterable[int]:
        """The positions from which may be taken."""
        raise NotImplementedError

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """The only step, where there is one."""
        return next(iter(self.steps(state, f, value, result)), INCONSISTENT)

    def steps(
        self, state: Hashable, f: str, value: Hashable, result: Hashable
    ) -> Iterable[Hashable]:
        """Put at the end, or take by the rule."""
        assert isinstance(state, tuple)
        if f in {"enqueue", "push"}:
            return [(*state, value)]
        if not state:
            return [()] if result in (None, UNKNOWN) else []
        return {
            state[:at] + state[at + 1 :]
            for at in self.next(state)
            if result in (UNKNOWN, state[at])
        }


class Fifo(Collection):
    """The oldest."""

    name = "fifo"
    kind: ClassVar[str | None] = "fifo-queue"

    def next(self, state: tuple[Any, ...]) -> Iterable[int]:
        """The first."""
        return [0]


class Bag(Collection):
    """Any."""

    name = "bag"
    kind: ClassVar[str | None] = "unordered-queue"
    one_way: ClassVar[bool] = False

    def next(self, state: tuple[Any, ...]) -> Iterable[int]:
        """Every one."""
        return range(len(state))


class Heap(Collection):
    """The smallest."""

    name = "heap"
    kind: ClassVar[str | None] = "priority-queue"

    def next(self, state: tuple[Any, ...]) -> Iterable[int]:
        """One of the smallest."""
        return [state.index(min(state))]


class Pile(Collection):
    """The youngest."""

    name = "pile"
    kind: ClassVar[str | None] = "stack"

    def next(self, state: tuple[Any, ...]) -> Iterable[int]:
        """The last."""
        return [len(state) - 1]


class Ids(Model):
    """Each id once."""

    name = "ids"
    fs = frozenset({"generate"})
    kind: ClassVar[str | None] = "unique-ids"

    def initial(self) -> Hashable:
        """None was given."""
        return frozenset()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """One more is given."""
        assert isinstance(state, frozenset)
        if result is UNKNOWN:
            return state
        return INCONSISTENT if result in state else state | {result}


OBJECTS: list[Callable[[], Model]] = [Fifo, Bag, Heap, Pile, Ids]


def happened(model: Model, rng: Random, *, operations: int, values: int) -> list[Op]:
    """A history in which every operation took effect at some moment, or crashed."""
    put, take = {"stack": ("push", "pop"), "unique-ids": ("", "generate")}.get(
        model.kind or "", ("enqueue", "dequeue")
    )
    runs = []
    fresh = rng.sample(range(1000), 1000)
    for process in range(operations):
        f = put if put and rng.random() < 0.55 else take
        value = (rng.randrange(values) if values else fresh.pop()) if f == put else None
        start = rng.random() * operations
        effect = start + rng.expovariate(1.0)
        crashed = rng.random() < 0.2
        runs.append((effect, start, process, f, value, crashed))
    points: list[tuple[float, str, int, str, Any]] = []
    state: Hashable = model.initial()
    given = 0
    for effect, start, process, f, value, crashed in sorted(runs):
        points.append((start, "invoke", process, f, value))
        result: Any = value
        if crashed and rng.random() < 0.4:
            continue
        if f == "generate":
            given += 1
            result = given
        elif f == take:
            assert isinstance(model, Collection)
            assert isinstance(state, tuple)
            result = state[rng.choice(list(model.next(state)))] if state else None
        state = min(model.steps(state, f, value, result), key=repr)
        if not crashed:
            points.append((effect + rng.expovariate(1.0), "ok", process, f, result))
    return [
        Op(at, at, kind, process, f, value)  # type: ignore[arg-type]
        for at, (_, kind, process, f, value) in enumerate(sorted(points, key=lambda p: p[0]))
    ]
