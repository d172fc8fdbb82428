"""Counters, one a key, from zero."""

from __future__ import annotations

from typing import Any

from targets.store.machine.machine import BadRequest, Result
from targets.store.machine.values import canonical, named


class Counters:
    """`["add", key, amount]` and `["read", key]`; amounts are whole numbers, negative ones too."""

    _OPERANDS = {"add": 2, "read": 1}  # noqa: RUF012 (a constant)

    def __init__(self) -> None:
        self._sums: dict[str, int] = {}

    def check(self, operation: Any) -> bool:
        """See `Machine`."""
        if named(operation, self._OPERANDS) == "read":
            return False
        if type(operation[2]) is not int:  # true is an int to Python, and no amount to anyone
            raise BadRequest(f"add takes a whole number, not {canonical(operation[2])}")
        return True

    def apply(self, operation: Any) -> Result:
        """See `Machine`."""
        _, key, amount = operation
        at = canonical(key)
        self._sums[at] = self._sums.get(at, 0) + amount
        return {"ok": amount}

    def query(self, operation: Any) -> Result:
        """See `Machine`."""
        return {"ok": self._sums.get(canonical(operation[1]), 0)}

    def dump(self) -> Any:
        """See `Machine`."""
        return self._sums

    def load(self, state: Any) -> None:
        """See `Machine`."""
        self._sums = dict(state)
