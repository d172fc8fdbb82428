"""Registers whose values repeat: decided by a search that branches only where it must.

layers, crashed   what is open at each completion; what may happen at any time
ways              what can be done next in a configuration
why, back         why nothing can: what matters of it, and of what came before
known             what has been learned so
search            the depth-first search over configurations, and why it suffices
refute            proofs from a part of the history that there is nothing to find
order             from a successful search to the linearization
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.checker.budget import Budget
from harness.checker.register.crashed import Crashed
from harness.checker.register.known import Known
from harness.checker.register.layers import Layers
from harness.checker.register.order import linearization
from harness.checker.register.refute import Refuter
from harness.checker.register.search import DepthFirst
from harness.checker.register.ways import RETIRE, Way
from harness.model import Call, Model

__all__ = ["RegisterSearch"]

PATIENCE = 64
"""Configurations met without coming farther before a proof of the contrary is tried, at first."""


class RegisterSearch:
    """Decides one register's calls; resumable.

    Args:
        calls: by rising start.
        model: a model of kind `register`.
    """

    def __init__(self, calls: Sequence[Call], model: Model) -> None:
        self.result: bool | None = None
        self.core: frozenset[int] = frozenset()
        """Positions of calls that already have no linearization, if there is none."""
        self._calls = calls
        self._initial = model.initial()
        self._layers = Layers(calls)
        self._crashed = Crashed(calls)
        self._known = Known(self._layers, self._crashed)
        first: Way = (0, self._initial, 0, 0, 0, RETIRE, -1, ())
        self._search = DepthFirst(self._layers, self._crashed, self._known, [first])
        self._refuter = Refuter(calls, self._layers, self._crashed, self._known, self._initial)
        self._patience = PATIENCE

    def run(self, budget: Budget) -> bool | None:
        """Search on until there is an answer, or None when the budget says to stop first."""
        while self.result is None:
            found = self._search.run(budget, self._patience)
            if found is None and (budget.out_of_memory() or budget.pausing()):
                return None
            if found:
                self.result = True
            else:
                self._learn(exhausted=found is False, budget=budget)
        return self.result

    def _learn(self, exhausted: bool, budget: Budget) -> None:
        """Look for a part that has no linearization, or none after so many crashed calls."""
        search = self._search
        effort = max(PATIENCE, search.stalled)
        refuted = self._refuter.refute(search.deepest, 0, effort, budget)
        if refuted is None and search.deepest_used and not exhausted:
            refuted = self._refuter.refute(search.deepest, search.deepest_used, effort, budget)
        if refuted is not None and not refuted.used:
            self.result, self.core = False, refuted.core
        elif exhausted:
            self.result, self.core = False, self._before_stall()
        elif refuted is not None:
            self._known.learn(refuted.cut, refuted.used)
            search.stalled = 0
        else:
            self._patience *= 2

    @property
    def order(self) -> list[int]:
        """The linearization, when there is one."""
        return linearization(self._calls, self._layers, self._initial, self._search.found)

    @property
    def states(self) -> int:
        """Configurations met."""
        return self._search.states

    @property
    def farthest(self) -> int:
        """The latest end that some configuration still had to pass, all before it being placed."""
        ends = self._layers.ends
        return ends[min(self._search.deepest, len(ends) - 1)] if ends else -1

    def forget(self) -> None:
        """Give the memory back; the search can't go on."""
        self._search.forget()

    def _before_stall(self) -> frozenset[int]:
        last = max(self.farthest, self._known.dead_by)
        return frozenset(at for at, call in enumerate(self._calls) if call.start < last)
