"""Independent keys: several small histories instead of one large one.

Checking is hard in the number of operations of unknown outcome on one key, so keys rotate: each
gets so many operations and is then given up for a fresh one::

    key 0 ─────────────┤ 3 ──────────────┤ 6 …
    key 1 ────────┤ 4 ────────────────┤ …            `active` keys at any time
    key 2 ──────────────────┤ 5 ──────────┤ …
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from msgspec import Struct, field
from msgspec.structs import replace

from harness.generator.core import Context, Generator, Invocation, Pending, Thread
from harness.generator.timing import limit
from harness.history.op import Op


class _RotateKeys(Struct, frozen=True):
    make: Callable[[int], Generator]
    ops_per_key: int
    fresh: int
    slots: tuple[tuple[int, Generator], ...]
    pick: int | None = None

    def _new(self, key: int) -> tuple[int, Generator]:
        return key, limit(self.ops_per_key, self.make(key))

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        pick = ctx.rng.randrange(len(self.slots)) if self.pick is None else self.pick
        fresh = self.fresh
        key, inner = self.slots[pick]
        step, after = inner.op(ctx)
        if step is None:
            key, inner = self._new(fresh)
            fresh += 1
            step, after = inner.op(ctx)
        taken = isinstance(step, Invocation)
        if isinstance(step, Invocation):
            step = Invocation(step.f, step.value, key, step.thread)
        slots = (*self.slots[:pick], (key, after), *self.slots[pick + 1 :])
        pick_next = None if taken else pick
        return step, _RotateKeys(self.make, self.ops_per_key, fresh, slots, pick_next)

    def update(self, ctx: Context, op: Op) -> Generator:
        for at, (key, inner) in enumerate(self.slots):
            if key == op.key:
                updated = inner.update(ctx, op)
                if updated is inner:
                    return self
                slots = (*self.slots[:at], (key, updated), *self.slots[at + 1 :])
                return _RotateKeys(self.make, self.ops_per_key, self.fresh, slots, self.pick)
        return self


def rotate_keys(make: Callable[[int], Generator], *, active: int, ops_per_key: int) -> Generator:
    """`make(key)` for the keys 0, 1, 2, …: `active` of them at a time, chosen at random for each
    invocation, each for `ops_per_key` invocations. `make`'s generators must not be empty.

    Raises:
        ValueError: `active` or `ops_per_key` is below 1.
    """
    if active < 1 or ops_per_key < 1:
        raise ValueError(f"active={active} and ops_per_key={ops_per_key} must be at least 1")
    empty = _RotateKeys(make, ops_per_key, active, ())
    return replace(empty, slots=tuple(empty._new(key) for key in range(active)))


class _Tried(NamedTuple):
    """How often a key was asked, and by which threads in a row without an ok."""

    times: int = 0
    in_vain: tuple[Thread | None, ...] = ()


class _AskEachKey(Struct, frozen=True):
    f: str
    enough: Callable[[Op], bool]
    times: int
    tries: int
    value: Any = None
    todo: tuple[tuple[object, _Tried], ...] = ()
    seen: frozenset[object] = frozenset()
    asked: Mapping[object, _Tried] = field(default_factory=dict)

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        if not self.todo:
            return (Pending() if self.asked else None), self
        if not ctx.free:
            return Pending(), self
        (key, tried), *rest = self.todo
        asked = {**self.asked, key: tried}
        thread = _another(tried.in_vain, ctx)
        if thread is not None and thread not in ctx.free:
            return Pending(), self
        ask = Invocation(self.f, self.value, key, thread)
        return ask, replace(self, todo=tuple(rest), asked=asked)

    def update(self, ctx: Context, op: Op) -> Generator:
        if op.key is None:
            return self
        if op.key not in self.seen:
            return replace(self, todo=(*self.todo, (op.key, _Tried())), seen=self.seen | {op.key})
        if op.type == "invoke" or op.key not in self.asked:
            return self
        asked = {key: tried for key, tried in self.asked.items() if key != op.key}
        times, in_vain = self.asked[op.key]
        tried = _Tried(times + 1, () if op.type == "ok" else (*in_vain, ctx.thread_of(op)))
        done = op.type == "ok" and self.enough(op)
        again = not done and tried.times < self.times and len(tried.in_vain) < self.tries
        return replace(
            self, asked=asked, todo=(*self.todo, (op.key, tried)) if again else self.todo
        )


def _another(in_vain: tuple[Thread | None, ...], ctx: Context) -> Thread | None:
    """Who asks after these have: the next thread that has not, if possible one that is free.
    Clients take the nodes in turns, so it is at another node. None: whoever is free.
    """
    last = in_vain[-1] if in_vain else None
    if last is None:
        return None
    order = list(ctx.processes)
    at = order.index(last) + 1
    after = [*order[at:], *order[:at]]
    fresh = [thread for thread in after if thread not in in_vain] or after
    return next((thread for thread in fresh if thread in ctx.free), fresh[0])


def read_each_key(f: str = "read", value: Any = None, *, tries: int = 5) -> Generator:
    """`f` (with `value`) of each key that was seen in the history, in order of first use, until it
    is ok.

    It is tried on one thread after the other, so that no node in trouble decides; after `tries` the
    key is left unread, which makes the run's verdict unknown.
    """
    return _AskEachKey(f, lambda op: True, times=tries, tries=tries, value=value)


def drain_each_key(f: str = "dequeue", *, most: int, tries: int = 5) -> Generator:
    """`f` of each key that has been seen in the history, until it answers that nothing is left:
    null. A key is given up after `tries` in a row without an ok, or `most` in all: a store that
    always has one more must not keep a test from its end.
    """
    return _AskEachKey(f, lambda op: op.value is None, times=most, tries=tries)
