"""Sets of JSON values, one a key; a key that was never used is the empty set."""

from __future__ import annotations

from typing import Any

from targets.store.machine.machine import Result
from targets.store.machine.values import canonical, named


class Sets:
    """`["add", key, element]`, `["remove", key, element]` and `["read", key]`.

    Adding what is there and removing what is not change nothing and are no errors. A read lists
    each element once, the one that was added first coming first, so that all nodes answer alike.
    """

    _OPERANDS = {"add": 2, "remove": 2, "read": 1}  # noqa: RUF012 (a constant)

    def __init__(self) -> None:
        self._sets: dict[str, dict[str, Any]] = {}

    def check(self, operation: Any) -> bool:
        """See `Machine`."""
        return named(operation, self._OPERANDS) != "read"

    def apply(self, operation: Any) -> Result:
        """See `Machine`."""
        what, key, element = operation
        elements = self._sets.setdefault(canonical(key), {})
        if what == "add":
            elements.setdefault(canonical(element), element)
        else:
            elements.pop(canonical(element), None)
        return {"ok": element}

    def query(self, operation: Any) -> Result:
        """See `Machine`."""
        return {"ok": list(self._sets.get(canonical(operation[1]), {}).values())}

    def dump(self) -> Any:
        """See `Machine`."""
        return {key: list(elements.values()) for key, elements in self._sets.items()}

    def load(self, state: Any) -> None:
        """See `Machine`."""
        self._sets = {
            key: {canonical(element): element for element in elements}
            for key, elements in state.items()
        }
