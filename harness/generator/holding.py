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
