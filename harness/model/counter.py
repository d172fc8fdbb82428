"""A counter: numbers are added to it, and a read returns the sum."""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from harness.model.model import INCONSISTENT, UNKNOWN, Model


class Counter(Model):
    """Add and read, from zero. Amounts are whole numbers, and may be negative."""

    name = "counter"
    fs = frozenset({"add", "read"})
    reads = frozenset({"read"})
    echoes: ClassVar[frozenset[str]] = frozenset({"add"})
    kind: ClassVar[str | None] = "counter"

    def initial(self) -> Hashable:
        """Nothing was added yet."""
        return 0

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """A read returns the sum so far."""
        if f == "add":
            assert isinstance(state, int)
            assert isinstance(value, int)
            return state + value
        return state if result is UNKNOWN or result == state else INCONSISTENT

    def misfit(self, f: str, value: Hashable) -> str | None:
        """What is added is a whole number: sums of fractions would depend on their order."""
        if f == "add" and not isinstance(value, int):
            return "an add takes a whole number"
        return None

    def misfit_result(self, f: str, value: Hashable, result: Hashable) -> str | None:
        """What is read is a whole number."""
        if f == "read" and not isinstance(result, int):
            return "a read of a counter returns a whole number"
        return None
