"""The history as it was when it stopped making sense: cut right after a completion.

Whoever refuses a history says which few calls were in the way. What is licensed around these is
looked at alone: where it breaks, the whole does, and often not before. So what has to be decided of
the whole, mostly, is only what was known before that, and that takes about as long as the check::

    refused at        ...........................│      these were in the way:   ─── ─── ─
    licensed part             ─── ─── ── ───│           breaks there, so the whole does by then
    what came before  .....................│            has an order: the whole breaks there

If what came before has none either, that says again which calls were in the way, and so on; but
not for long: one wrong answer can contradict a thousand others, each a little earlier. Then ends
are tried by halving.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from harness.checker.breaking import before, first_break
from harness.checker.budget import Budget
from harness.checker.decide import Answer
from harness.checker.licence import licence
from harness.checker.shrink import Shrinker, decider, quick
from harness.model import Call, Model

SHARE = 0.25
"""Of the time for explaining, what this may take."""

MOST_STEPS = 3
"""So often it is gone back to where a part breaks, before ends are tried by halving."""

Trial = Callable[[Sequence[Call], Budget], Answer]
"""Decides some calls within a budget."""


@dataclass(frozen=True)
class Cut:
    """What was known right after a completion, which has no linearization.

    Args:
        end: of the call that completed.
        first: whether everything still fitted before it completed.
        calls: what was known.
        hint: positions of these that may already have none.
    """

    end: int
    first: bool
    calls: Sequence[Call]
    hint: frozenset[int]


class Cutter:
    """Cuts calls where they break, or as early as is found in the time.

    Args:
        calls: by rising start; without a linearization.
        model: what they are of.
        trial: decides parts of them.
        budget: of which this may take its share.
    """

    def __init__(self, calls: Sequence[Call], model: Model, trial: Trial, budget: Budget) -> None:
        self._calls = calls
        self._model = model
        self._trial = trial
        self._share = Budget(SHARE * (budget.left() or 0.0), budget.max_states)
        self._ends = sorted(call.end for call in calls if not call.crashed)

    def cut(self, refused: Answer) -> Cut:
        """Cut them, given the answer that they have no linearization."""
        end, hint, reached = self._ends[-1], refused.hint, refused.farthest
        if self._share.out_of_time():
            return self._cut(end, first=False, hint=hint)
        for _ in range(MOST_STEPS):
            narrower = self._narrower(end, hint)
            if narrower is None:
                break
            breaks, part = narrower
            earlier = bisect_left(self._ends, breaks) - 1
            fits: bool | None = True
            if earlier >= 0 and (reached is None or self._ends[earlier] >= reached):
                positions, known = before(self._calls, self._ends[earlier] + 1, self._model)
                answer = self._answer(known)
                fits = answer.linearizable
                if fits is False:
                    end, hint = self._ends[earlier], _of(positions, answer.hint)
                    reached = answer.farthest or reached
                    continue
            if self._is_broken(breaks, part):
                return self._cut(breaks, fits is True, part)
            break
        return self._by_trial(end, hint, reached)

    def _narrower(self, end: int, hint: frozenset[int]) -> tuple[int, frozenset[int]] | None:
        """Where a small licensed part breaks of what was known by an end, and the part, if any."""
        positions, known = before(self._calls, end + 1, self._model)
        decide = decider(known, lambda calls: self._trial(calls, quick(self._share)))
        near = frozenset(new for new, old in enumerate(positions) if old in hint)
        chosen = Shrinker(licence(known, self._model), decide, self._share).roughly(near)
        if chosen is None:
            return None
        part = [known[at] for at in sorted(chosen)]
        last = max(call.end for call in part if not call.crashed)
        return first_break(part, last, None, self._model, self._answer)[0], _of(positions, chosen)

    def _is_broken(self, end: int, part: frozenset[int]) -> bool:
        """Whether a part that was licensed in what was known later proves that, or else all."""
        positions, known = before(self._calls, end + 1, self._model)
        near = frozenset(new for new, old in enumerate(positions) if old in part)
        licensed = [known[at] for at in sorted(licence(known, self._model).support(near))]
        return any(self._answer(calls).linearizable is False for calls in (licensed, known))

    def _by_trial(self, end: int, hint: frozenset[int], reached: int | None) -> Cut:
        """Try many ends, in all that was known by one."""
        known = before(self._calls, end + 1, self._model)[1]
        ends = [self._calls[at].end for at in hint if self._calls[at].end <= end]
        at_most = max(ends or [end])
        return self._cut(*first_break(known, at_most, reached, self._model, self._answer), hint)

    def _answer(self, calls: Sequence[Call]) -> Answer:
        return Answer(None) if self._share.out_of_time() else self._trial(calls, self._share)

    def _cut(self, end: int, first: bool, hint: frozenset[int]) -> Cut:
        positions, known = before(self._calls, end + 1, self._model)
        near = frozenset(new for new, old in enumerate(positions) if old in hint)
        return Cut(end, first, known, near)


def _of(positions: Sequence[int], chosen: Iterable[int]) -> frozenset[int]:
    return frozenset(positions[at] for at in chosen)
