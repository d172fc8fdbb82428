"""A set that elements are only added to, each read returning all of it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from harness.model.growing import GrowingSet
from harness.model.model import INCONSISTENT, UNKNOWN, Model


class GrowOnlySet(Model):
    """Add and read. Adding an element again changes nothing; a read names each element once."""

    name = "grow-only-set"
    fs = frozenset({"add", "read"})
    reads = frozenset({"read"})
    echoes: ClassVar[frozenset[str]] = frozenset({"add"})
    kind: ClassVar[str | None] = "grow-only-set"

    def initial(self) -> Hashable:
        """The empty set."""
        return GrowingSet()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """A read returns the state in any order, an add extends it."""
        assert isinstance(state, GrowingSet)
        if f == "add":
            return state.with_element(value)
        if result is UNKNOWN:
            return state
        assert isinstance(result, tuple | frozenset)
        return state if state.is_exactly(result) else INCONSISTENT

    def misfit_result(self, f: str, value: Hashable, result: Hashable) -> str | None:
        """A read returns a list."""
        return misfit_elements(f, result)


def misfit_elements(f: str, result: Hashable) -> str | None:
    """What is wrong with the shape of what a set's read returned."""
    if f == "read" and not isinstance(result, tuple | frozenset):
        return "a read of a set returns a list of its elements"
    return None
