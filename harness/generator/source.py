"""Where invocations come from: repeated, numbered, once; and pauses between them."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from harness.generator.core import Context, Generator, Invocation, Pending
from harness.history.op import Op

Make = Callable[[Context], Invocation]
"""Makes an invocation. It may draw from `ctx.rng` and must have no other effect."""


class _Repeat(Struct, frozen=True):
    make: Make

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        return (self.make(ctx) if ctx.free else Pending()), self

    def update(self, ctx: Context, op: Op) -> Generator:
        return self


def repeat(make: Make) -> Generator:
    """Invocations without end, each made anew."""
    return _Repeat(make)


class _Numbered(Struct, frozen=True):
    make: Callable[[Context, int], Invocation]
    number: int

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        if not ctx.free:
            return Pending(), self
        return self.make(ctx, self.number), _Numbered(self.make, self.number + 1)

    def update(self, ctx: Context, op: Op) -> Generator:
        return self


def numbered(make: Callable[[Context, int], Invocation], *, start: int = 1) -> Generator:
    """Invocations without end, each made from the next number and by chance."""
    return _Numbered(make, start)


def count(make: Callable[[int], Invocation], *, start: int = 1) -> Generator:
    """Invocations without end, each made from the next number: values that never repeat."""
    return _Numbered(lambda ctx, number: make(number), start)


class _Once(Struct, frozen=True):
    make: Make
    done: bool = False

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        if self.done:
            return None, self
        return (self.make(ctx) if ctx.free else Pending()), _Once(self.make, done=bool(ctx.free))

    def update(self, ctx: Context, op: Op) -> Generator:
        return self


def once(make: Make | Invocation) -> Generator:
    """A single invocation."""
    if isinstance(make, Invocation):
        fixed = make
        return _Once(lambda ctx: fixed)
    return _Once(make)


class _Sleep(Struct, frozen=True):
    seconds: float
    until: int | None = None

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        until = ctx.time + round(self.seconds * 1e9) if self.until is None else self.until
        if ctx.time >= until:
            return None, self
        return Pending(until), _Sleep(self.seconds, until)

    def update(self, ctx: Context, op: Op) -> Generator:
        return self


def sleep(seconds: float) -> Generator:
    """Nothing, for so many seconds from when it is first asked."""
    return _Sleep(seconds)


def sleep_until(seconds: float) -> Generator:
    """Nothing, until so many seconds after the run began."""
    return _Sleep(0.0, round(seconds * 1e9))
