"""A generator of ids, none of which it gives twice."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from harness.model.growing import GrowingSet
from harness.model.model import INCONSISTENT, UNKNOWN, Model


class UniqueIds(Model):
    """Generate ids; the state is those given so far.

    What a crashed generate took, if anything, nobody has seen: it forbids nothing.
    """

    name = "unique-ids"
    fs = frozenset({"generate"})
    kind: ClassVar[str | None] = "unique-ids"

    def initial(self) -> Hashable:
        """None was given yet."""
        return GrowingSet()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """A new id joins those given."""
        assert isinstance(state, GrowingSet)
        if result is UNKNOWN:
            return state
        return INCONSISTENT if result in state else state.with_element(result)

    def misfit_result(self, f: str, value: Hashable, result: Hashable) -> str | None:
        """An id is something."""
        return "generate returns an id" if result is None else None
