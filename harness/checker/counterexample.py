"""From "no linearization" to the fewest operations that show it, and to where it breaks."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from harness.checker.breaking import values_at_break
from harness.checker.budget import Budget
from harness.checker.confirm import has_linearization
from harness.checker.cut import Cutter, Trial
from harness.checker.decide import Answer, Decision
from harness.checker.licence import licence
from harness.checker.narrow import narrowed
from harness.checker.possible import states_at_break
from harness.checker.shrink import Shrinker, decider, quick
from harness.model import Call, Model

FEW_STATES = 2_000
"""Configurations, where another trial will do as well."""


@dataclass(frozen=True)
class Counterexample:
    """Why one object's calls have no linearization.

    Args:
        part: a licensed part that has none either, by rising start.
        irreducible: whether no licensed part of it would do.
        confirmed: whether the general search has said so too.
        cut: the end of the call right after which the history was cut for the part.
        breaks_at: the end of the call whose completion no order explains; None if not found.
        states: those possible at that point, as far as the part tells.
    """

    part: Sequence[Call]
    irreducible: bool
    confirmed: bool
    cut: int
    breaks_at: int | None
    states: Sequence[Hashable]


def counterexample(
    decision: Decision, refused: Answer, model: Model, budget: Budget
) -> Counterexample | None:
    """Shrink what a decision refused; None when the second look finds a linearization after all.

    Args:
        decision: which found that its calls have none.
        refused: what it answered.
        model: what the calls are of.
        budget: for all of it.
    """

    def answer(calls: Sequence[Call], within: Budget) -> Answer:
        trial = Budget(within.left(), within.max_states)
        takes = decision.fast_s * len(calls) / len(decision.calls)
        if trial.deadline - trial.began < takes:  # and nothing would interrupt it
            return Answer(None)
        return Decision(calls, model).run(trial)

    cut = Cutter(decision.calls, model, answer, budget).cut(refused)
    calls = cut.calls

    part, irreducible = calls, False
    if not budget.out_of_time():
        decide = decider(calls, lambda part: answer(part, budget))
        quickly = decider(calls, lambda part: answer(part, quick(budget)))
        shrunk = Shrinker(licence(calls, model), decide, budget, quickly).shrink(cut.hint)
        part, irreducible = [calls[at] for at in sorted(shrunk.part)], shrunk.irreducible
    second_look = _second_look(part, model, answer, budget)
    if second_look:
        return None
    if model.kind == "register" and cut.first:
        states = values_at_break(part, cut.end, model, lambda known: answer(known, budget))
    else:
        states = states_at_break(part, cut.end if cut.first else None, model, budget)
    return Counterexample(
        part,
        irreducible,
        second_look is False,
        cut.end,
        cut.end if cut.first else None,
        states,
    )


def _second_look(part: Sequence[Call], model: Model, answer: Trial, budget: Budget) -> bool | None:
    """Whether the general search finds an order of a part; None when it can't be told in time."""
    left = narrowed(part, model, lambda calls: answer(calls, Budget(budget.left(), FEW_STATES)))
    if left is not None and has_linearization(left, model, _again(budget)) is False:
        return False
    return has_linearization(part, model, _again(budget))


def _again(budget: Budget) -> Budget:
    """The time that is left, and all of the memory."""
    return Budget(budget.left(), budget.max_states)
