"""How much, how long and how fast: limit, time limit, stagger."""

from __future__ import annotations

from msgspec import Struct

from harness.generator.core import Context, Generator, Invocation, Pending
from harness.history.op import Op


class _Limit(Struct, frozen=True):
    left: int
    inner: Generator

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        if self.left <= 0:
            return None, self
        step, after = self.inner.op(ctx)
        return step, _Limit(self.left - isinstance(step, Invocation), after)

    def update(self, ctx: Context, op: Op) -> Generator:
        inner = self.inner.update(ctx, op)
        return self if inner is self.inner else _Limit(self.left, inner)


def limit(count: int, inner: Generator) -> Generator:
    """At most `count` invocations of `inner`."""
    return _Limit(count, inner)


class _TimeLimit(Struct, frozen=True):
    seconds: float
    inner: Generator
    deadline: int | None = None

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        deadline = ctx.time + round(self.seconds * 1e9) if self.deadline is None else self.deadline
        if ctx.time >= deadline:
            return None, _TimeLimit(self.seconds, self.inner, deadline)
        step, after = self.inner.op(ctx)
        if isinstance(step, Pending):
            until = deadline if step.until is None else min(step.until, deadline)
            step = Pending(until)
        return step, _TimeLimit(self.seconds, after, deadline)

    def update(self, ctx: Context, op: Op) -> Generator:
        inner = self.inner.update(ctx, op)
        return self if inner is self.inner else _TimeLimit(self.seconds, inner, self.deadline)


def time_limit(seconds: float, inner: Generator) -> Generator:
    """`inner`, until so many seconds after it is first asked."""
    return _TimeLimit(seconds, inner)


class _Stagger(Struct, frozen=True):
    seconds: float
    inner: Generator
    at: int | None = None

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        at = ctx.time if self.at is None else self.at
        if ctx.time < at:
            return Pending(at), self
        step, after = self.inner.op(ctx)
        if isinstance(step, Invocation):
            # A little lateness is made up for, so that the rate comes out right; more is not (every
            # thread was busy): a burst after each fault would be a load of its own.
            gap = ctx.rng.uniform(0, 2 * self.seconds)
            at = max(at, ctx.time - round(self.seconds * 1e9)) + round(gap * 1e9)
        return step, _Stagger(self.seconds, after, at)

    def update(self, ctx: Context, op: Op) -> Generator:
        inner = self.inner.update(ctx, op)
        return self if inner is self.inner else _Stagger(self.seconds, inner, self.at)


def stagger(seconds: float, inner: Generator) -> Generator:
    """`inner`, one invocation every `seconds` on average, evenly random from 0 to twice that."""
    return _Stagger(seconds, inner)
