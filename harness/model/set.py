"""A set with add and remove, each read returning all of it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
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
        return state if _names_each_once(result, state) else INCONSISTENT

    def first_misstep(self, path: Iterable[tuple[str, Hashable, Hashable]]) -> int | None:
        """On one set that changes: a step copies it."""
        elements: set[Hashable] = set()
        for at, (f, value, result) in enumerate(path):
            if f == "add":
                elements.add(value)
            elif f == "remove":
                elements.discard(value)
            elif result is not UNKNOWN and not _names_each_once(result, elements):
                return at
        return None

    def misfit_result(self, f: str, value: Hashable, result: Hashable) -> str | None:
        """A read returns a list."""
        return misfit_elements(f, result)


def _names_each_once(result: Hashable, elements: set[Hashable] | frozenset[Hashable]) -> bool:
    """Whether a read names as many as there are, and all that there are, so none twice."""
    assert isinstance(result, tuple | frozenset)
    return len(result) == len(elements) and elements.issubset(result)
