"""Registers, collections and a bag as plain objects, beside those in `tests.checker.objects`.

A register's state is the text of its value: `True == 1` is only Python's view.
"""

from __future__ import annotations

from ast import literal_eval
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any

from tests.checker.collections_by_force import takeable, verbs
from tests.checker.objects import FAILED, Object


class Cell(Object):
    """A register: read, write, cas."""

    first = "None"

    def act(self, state: Any, who: int, f: str, value: Any, rng: Random) -> Any:
        if f == "read":
            return state, state
        if f == "write":
            return value, repr(value)
        old, new = value
        return (value, repr(new)) if repr(old) == state else FAILED

    def allowed(self, state: Any, who: int, f: str, value: Any, answer: Any) -> Iterable[Any]:
        if f == "read":
            return (state,) if repr(answer) == state else ()
        return self.crashed(state, who, f, value)


class Chain(Cell):
    """A register whose values are all written once, many by a cas from the one before."""

    def choose(self, rng: Random, fresh: Iterator[int], held: int) -> tuple[str, Any]:
        if rng.random() < 0.4:
            return "read", None
        new = next(fresh)
        if rng.random() < 0.3:
            return "write", new
        old = new - rng.choice((1, 1, 1, 2, 3))
        return "cas", [old if old >= 100 else None, new]

    def act(self, state: Any, who: int, f: str, value: Any, rng: Random) -> Any:
        return (
            (literal_eval(state), state) if f == "read" else super().act(state, who, f, value, rng)
        )


@dataclass
class Collection(Object):
    """A queue or a stack; a state is what is in it, in the order in which that came.

    With `values` different elements, or each new: then in no order, for priorities. A crashed take
    takes nothing where nothing is; which element it takes of an unordered queue may stay open, even
    whether it takes one.
    """

    kind: str
    values: int | None = None
    puts: float = 0.5
    first: Any = ()

    def choose(self, rng: Random, fresh: Iterator[int], held: int) -> tuple[str, Any]:
        put, take = verbs(self.kind)
        if rng.random() >= self.puts:
            return take, None
        return put, next(fresh) * 37 % 101 if self.values is None else rng.randrange(self.values)

    def act(self, state: Any, who: int, f: str, value: Any, rng: Random) -> Any:
        if f == verbs(self.kind)[0]:
            return value, self._with(state, value)
        can = takeable(self.kind, state)
        if not can:
            return None, state
        one = rng.choice(can)
        return one, self._without(state, one)

    def allowed(self, state: Any, who: int, f: str, value: Any, answer: Any) -> Iterable[Any]:
        if f == verbs(self.kind)[0]:
            return (self._with(state, value),)
        if answer is None:
            return () if state else (state,)
        return (self._without(state, answer),) if answer in takeable(self.kind, state) else ()

    def crashed(self, state: Any, who: int, f: str, value: Any) -> Iterable[Any]:
        if f == verbs(self.kind)[0]:
            return (self._with(state, value),)
        taken = [self._without(state, one) for one in takeable(self.kind, state)]
        return [*taken, state] if self.kind == "unordered-queue" or not state else taken

    def _with(self, state: tuple[int, ...], one: int) -> tuple[int, ...]:
        ordered = self.kind in ("fifo-queue", "stack")
        return (*state, one) if ordered else tuple(sorted((*state, one)))

    def _without(self, state: tuple[int, ...], one: int) -> tuple[int, ...]:
        at = len(state) - 1 if self.kind == "stack" else state.index(one)
        return state[:at] + state[at + 1 :]


class Bag(Object):
    """What `tests.checker.small_models.Lottery` describes: draw any of what was put in."""

    first = ()

    def act(self, state: Any, who: int, f: str, value: Any, rng: Random) -> Any:
        if f == "put":
            return value, tuple(sorted((*state, value)))
        one = rng.choice(state) if state else None
        return one, self._drawn(state, one)

    def allowed(self, state: Any, who: int, f: str, value: Any, answer: Any) -> Iterable[Any]:
        if f == "put":
            return (tuple(sorted((*state, value))),)
        possible = answer in state if state else answer is None
        return (self._drawn(state, answer),) if possible else ()

    def crashed(self, state: Any, who: int, f: str, value: Any) -> Iterable[Any]:
        if f == "put":
            return (tuple(sorted((*state, value))),)
        return [self._drawn(state, one) for one in dict.fromkeys(state)]

    def choose(self, rng: Random, fresh: Iterator[int], held: int) -> tuple[str, Any]:
        return ("draw", None) if rng.random() < 0.5 else ("put", rng.randrange(3))

    def wrong(self, answer: Any, others: Sequence[Any], rng: Random) -> Any:
        return rng.choice((None, 0, 1, 2))

    def _drawn(self, state: tuple[int, ...], one: int | None) -> tuple[int, ...]:
        if one is None:
            return state
        at = state.index(one)
        return state[:at] + state[at + 1 :]


class Wheel(Object):
    """What `tests.checker.trust.families.Fortune` describes: nobody is told where it stops."""

    first = 0

    def choose(self, rng: Random, fresh: Iterator[int], held: int) -> tuple[str, Any]:
        return rng.choice(("spin", "read", "read")), None

    def act(self, state: Any, who: int, f: str, value: Any, rng: Random) -> Any:
        return (state, state) if f == "read" else (None, rng.randrange(3))

    def allowed(self, state: Any, who: int, f: str, value: Any, answer: Any) -> Iterable[Any]:
        return [one for one in (0, 1, 2) if f == "spin" or one == answer == state]

    def crashed(self, state: Any, who: int, f: str, value: Any) -> Iterable[Any]:
        return (0, 1, 2) if f == "spin" else (state,)


@dataclass
class Till(Object):
    """What `tests.checker.small_models.Total` describes: `take` reads the sum and clears it."""

    first: Any = 0

    def choose(self, rng: Random, fresh: Iterator[int], held: int) -> tuple[str, Any]:
        f = rng.choice(("add", "add", "read", "take"))
        return f, rng.randrange(1, 4) if f == "add" else None

    def act(self, state: Any, who: int, f: str, value: Any, rng: Random) -> Any:
        if f == "add":
            return value, state + value
        return state, 0 if f == "take" else state
