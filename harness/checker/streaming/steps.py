"""From one completion to the next, under any model.

A configuration says what has taken effect beyond the completions that are past, and the state it
led to. At a completion, the operation that completed must be placed if it is not yet; before it,
any others that are open at that moment may be (just-in-time linearization: Lowe, "Testing for
linearizability", Concurrency and Computation: Practice and Experience 29(4), 2017). Nothing else is
ever needed: what is placed after the completed one can as well wait for the next completion::

    open      A ├─────────────────…          at the end of C, from one configuration:
              B   ├───────────────…          C,  A C,  B C,  A B C,  B A C
              C      ├─────┤ ◀── event

A read that fits is placed at once: it changes nothing, so waiting can't help it.

An operation that is still open has no result yet. It may be placed for want of it, as one that
crashed could be, and that is a guess; or it crashed, and then it is counted by class.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Iterator
from typing import Protocol

from harness.checker.streaming.live import OK, OPEN, Crashed, Event, Live, TooMuch
from harness.model import INCONSISTENT, UNKNOWN, Model

Configuration = tuple[int, int, int, Hashable]
"""Placed: the bits of those whose completion is not past; optional: bits, see `register_steps`;
used: counts of crashed classes; state."""


class Steps(Protocol):
    """How configurations follow one another."""

    guesses: bool
    """Whether what was placed while it was open may turn out wrong once its result is known."""
    work: int
    """Configurations looked at so far."""
    limit: int
    """How large `work` may become before TooMuch is raised."""

    def first(self) -> Configuration:
        """Before everything."""
        ...

    def after(self, configuration: Configuration, event: Event) -> Iterator[Configuration]:
        """The configurations in which the event's operation is placed, the nearest first."""
        ...


class AnySteps:
    """The steps of any model's configurations.

    Args:
        model: whose steps must all fit.
        crashed: the key's operations of unknown outcome; it may grow.
    """

    guesses = True

    def __init__(self, model: Model, crashed: Crashed) -> None:
        self._model = model
        self._crashed = crashed
        self.work = 0
        self.limit = 0

    def first(self) -> Configuration:
        """Before everything."""
        return 0, 0, 0, self._model.initial()

    def after(self, configuration: Configuration, event: Event) -> Iterator[Configuration]:
        """The configurations in which the event's operation is placed, the nearest first."""
        target = event.op
        reads = [op for op in (target, *event.others) if op.reads and op.outcome is OK]
        effects = [
            op for op in event.others if not op.reads and (op.outcome is OK or op.outcome is OPEN)
        ]
        todo = [self._settled(configuration, reads)]
        met = set(todo)
        while todo:
            self.work += 1
            if self.work > self.limit:
                raise TooMuch
            placed, _, used, state = todo.pop()
            if placed & target.bit:
                yield placed & ~target.bit, 0, used, state
                continue
            if not target.reads:
                for after in self._states(state, target):
                    yield self._settled((placed, 0, used, after), reads)
            for following in self._others(placed, used, state, effects, target.end):
                settled = self._settled(following, reads)
                if settled not in met:
                    met.add(settled)
                    todo.append(settled)

    def _others(
        self, placed: int, used: int, state: Hashable, effects: Iterable[Live], end: int
    ) -> Iterator[Configuration]:
        """Place one that is open, or one that crashed: these only if they change the state."""
        for op in effects:
            if not placed & op.bit:
                for after in self._states(state, op):
                    if op.outcome is OK or after != state:
                        yield placed | op.bit, 0, used, after
        for group in self._crashed.available(used, end):
            for after in self._model.steps(state, group.f, group.value, UNKNOWN):
                if after != state:
                    yield placed, 0, used + group.unit, after

    def _states(self, state: Hashable, op: Live) -> Iterable[Hashable]:
        model = self._model
        if not model.one_way:
            return model.steps(state, op.f, op.value, op.result)
        after = model.step(state, op.f, op.value, op.result)
        return () if after is INCONSISTENT else (after,)

    def _settled(self, configuration: Configuration, reads: Iterable[Live]) -> Configuration:
        placed, optional, used, state = configuration
        for op in reads:
            if not placed & op.bit and any(True for _ in self._states(state, op)):
                placed |= op.bit
        return placed, optional, used, state
