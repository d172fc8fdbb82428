"""Several generators at once, or one after another: mix, any of, phases, and who may run what."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from operator import is_

from msgspec import Struct

from harness.generator.core import (
    Context,
    Generator,
    Invocation,
    Pending,
    Thread,
)
from harness.history.op import Op


def _updated(members: tuple[Generator, ...], ctx: Context, op: Op) -> tuple[Generator, ...]:
    """All of them, updated; the very same tuple where the op meant nothing to any of them.

    That is so for most ops, and spares every generator around them a new self.
    """
    updated = tuple([member.update(ctx, op) for member in members])
    return members if all(map(is_, updated, members)) else updated


class _Mix(Struct, frozen=True):
    choices: tuple[Generator, ...]
    pick: int | None = None

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        choices = self.choices
        pick = self.pick
        while choices:
            # The pick stays until it has been taken: drawing anew at every question would favour
            # whichever choice happens to be ready more often.
            if pick is None:
                pick = ctx.rng.randrange(len(choices))
            step, after = choices[pick].op(ctx)
            if step is not None:
                rest = (*choices[:pick], after, *choices[pick + 1 :])
                return step, _Mix(rest, None if isinstance(step, Invocation) else pick)
            choices = (*choices[:pick], *choices[pick + 1 :])
            pick = None
        return None, _Mix(())

    def update(self, ctx: Context, op: Op) -> Generator:
        choices = _updated(self.choices, ctx, op)
        return self if choices is self.choices else _Mix(choices, self.pick)


def mix(choices: Sequence[Generator]) -> Generator:
    """A random one of these each time, evenly; an exhausted one is no longer a choice."""
    return _Mix(tuple(choices))


class _AnyOf(Struct, frozen=True):
    members: tuple[Generator, ...]

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        answers = [member.op(ctx) for member in self.members]
        ready = [at for at, (step, _) in enumerate(answers) if type(step) is Invocation]
        if not ready:
            return self._pending(answers)
        # A ready one at random: in a fixed order, one that is always ready would starve the rest.
        chosen = ready[0] if len(ready) == 1 else ctx.rng.choice(ready)
        kept = tuple(
            member if at in ready and at != chosen else after
            for at, (member, (_, after)) in enumerate(zip(self.members, answers, strict=True))
        )
        return answers[chosen][0], _AnyOf(kept)

    @staticmethod
    def _pending(
        answers: Sequence[tuple[Invocation | Pending | None, Generator]],
    ) -> tuple[Pending | None, Generator]:
        """What to wait for when none is ready."""
        following = _AnyOf(tuple([after for _, after in answers]))
        pending = [step for step, _ in answers if isinstance(step, Pending)]
        if not pending:
            return None, following
        times = [step.until for step in pending if step.until is not None]
        return Pending(min(times, default=None)), following

    def update(self, ctx: Context, op: Op) -> Generator:
        members = _updated(self.members, ctx, op)
        return self if members is self.members else _AnyOf(members)


def any_of(*members: Generator) -> Generator:
    """All of these side by side: whichever has something to do goes next."""
    return _AnyOf(members)


class _InOrder(Struct, frozen=True):
    rest: tuple[Generator, ...]
    wait: bool

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        rest = self.rest
        while rest:
            step, after = rest[0].op(ctx)
            if step is not None:
                return step, _InOrder((after, *rest[1:]), self.wait)
            if self.wait and len(ctx.free) < len(ctx.processes) and len(rest) > 1:
                return Pending(), _InOrder(rest, self.wait)
            rest = rest[1:]
        return None, _InOrder((), self.wait)

    def update(self, ctx: Context, op: Op) -> Generator:
        # Later ones hear of everything too: a last read of each key must know the keys.
        rest = _updated(self.rest, ctx, op)
        return self if rest is self.rest else _InOrder(rest, self.wait)


def sequence(members: Iterable[Generator]) -> Generator:
    """One after another: the next is asked as soon as the one before is exhausted."""
    return _InOrder(tuple(members), wait=False)


def phases(*members: Generator) -> Generator:
    """One after another, each starting when every operation of the one before has completed."""
    return _InOrder(members, wait=True)


class _OnThreads(Struct, frozen=True):
    nemesis: bool
    inner: Generator

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        mine = ctx.nemesis if self.nemesis else ctx.clients
        step, after = self.inner.op(mine)
        if isinstance(step, Invocation) and step.thread is None:
            step = step.on(ctx.rng.choice(mine.free))
        return step, _OnThreads(self.nemesis, after)

    def update(self, ctx: Context, op: Op) -> Generator:
        mine = ctx.nemesis if self.nemesis else ctx.clients
        if mine.thread_of(op) is None:
            return self
        inner = self.inner.update(mine, op)
        return self if inner is self.inner else _OnThreads(self.nemesis, inner)


def clients(inner: Generator) -> Generator:
    """`inner` on the client threads only, each invocation on a random free one."""
    return _OnThreads(nemesis=False, inner=inner)


def on_nemesis(inner: Generator) -> Generator:
    """`inner` on the nemesis' threads only."""
    return _OnThreads(nemesis=True, inner=inner)


class _OnThread(Struct, frozen=True):
    thread: Thread
    inner: Generator

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        if self.thread not in ctx.free:
            return Pending(), self
        alone = Context(ctx.time, (self.thread,), ctx.processes, ctx.rng)
        step, after = self.inner.op(alone)
        if isinstance(step, Invocation):
            step = step.on(self.thread)
        return step, _OnThread(self.thread, after)

    def update(self, ctx: Context, op: Op) -> Generator:
        if ctx.processes.get(self.thread) != op.process:
            return self
        inner = self.inner.update(ctx, op)
        return self if inner is self.inner else _OnThread(self.thread, inner)


def on_thread(thread: Thread, inner: Generator) -> Generator:
    """`inner` on this thread only, and asked only while that is free: what `inner` waits for, it
    waits for after what it did last.
    """
    return _OnThread(thread, inner)


class _Reserve(Struct, frozen=True):
    threads: frozenset[Thread]
    theirs: Generator
    others: Generator

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        if not ctx.free:
            return Pending(), self
        # The thread comes first and decides what is done. The other way round, the busier kind of
        # operation would wait for its threads while the other kind's stand idle.
        thread = ctx.rng.choice(ctx.free)
        alone = Context(ctx.time, (thread,), ctx.processes, ctx.rng)
        if thread in self.threads:
            step, after = self.theirs.op(alone)
            following = _Reserve(self.threads, after, self.others)
        else:
            step, after = self.others.op(alone)
            following = _Reserve(self.threads, self.theirs, after)
        if isinstance(step, Invocation):
            step = step.on(thread)
        return step, following

    def update(self, ctx: Context, op: Op) -> Generator:
        theirs, others = self.theirs.update(ctx, op), self.others.update(ctx, op)
        if theirs is self.theirs and others is self.others:
            return self
        return _Reserve(self.threads, theirs, others)


def reserve(threads: Iterable[Thread], theirs: Generator, others: Generator) -> Generator:
    """`theirs` on these threads, `others` on all the rest. Neither may be exhausted.

    A thread that only reads goes on reading at a node that is cut off, where a thread that also
    writes would wait for an answer that does not come.
    """
    return _Reserve(frozenset(threads), theirs, others)
