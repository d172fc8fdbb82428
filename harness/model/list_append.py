"""A list that values are appended to, each read returning all of it."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from harness.model.model import INCONSISTENT, UNKNOWN, Model


class ListAppend(Model):
    """Append and read."""

    name = "list-append"
    fs = frozenset({"append", "read"})
    reads = frozenset({"read"})
    echoes: ClassVar[frozenset[str]] = frozenset({"append"})
    kind: ClassVar[str | None] = "list-append"

    def initial(self) -> Hashable:
        """The empty list."""
        return ()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """A read returns the list as it is, an append puts a value at its end."""
        assert isinstance(state, tuple)
        if f == "append":
            return (*state, value)
        return state if result is UNKNOWN or result == state else INCONSISTENT

    def misfit_result(self, f: str, value: Hashable, result: Hashable) -> str | None:
        """A read returns a list."""
        if f == "read" and not isinstance(result, tuple):
            return "a read returns the list"
        return None
