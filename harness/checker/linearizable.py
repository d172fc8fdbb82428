"""Is this history linearizable? Each key decided by itself, and the answers put together.

By locality a history is linearizable exactly when that of each key is (Herlihy & Wing, 1990,
theorem 1). Keys that need a search take turns, each turn longer than the one before, so that a hard
key does not use up the time in which a violation on another would have been found.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from harness.checker.budget import Budget
from harness.checker.calls import KeyHistory, split
from harness.checker.columns import order_by_columns
from harness.checker.confirm import is_linearization
from harness.checker.counterexample import counterexample
from harness.checker.decide import Answer, Decision
from harness.checker.fast import FAST_PATHS
from harness.checker.parallel import order_in_parallel
from harness.checker.reason import sentence
from harness.checker.verdict import Order, Validity, Verdict
from harness.history.op import MalformedHistory, Op
from harness.history.table import Table
from harness.model import Model, thaw

MAX_STATES = 5_000_000
"""About 1.5 GB: what a check may take of a machine that has other things to do as well."""

FIRST_TURN_S = 0.25
EXPLAIN_AT_LEAST_S = 5.0
EXPLAIN_STATES_AT_LEAST = 20_000


def check(
    history: Iterable[Op] | Table,
    model: Model,
    *,
    time_limit_s: float | None = None,
    max_states: int | None = MAX_STATES,
    workers: int = 1,
) -> Verdict:
    """Judge a history.

    Args:
        history: the ops by rising index.
        model: what the store promises.
        time_limit_s: give up after so many seconds; shrinking a counterexample counts as well.
        max_states: give a key up that needs more configurations than this at one time; one takes
            up to a few hundred bytes.
        workers: processes that may look at different keys at the same time.

    Raises:
        MalformedHistory: the ops do not make a history, or not one of this model.
    """
    budget = Budget(time_limit_s, max_states)
    try:
        keys = split(history, model)
    except RecursionError:
        raise MalformedHistory("a value is nested too deeply to be compared with others") from None
    return _Check(model, budget, keys, workers).verdict()


@dataclass
class _Check:
    """The check of one history, as far as it has come."""

    model: Model
    budget: Budget
    keys: list[KeyHistory]
    workers: int = 1
    orders: dict[int, Order] = field(default_factory=dict)
    algorithms: set[str] = field(default_factory=set)
    given_up: list[tuple[KeyHistory, Decision]] = field(default_factory=list)
    contradicted: list[tuple[KeyHistory, Decision]] = field(default_factory=list)

    def verdict(self) -> Verdict:
        """Decide every key until one is invalid."""
        undecided: deque[tuple[int, Decision]] = deque()
        most = self.budget.max_states
        for at, order, algorithm in order_in_parallel(
            self.keys, self.model, self.workers, FIRST_TURN_S, most
        ):
            self.orders[at] = Order(self.keys[at].key, order)
            self.algorithms.add(algorithm)
        for at, key_history in enumerate(self.keys):
            if at not in self.orders and not self._order_long(at, key_history):
                undecided.append((at, Decision(key_history.calls, self.model)))
        turn = FIRST_TURN_S
        while undecided:
            for _ in range(len(undecided)):
                at, decision = undecided.popleft()
                self.budget.pause_after(turn)
                answer = decision.run(self.budget)
                self.algorithms.add(decision.algorithm)
                if answer.linearizable:
                    self._accept(at, decision, answer)
                elif answer.linearizable is False:
                    invalid = self._invalid(self.keys[at], decision, answer)
                    if invalid is not None:
                        return invalid
                elif self.budget.out_of_time() or self.budget.out_of_memory():
                    decision.give_up(self.budget)
                    self.given_up.append((self.keys[at], decision))
                else:
                    undecided.append((at, decision))
            turn *= 2
        if self.contradicted:
            return self._make(valid="unknown", reason=_why_contradicted(*self.contradicted[0]))
        if self.given_up:
            return self._make(valid="unknown", reason=_why_given_up(self))
        orders = tuple(order for _, order in sorted(self.orders.items()))
        return self._make(valid=True, linearization=orders)

    def _order_long(self, at: int, key_history: KeyHistory) -> bool:
        """Order a key with many operations, if that can be done without looking at each."""
        order = order_by_columns(key_history)
        if order is None:
            return False
        self.algorithms.add(FAST_PATHS["register"].name)
        self.orders[at] = Order(key_history.key, key_history.indices(order))
        return True

    def _accept(self, at: int, decision: Decision, answer: Answer) -> None:
        key_history = self.keys[at]
        if not is_linearization(answer.order, key_history.calls, self.model):
            self.contradicted.append((key_history, decision))
        self.orders[at] = Order(key_history.key, key_history.indices(answer.order))

    def _invalid(
        self, key_history: KeyHistory, decision: Decision, answer: Answer
    ) -> Verdict | None:
        """The verdict with its counterexample, None when that does not stand a second look."""
        budget = self._budget_to_explain(decision)
        found = counterexample(decision, answer, self.model, budget)
        if found is None:
            self.contradicted.append((key_history, decision))
            return None
        reason = sentence(key_history, found.part, self.model)
        if not found.irreducible and len(found.part) > 1:
            reason += f" (the time ended before these {len(found.part)} operations were the fewest)"
        if not found.confirmed:
            reason += f" (found by {decision.algorithm}; too much for a second look in the time)"
        table, end = key_history.pairs.table, found.breaks_at
        return self._make(
            valid=False,
            reason=reason,
            key=key_history.key,
            entry_states=(thaw(self.model.initial()),),
            counterexample=tuple(key_history.operation(call) for call in found.part),
            irreducible=found.irreducible,
            until=key_history.index_after(found.cut),
            breaks_at=None if end is None else table.op(key_history.row_ending_at(end)),
            states=tuple(thaw(state) for state in found.states),
        )

    def _budget_to_explain(self, decision: Decision) -> Budget:
        """A few times what deciding took, within what is left; the memory is for each trial."""
        seconds = max(EXPLAIN_AT_LEAST_S, 4 * self.budget.elapsed())
        left = self.budget.left()
        states = max(EXPLAIN_STATES_AT_LEAST, 4 * decision.states)
        most = self.budget.max_states
        return Budget(
            seconds if left is None else min(seconds, left),
            states if most is None else min(states, most),
        )

    def _make(self, *, valid: Validity, **evidence: Any) -> Verdict:
        return Verdict(
            valid=valid,
            ops=sum(len(key_history.rows) for key_history in self.keys),
            elapsed_s=self.budget.elapsed(),
            model=self.model.name,
            algorithm=" + ".join(sorted(self.algorithms, reverse=True)) or "none",
            **evidence,
        )


def _why_given_up(state: _Check) -> str:
    """How far the check came, why it went no further, and what would help."""
    budget = state.budget
    key_history, decision = max(state.given_up, key=lambda pair: len(pair[0].calls))
    limit = (
        f"{budget.max_states} configurations"
        if decision.out_of_memory
        else f"{budget.elapsed():.1f} s"
    )
    where = _where(key_history)
    if len(state.given_up) > 1:
        where = f"{len(state.given_up)} of {len(state.keys)} keys, among them {where}"
    completed = sum(not call.crashed for call in key_history.calls)
    crashed = len(key_history.calls) - completed
    unknown = f" and {crashed} of unknown outcome" if crashed else ""
    plain = state.model.kind == "register" and all(call.f != "cas" for call in key_history.calls)
    once = ", or writing every value only once," if plain else ""
    return (
        f"gave up on {where} after {limit}: {decision.placed()} of its {completed} completed "
        f"operations placed{unknown}, {decision.states} configurations met; more time, or "
        f"fewer operations or clients a key{once} would decide it"
    )


def _why_contradicted(key_history: KeyHistory, decision: Decision) -> str:
    return (
        f"the answer of {decision.algorithm} on {_where(key_history)} did not stand a second look: "
        "a bug of the checker, please report it with this history"
    )


def _where(key_history: KeyHistory) -> str:
    return "the history" if key_history.key is None else f"key {key_history.key}"
