"""From "no linearization" to the fewest operations that show it, and to where it breaks."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass

from harness.checker.breaking import before, first_break, states_at_break
from harness.checker.budget import Budget
from harness.checker.confirm import has_linearization
from harness.checker.decide import Answer, Decision
from harness.checker.licence import licence
from harness.checker.shrink import Shrinker
from harness.model import Call, Model

BREAK_SHARE = 0.25
"""Of the time for explaining, what the search for the first break may take."""


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
    decision: Decision, hint: frozenset[int], model: Model, budget: Budget
) -> Counterexample | None:
    """Shrink what a decision refused; None when the second look finds a linearization after all.

    Args:
        decision: which found that its calls have none.
        hint: positions that may already have none.
        model: what the calls are of.
        budget: for all of it.
    """

    def answer(calls: Sequence[Call], within: Budget) -> Answer:
        trial = Budget(within.left(), within.max_states)
        return Decision(calls, model).run(trial)

    breaks_at, cut = _break(decision, hint, model, answer, budget)
    positions, calls = before(decision.calls, cut + 1, model)
    found = answer(calls, budget)
    if found.linearizable is not False:  # the hint was wrong, or time is short
        cut = max(call.end for call in decision.calls if not call.crashed)
        positions, calls = before(decision.calls, cut + 1, model)
    hint = frozenset(new for new, old in enumerate(positions) if old in hint)

    def decide(part: frozenset[int]) -> tuple[bool | None, frozenset[int]]:
        chosen = sorted(part)
        found = answer([calls[at] for at in chosen], budget)
        return found.linearizable, frozenset(chosen[at] for at in found.hint)

    shrunk = Shrinker(licence(calls, model), decide, budget).shrink(hint)
    part = [calls[at] for at in sorted(shrunk.part)]
    second_look = has_linearization(part, model, Budget(budget.left(), budget.max_states))
    if second_look:
        return None
    return Counterexample(
        part,
        shrunk.irreducible,
        second_look is False,
        cut,
        breaks_at,
        states_at_break(part, model),
    )


def _break(
    decision: Decision,
    hint: frozenset[int],
    model: Model,
    answer: Callable[[Sequence[Call], Budget], Answer],
    budget: Budget,
) -> tuple[int | None, int]:
    """Where the calls break, None if that takes too long, and an end by which they are broken.

    A part without a linearization is broken by its last completion, it seems: what is open then
    and not of the part may yet explain it (an open take that takes what had to be gone).
    """
    calls = decision.calls
    ends = [calls[at].end for at in hint if not calls[at].crashed]
    last = max(ends or [call.end for call in calls if not call.crashed])
    share = Budget(BREAK_SHARE * (budget.left() or 0.0), budget.max_states)

    def decide(known: Sequence[Call]) -> bool | None:
        return None if share.out_of_time() else answer(known, share).linearizable

    guess = last if decision.farthest is None else decision.farthest
    breaks_at = first_break(calls, last, guess, model, decide)
    return breaks_at, last if breaks_at is None else breaks_at
