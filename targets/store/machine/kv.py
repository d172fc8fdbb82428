"""The key-value machine: read, write, compare-and-set, transactions; keys and values are any JSON.

A key that was never written reads as null. A transaction is a list of micro-operations, done one
after the other and all at once; its answer is the same list with what was read filled in::

    ["txn", [["r", "x", null], ["w", "y", 2], ["append", "z", 3], ["r", "z", null]]]
          ▶ [["r", "x", 1],    ["w", "y", 2], ["append", "z", 3], ["r", "z", [3]]]

It does everything or nothing: an append to a value that is no list fails the whole transaction.
"""

from __future__ import annotations

from types import NoneType
from typing import Any

from targets.store.machine.machine import BadRequest, Result
from targets.store.machine.values import canonical, named

MOST = 128
"""Micro-operations of one transaction: an answer of reads may be far larger than its request."""


class KeyValue:
    """`["read", key]`, `["write", key, value]`, `["cas", key, old, new]` and `["txn", micros]`."""

    _OPERANDS = {"read": 1, "write": 2, "cas": 3, "txn": 1}  # noqa: RUF012 (a constant)

    def __init__(self) -> None:
        self._values: dict[str, Any] = {}

    def check(self, operation: Any) -> bool:
        """See `Machine`."""
        name = named(operation, self._OPERANDS)
        return _check(operation[1]) if name == "txn" else name != "read"

    def apply(self, operation: Any) -> Result:
        """See `Machine`."""
        if operation[0] == "write":
            _, key, value = operation
            self._values[canonical(key)] = value
            return {"ok": value}
        if operation[0] == "txn":
            return self._transact(operation[1])
        _, key, old, new = operation
        found = self._values.get(canonical(key))
        if canonical(found) != canonical(old):
            return {"fail": f"expected {canonical(old)}, found {canonical(found)}"}
        self._values[canonical(key)] = new
        return {"ok": [old, new]}

    def query(self, operation: Any) -> Result:
        """See `Machine`."""
        if operation[0] == "txn":
            return self._transact(operation[1])
        return {"ok": self._values.get(canonical(operation[1]))}

    def dump(self) -> Any:
        """See `Machine`."""
        return self._values

    def load(self, state: Any) -> None:
        """See `Machine`."""
        self._values = dict(state)

    def _transact(self, micros: list[Any]) -> Result:
        """Do it beside the values first, so that nothing has happened if it fails half-way."""
        changed: dict[str, Any] = {}
        answer: list[Any] = []
        for what, key, value in micros:
            at = canonical(key)
            found = changed[at] if at in changed else self._values.get(at)
            if what == "r":
                answer.append([what, key, found])
                continue
            if what == "append":
                if not isinstance(found, list | NoneType):
                    return {"fail": f"append to {at}: it holds {canonical(found)}, no list"}
                # A new list: answers that are kept, here or in the sessions' table, hold the old.
                changed[at] = [*(found or []), value]
            else:
                changed[at] = value
            answer.append([what, key, value])
        self._values.update(changed)
        return {"ok": answer}


def _check(micros: Any) -> bool:
    """Whether a transaction writes."""
    if not isinstance(micros, list) or len(micros) > MOST:
        raise BadRequest(f"a txn takes a list of at most {MOST} micro-operations")
    writes = False
    for micro in micros:
        match micro:
            case ["r", _, None]:
                pass
            case ["w" | "append", _, _]:
                writes = True
            case _:
                raise BadRequest(
                    'a micro-operation is ["r", key, null], ["w", key, value] or '
                    f'["append", key, value], not {canonical(micro)}'
                )
    return writes
