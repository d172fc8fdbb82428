"""The key-value machine: read, write and compare-and-set, over any JSON keys and values.

Two JSON values are the same when their canonical texts are: Python's own `==` would hold that
`1`, `1.0` and `true` are one value. A key that was never written reads as null.
"""

from __future__ import annotations

import json
from typing import Any

from targets.store.machine.machine import BadRequest, Result

_text = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def canonical(value: Any) -> str:
    """One text for one JSON value, whatever the order of its objects' names."""
    return _text(value)


class KeyValue:
    """`["read", key]`, `["write", key, value]` and `["cas", key, old, new]`."""

    _OPERANDS = {"read": 1, "write": 2, "cas": 3}  # noqa: RUF012 (a constant)

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def check(self, operation: Any) -> bool:
        """See `Machine`."""
        if not isinstance(operation, list) or not operation:
            raise BadRequest("an operation is a list that begins with its name")
        name, *operands = operation
        if not isinstance(name, str) or name not in self._OPERANDS:
            raise BadRequest(f"no such operation: {name!r}; known: {', '.join(self._OPERANDS)}")
        if len(operands) != self._OPERANDS[name]:
            raise BadRequest(f"{name} takes {self._OPERANDS[name]} operands, not {len(operands)}")
        return name != "read"

    def apply(self, operation: Any) -> Result:
        """See `Machine`."""
        if operation[0] == "write":
            _, key, value = operation
            self._values[canonical(key)] = value
            return {"ok": value}
        _, key, old, new = operation
        found = self._values.get(canonical(key))
        if canonical(found) != canonical(old):
            return {"fail": f"expected {canonical(old)}, found {canonical(found)}"}
        self._values[canonical(key)] = new
        return {"ok": [old, new]}

    def query(self, operation: Any) -> Result:
        """See `Machine`."""
        return {"ok": self._values.get(canonical(operation[1]))}
