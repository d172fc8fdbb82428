"""Depth-first search for a linearization, whatever the space of configurations.

A configuration says which calls have taken effect and what the state is. The search walks from the
empty one, placing calls one after the other, until every completed call is placed (valid) or no
configuration is left (invalid). It is iterative, so long histories need no deep stack, and can stop
at a budget and go on later, so that many keys share one time limit fairly.

Wing & Gong, "Testing and verifying concurrent objects", J. Parallel Distrib. Comput. 17, 1993;
the memory of configurations is from Lowe, "Testing for linearizability", Concurrency and
Computation: Practice and Experience 29(4), 2017.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from typing import Protocol

from harness.checker.budget import Budget
from harness.model import Call

Step = tuple[tuple[int, ...], Hashable]
"""What was just placed, mostly positions of calls, and the configuration it leads to."""

CHECK_CLOCK_EVERY = 64


class Space(Protocol):
    """The configurations of one key's history."""

    calls: Sequence[Call]
    """By rising start."""

    farthest: int
    """The latest end, over the configurations met, of the earliest call still to place. If there is
    no linearization, the history up to this index already has none."""

    def first(self) -> Step:
        """The configuration before everything, and the calls placed to get there."""
        ...

    def done(self, configuration: Hashable) -> bool:
        """Whether every completed call is placed."""
        ...

    def new(self, configuration: Hashable) -> bool:
        """Remember it; False if it, or one that can do all it can, was met before."""
        ...

    def weight(self, configuration: Hashable) -> int:
        """As how many usual ones it counts, by the memory that it takes."""
        ...

    def steps(self, configuration: Hashable) -> Iterator[Step]:
        """The ways on, the most promising first."""
        ...

    def order(self, path: Sequence[int]) -> list[int]:
        """The linearization, as positions of calls, that the placings of a path stand for."""
        ...

    def forget(self) -> None:
        """Give back the memory of configurations met."""
        ...


class Search:
    """One resumable search."""

    def __init__(self, space: Space) -> None:
        self.space = space
        self.result: bool | None = None
        self.order: list[int] = []
        self.states = 0
        self._stack: list[tuple[tuple[int, ...], Iterator[Step]]] = []
        self._started = False

    def run(self, budget: Budget) -> bool | None:
        """Search on until there is an answer, or None when the budget says to stop first."""
        if not self._started:
            self._started = True
            self._visit(self.space.first(), budget)
        turns = 0
        while self.result is None:
            if budget.out_of_memory():
                return None
            turns += 1
            if turns % CHECK_CLOCK_EVERY == 0 and budget.pausing():
                return None
            self._advance(budget)
        return self.result

    def _advance(self, budget: Budget) -> None:
        if not self._stack:
            self.result = False
            return
        step = next(self._stack[-1][1], None)
        if step is None:
            self._stack.pop()
        elif self.space.new(step[1]):
            self._visit(step, budget)

    def _visit(self, step: Step, budget: Budget) -> None:
        placed, configuration = step
        self.states += 1
        budget.states += self.space.weight(configuration)
        if self.space.done(configuration):
            path = [position for above, _ in self._stack for position in above]
            self.order = self.space.order([*path, *placed])
            self.result = True
            return
        self._stack.append((placed, self.space.steps(configuration)))

    @property
    def core(self) -> frozenset[int]:
        """Positions of calls that already have no linearization, if there is none."""
        last = self.farthest
        return frozenset(at for at, call in enumerate(self.space.calls) if call.start < last)

    @property
    def farthest(self) -> int:
        """The latest end that some configuration still had to pass, all before it being placed."""
        return self.space.farthest

    def forget(self) -> None:
        """Give the memory back; the search can't go on."""
        self._stack.clear()
        self.space.forget()
