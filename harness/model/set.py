"""A set with add and remove, each read returning all of it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from harness.model.grow_only_set import misfit_elements
from harness.model.model import INCONSISTENT, UNKNOWN, Model


class ElementSet(Model):
    """Add, remove and read.

    Adding what is there and removing what is not change nothing and are no errors; a read names
    each element once, in any order.
    """

    name = "set"
    fs = frozenset({"add", "remove", "read"})
    reads = frozenset({"read"})
    echoes: ClassVar[frozenset[str]] = frozenset({"add", "remove"})
    kind: ClassVar[str | None] = "set"

    def initial(self) -> Hashable:
        """The empty set."""
        return frozenset()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """A read returns the state in any order, the others change it by one element."""
        assert isinstance(state, frozenset)
        if f == "add":
            return state | {value}
        if f == "remove":
            return state - {value}
        if result is UNKNOWN:
            return state
        assert isinstance(result, tuple | frozenset)
        # as many as there are, and all that there are, so none twice
        same = len(result) == len(state) and state.issubset(result)
        return state if same else INCONSISTENT

    def misfit_result(self, f: str, value: Hashable, result: Hashable) -> str | None:
        """A read returns a list."""
        return misfit_elements(f, result)
