"""Registers: one cell that is read, written and, in the second, compared and set.

Both begin as null.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from harness.model.model import INCONSISTENT, UNKNOWN, Model


class Register(Model):
    """Read and write."""

    name = "register"
    fs = frozenset({"read", "write"})
    reads = frozenset({"read"})
    echoes: ClassVar[frozenset[str]] = frozenset({"write"})
    kind: ClassVar[str | None] = "register"

    def initial(self) -> Hashable:
        """Null: nothing was written yet."""
        return None

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """A read returns the state, a write replaces it."""
        if f == "write":
            return value
        return state if result is UNKNOWN or result == state else INCONSISTENT


class CasRegister(Register):
    """Read, write and compare-and-set.

    A cas that answered ok found the old value and replaced it. A cas that failed did not happen,
    for whatever reason, and tells nothing about the state.
    """

    name = "cas-register"
    fs = frozenset({"read", "write", "cas"})
    echoes: ClassVar[frozenset[str]] = frozenset({"write", "cas"})
    kind: ClassVar[str | None] = "register"

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """A register's step, or from the old to the new value of a cas."""
        if f != "cas":
            return super().step(state, f, value, result)
        assert isinstance(value, tuple)
        old, new = value
        return new if old == state else INCONSISTENT

    def misfit(self, f: str, value: Hashable) -> str | None:
        """A cas takes two values."""
        if f == "cas" and not (isinstance(value, tuple) and len(value) == 2):
            return "a cas takes [old, new]"
        return None
