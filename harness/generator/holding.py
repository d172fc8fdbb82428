"""What a process does depends on whether it holds something: a lock, an office, a membership."""

from __future__ import annotations

from dataclasses import dataclass, replace

from harness.generator.core import Context, Generator, Invocation, Pending
from harness.history.op import Op


@dataclass(frozen=True)
class _Holding:
    gains: str
    needs: tuple[str, ...]
    gives_up: str
    holding: Generator
    others: Generator
    holders: frozenset[int | str] = frozenset()

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        if not ctx.free:
            return Pending(), self
        # The thread comes first, as in `reserve`.
        thread = ctx.rng.choice(ctx.free)
        alone = Context(ctx.time, (thread,), ctx.processes, ctx.rng)
        if ctx.processes[thread] in self.holders:
            step, after = self.holding.op(alone)
            following = replace(self, holding=after)
        else:
            step, after = self.others.op(alone)
            following = replace(self, others=after)
        return (step.on(thread) if isinstance(step, Invocation) else step), following

    def update(self, ctx: Context, op: Op) -> Generator:
        holds = op.process in self.holders
        if op.type == "ok" and op.f == self.gains:
            return self if holds else replace(self, holders=self.holders | {op.process})
        given_up = op.type == "invoke" and op.f == self.gives_up
        lost = op.type == "fail" and op.f in self.needs
        if holds and (given_up or lost or op.type == "info"):
            return replace(self, holders=self.holders - {op.process})
        return self


def while_holding(
    holding: Generator,
    others: Generator,
    *,
    gains: str,
    gives_up: str,
    needs: tuple[str, ...] = (),
) -> Generator:
    """`holding` on the threads whose process holds something, `others` on the rest.

    A process holds from an ok of `gains` until it invokes `gives_up`, or one of `needs` fails, or
    anything that it does is `info`. Neither generator may be exhausted.
    """
    return _Holding(gains, needs, gives_up, holding, others)


@dataclass(frozen=True)
class _HoldOnce:
    steps: tuple[Invocation, ...]
    tries: int
    failed: int = 0
    done: int = 0

    @property
    def key(self) -> str:
        return f"last {self.failed + 1}"

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        if self.done == len(self.steps) or self.failed == self.tries:
            return None, self
        order = list(ctx.processes)
        thread = order[self.failed % len(order)]
        if thread not in ctx.free:
            return Pending(), self
        step = self.steps[self.done]
        return Invocation(step.f, step.value, self.key, thread), self

    def update(self, ctx: Context, op: Op) -> Generator:
        if op.key != self.key or op.type == "invoke":
            return self
        if op.type == "ok":
            return replace(self, done=self.done + 1)
        return replace(self, failed=self.failed + 1, done=0)


def hold_once(*steps: Invocation, tries: int = 5) -> Generator:
    """The steps one after the other by one thread, on a key that nobody has used: "last 1". If one
    of them is not ok, all once more on the next key by the next thread, up to `tries` times.

    So a test whose faults left nobody the time to give anything back still tells whether what is
    free can be had. Made for the end of a test: an `info` takes no more than that one try.
    """
    return _HoldOnce(steps, tries)
