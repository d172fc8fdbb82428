"""One key of the history, and what several promises want to know of it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.checker.budget import Budget
from harness.checker.calls import KeyHistory
from harness.checker.decide import Answer, Decision
from harness.checker.promises.graph import Edge, Rank
from harness.checker.promises.guarantees import edges_of, rank_of
from harness.checker.promises.program import late_moments_of, moments_of, program_of
from harness.checker.promises.schedule import Schedule
from harness.checker.promises.versions import Candidates, Versions
from harness.model import Call, Model, shown

MOST_STATES = 1_000_000
"""Configurations that deciding one key may remember."""


@dataclass(eq=False)
class Keyed:
    """One key's calls; `answer` is what is known of its linearizability."""

    history: KeyHistory
    model: Model
    answer: Answer

    @classmethod
    def of(cls, history: KeyHistory, model: Model, budget: Budget, seconds: float) -> Keyed:
        """Decide linearizability within so many seconds: what is linearizable keeps all."""
        if budget.out_of_time():  # even to begin takes a look at every call
            return cls(history, model, Answer(None))
        left = budget.left()
        trial = Budget(seconds if left is None else min(seconds, left), MOST_STATES)
        return cls(history, model, Decision(history.calls, model).run(trial))

    @property
    def calls(self) -> Sequence[Call]:
        """By rising start."""
        return self.history.calls

    @property
    def linearizable(self) -> bool:
        """Whether it is known to be."""
        return self.answer.linearizable is True

    @property
    def on(self) -> str:
        """The key in a sentence."""
        return "" if self.history.key is None else f" of {shown(self.history.key)}"

    @cached_property
    def candidates(self) -> Candidates:
        """What each call may have seen."""
        return Candidates(self.calls, self.model.initial())

    @cached_property
    def versions(self) -> Versions | None:
        """What each call saw, where that is known."""
        return self.candidates.only

    @cached_property
    def edges(self) -> list[Edge]:
        """What the sessions demand of the versions; they must be known."""
        assert self.versions is not None
        return edges_of(self.versions)

    @cached_property
    def rank(self) -> Rank:
        """A guess at the order of the versions; they must be known."""
        assert self.versions is not None
        return rank_of(self.versions)

    @cached_property
    def moments(self) -> list[int]:
        """When each call is best tried in an order of all."""
        return moments_of(self.calls, self.answer.order if self.linearizable else None)

    @cached_property
    def late_moments(self) -> list[int]:
        """Another guess at the same."""
        if self.linearizable:
            return self.moments
        versions = self.versions if self.model.kind == "register" else None
        return late_moments_of(self.calls, {} if versions is None else versions.saw)

    def schedule(self) -> Schedule:
        """A search that tells whether this key alone is sequentially consistent."""
        everything = range(len(self.calls))
        program, _ = program_of([self.calls], [everything], [self.moments])
        return Schedule(program, self.model)
