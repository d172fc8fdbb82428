"""Independent keys: several small histories instead of one large one.

Checking is hard in the number of operations of unknown outcome on one key, so keys rotate: each
gets so many operations and is then given up for a fresh one::

    key 0 ─────────────┤ 3 ──────────────┤ 6 …
    key 1 ────────┤ 4 ────────────────┤ …            `active` keys at any time
    key 2 ──────────────────┤ 5 ──────────┤ …
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from harness.generator.core import Context, Generator, Invocation, Pending
from harness.generator.timing import limit
from harness.history.op import Op


@dataclass(frozen=True)
class _RotateKeys:
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
            step = replace(step, key=key)
        slots = (*self.slots[:pick], (key, after), *self.slots[pick + 1 :])
        return step, replace(self, slots=slots, fresh=fresh, pick=None if taken else pick)

    def update(self, ctx: Context, op: Op) -> Generator:
        slots = tuple(
            (key, inner.update(ctx, op) if key == op.key else inner) for key, inner in self.slots
        )
        return replace(self, slots=slots)


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


@dataclass(frozen=True)
class _ReadEachKey:
    f: str
    todo: tuple[object, ...] = ()
    seen: frozenset[object] = frozenset()

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        if not self.todo:
            return None, self
        if not ctx.free:
            return Pending(), self
        return Invocation(self.f, key=self.todo[0]), replace(self, todo=self.todo[1:])

    def update(self, ctx: Context, op: Op) -> Generator:
        if op.key is None or op.key in self.seen:
            return self
        return replace(self, todo=(*self.todo, op.key), seen=self.seen | {op.key})


def read_each_key(f: str = "read") -> Generator:
    """One `f` of each key that has been seen in the history, in order of first use."""
    return _ReadEachKey(f)
