"""What is possible on one key, kept up to date with every completion.

What an operation that is still open will answer, nobody knows yet. So there are two fronts::

    A ├───────────┤
    B      ├────────────────────────…   still open
    C        ├──────┤ D ├──┤  E ├───┤
                  ▲─────────────────┤
                  │                 └─ now: the witness, one configuration; what is open may
                  │                    have taken effect or not, as if it had crashed
                  └─ the frontier: every configuration possible after the last completion at which
                     nothing was open whose outcome is unknown now

The **frontier** is exact, and is all that is ever needed of the past: when it is empty, there is no
linearization. It moves on as soon as outcomes become known. The events that it has not passed, its
**tail**, all overlap with an operation that is still open.

The **witness** tells without delay whether the tail fits as well: it mostly does by one more step
from the configuration that was found last. If not, or when a guess may have turned out wrong, the
tail is searched again, from every configuration of the frontier, depth first. If that finds none,
the history up to now has no linearization: none with what is open left out, nor with any of it
done.

Work is bounded. The key has an allowance that grows with every op. Without it, the frontier falls
back, and the tail is not searched: the proof comes later, with a later op, but is never wrong. A
key that needs too many configurations at one event is given up.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterator
from typing import Final

from harness.checker.streaming.live import CRASHED, FAIL, OK, Crashed, Event, Live, TooMuch
from harness.checker.streaming.register_steps import RegisterSteps
from harness.checker.streaming.steps import AnySteps, Configuration, Steps
from harness.model import Model

_NO_LIMIT: Final = 1 << 62

Resting = tuple[tuple[Configuration, ...], Crashed]
"""All of a key on which nothing is open."""


class Allowance:
    """How much work a key may cause.

    Args:
        max_states: configurations in a frontier.
        an_op: configurations looked at for each op, on average.
        at_once: configurations looked at for one op, at most.
    """

    def __init__(self, max_states: int, an_op: int, at_once: int) -> None:
        self.max_states = max_states
        self.an_op = an_op
        self.at_once = at_once


class KeyStream:
    """One key's operations, as they come. Every method but `invoke` and `rest` tells whether there
    still is a linearization, and may raise TooMuch: then the key must be given up.
    """

    def __init__(self, model: Model, allowance: Allowance, resting: Resting | None = None) -> None:
        self._crashed = Crashed() if resting is None else resting[1]
        steps = RegisterSteps if model.kind == "register" else AnySteps
        self._steps: Steps = steps(model, self._crashed)
        self._frontier = (self._steps.first(),) if resting is None else resting[0]
        self._tail: deque[Event] = deque()
        self._open: dict[int, Live] = {}
        self._witness: Configuration | None = None
        self._free: list[int] = []
        self._bits = 0
        self._allowance = allowance
        self._allowed = allowance.at_once

    @property
    def quiet(self) -> bool:
        """Whether nothing is open, and the frontier is at now."""
        return not self._open and not self._tail

    def rest(self) -> Resting:
        """What to keep of a quiet key."""
        return self._frontier, self._crashed

    def invoke(self, start: int, f: str, value: Hashable, reads: bool) -> Live:
        """An operation begins."""
        if not self._free:
            self._free.append(1 << self._bits)
            self._bits += 1
        op = Live(self._free.pop(), start, f, value, reads)
        self._open[start] = op
        return op

    def ok(self, op: Live, result: Hashable, end: int) -> bool:
        """It happened, and answered."""
        guessed = self._witness is not None and bool(self._witness[0] & op.bit)
        op.outcome, op.result, op.end = OK, result, end
        del self._open[op.start]
        event = Event(op, tuple(self._open.values()))
        self._tail.append(event)
        if guessed and self._steps.guesses:
            self._witness = None
        return self._move(event)

    def fail(self, op: Live) -> bool:
        """It did not happen."""
        op.outcome = FAIL
        if self._witness is not None and self._witness[0] & op.bit:
            self._witness = None
        return self._forget(op)

    def crash(self, op: Live) -> bool:
        """Nobody will ever know whether it happened."""
        op.outcome = CRASHED
        if not op.reads:
            group = self._crashed.add(op)
            if self._witness is not None and self._witness[0] & op.bit:
                placed, optional, used, state = self._witness
                self._witness = placed & ~op.bit, optional, used + group.unit, state
        return self._forget(op)

    def finish(self) -> bool:
        """Nothing more will come: what is open has crashed."""
        for op in self._open.values():
            op.outcome = CRASHED
            if not op.reads:
                self._crashed.add(op)
        self._open.clear()
        self._allowed = _NO_LIMIT
        return self._advance()

    def _forget(self, op: Live) -> bool:
        del self._open[op.start]
        if self._witness is not None:
            placed, optional, used, state = self._witness
            self._witness = placed, optional & ~op.bit, used, state
        self._free.append(op.bit)
        return self._move(None)

    def _move(self, event: Event | None) -> bool:
        """Take in the latest event, if there was one, and what has become known otherwise."""
        steps, allowance = self._steps, self._allowance
        self._allowed = min(self._allowed + allowance.an_op, steps.work + allowance.at_once)
        if not self._advance():
            return False
        if not self._tail:
            self._witness = None
            return True
        try:
            steps.limit = self._allowed
            if event is not None and self._witness is not None:
                self._witness = next(steps.after(self._witness, event), None)
            if self._witness is None:
                self._witness = self._search()
                return self._witness is not None
        except TooMuch:
            self._witness = None
        return True

    def _advance(self) -> bool:
        """Move the frontier over every event at which nothing was open that still is."""
        oldest = next(iter(self._open), None)
        tail, steps = self._tail, self._steps
        while tail and (oldest is None or oldest > tail[0].op.end) and steps.work <= self._allowed:
            event = tail.popleft()
            steps.limit = max(self._allowed, steps.work + self._allowance.at_once)
            possible = Possible(self._crashed.guard)
            for configuration in self._frontier:
                for following in steps.after(configuration, event):
                    possible.add(following)
                    if possible.size > self._allowance.max_states:
                        raise TooMuch
            self._frontier = tuple(possible)
            self._free.append(event.op.bit)
            if not self._frontier:
                return False
        return True

    def _search(self) -> Configuration | None:
        """A configuration at the end of the tail, if there is one."""
        events = list(self._tail)
        met: set[tuple[int, Configuration]] = set()
        stack: list[Iterator[Configuration]] = [iter(self._frontier)]
        while stack:
            found = next(stack[-1], None)
            if found is None:
                stack.pop()
                continue
            depth = len(stack) - 1
            if depth == len(events):
                return found
            if (depth, found) not in met:
                met.add((depth, found))
                stack.append(self._steps.after(found, events[depth]))
        return None


class Possible:
    """Configurations, without those that another can stand in for.

    With the same placed and state, that has used no more crashed operations, and has the same
    writes optional, or more.
    """

    def __init__(self, guard: int) -> None:
        self._guard = guard
        self._by_state: dict[tuple[int, Hashable], list[tuple[int, int]]] = {}
        self.size = 0

    def add(self, configuration: Configuration) -> None:
        """Take it in, unless one there can stand in for it; drop those that it can stand in for."""
        placed, optional, used, state = configuration
        there = self._by_state.setdefault((placed, state), [])
        if any(self._covers(one, (optional, used)) for one in there):
            return
        kept = [one for one in there if not self._covers((optional, used), one)]
        self.size += len(kept) + 1 - len(there)
        there[:] = [*kept, (optional, used)]

    def __iter__(self) -> Iterator[Configuration]:
        for (placed, state), there in self._by_state.items():
            for optional, used in there:
                yield placed, optional, used, state

    def _covers(self, one: tuple[int, int], other: tuple[int, int]) -> bool:
        """Whether the one can do all that the other can."""
        guard = self._guard
        return not other[0] & ~one[0] and ((other[1] | guard) - one[1]) & guard == guard
