"""Which algorithm decides one key's calls, and what it found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.checker.budget import Budget
from harness.checker.fast import FAST_PATHS, SOURCES
from harness.checker.register import RegisterSearch
from harness.checker.search import Search
from harness.checker.window import Window
from harness.history.garbage import without_collections
from harness.model import Call, Decided, Model

REGISTER_SEARCH = "register-search"
SEARCH = "search"
OWN_FAST_PATH = "fast-path"


@dataclass(frozen=True)
class Answer:
    """Whether the calls are linearizable; None when the budget paused the search.

    Args:
        order: positions of the calls in a linearization, if there is one.
        hint: positions that may already have no linearization, if the whole has none.
        farthest: if the whole has none and a search has said so, the latest end that it came to,
            all before it being placed.
    """

    linearizable: bool | None
    order: Sequence[int] = ()
    hint: frozenset[int] = frozenset()
    farthest: int | None = None


class Decision:
    """Decides one key's calls; `run` may be called again after a pause.

    After the first run `algorithm` names what decides.
    """

    def __init__(self, calls: Sequence[Call], model: Model) -> None:
        self.calls = calls
        self._model = model
        self.algorithm = ""
        self.out_of_memory = False
        self.fast_s = 0.0
        """Seconds that it took without a search, which nothing interrupts."""
        self._search: Search | RegisterSearch | None = None

    def run(self, budget: Budget) -> Answer:
        """Decide, or go on until the budget says to pause."""
        if self._search is None:
            began = budget.elapsed()
            found = self._fast(budget)
            self.fast_s = budget.elapsed() - began
            if found is not None:
                if found.order is None:
                    known = range(len(self.calls))
                    return Answer(False, hint=frozenset(c for c in found.conflict if c in known))
                return Answer(True, found.order)
            register = self._model.kind == "register"
            self.algorithm = REGISTER_SEARCH if register else SEARCH
            if register:
                self._search = RegisterSearch(self.calls, self._model)
            else:
                self._search = Search(Window(self.calls, self._model))
        result = self._search.run(budget)
        if result is None:
            return Answer(None)
        budget.states -= self._search.states
        if result:
            return Answer(True, self._search.order)
        return Answer(False, hint=self._search.core, farthest=self._search.farthest)

    @without_collections()
    def _fast(self, budget: Budget) -> Decided | None:
        """What the model's own fast path says, or that of its kind, or what needs no search."""
        found = self._model.fast_path(self.calls)
        if found is not None:
            self.algorithm = OWN_FAST_PATH
            return found
        for path in (FAST_PATHS.get(self._model.kind or ""), SOURCES):
            if path is None or (path is SOURCES and budget.out_of_time()):
                continue
            found = path.decide(self.calls, self._model)
            if found is not None:
                self.algorithm = path.name
                return found
        return None

    @property
    def states(self) -> int:
        """Configurations the search has met."""
        return 0 if self._search is None else self._search.states

    @property
    def farthest(self) -> int | None:
        """The latest end that some configuration still had to pass, if a search has decided."""
        return None if self._search is None else self._search.farthest

    def placed(self) -> int:
        """How many completed calls some configuration had placed in full, from the beginning."""
        farthest = self.farthest
        if farthest is None:
            return 0
        return sum(call.end < farthest for call in self.calls)

    def give_up(self, budget: Budget) -> None:
        """Note why, and give the search's memory back."""
        self.out_of_memory = budget.out_of_memory()
        if self._search is not None:
            budget.states -= self._search.states
            self._search.forget()
