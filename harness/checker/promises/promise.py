"""One weaker promise, and whether the history kept it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from harness.checker.verdict import Validity, operation_json
from harness.history.op import Operation


@dataclass(frozen=True)
class Promise:
    """The verdict on one promise.

    Args:
        name: what is promised, such as "monotonic reads".
        valid: True, False or "unknown".
        reason: one sentence for a person, whatever the verdict.
        counterexample: when invalid, a few operations that show it.
        details: numbers, such as how stale reads were; JSON values.
    """

    name: str
    valid: Validity
    reason: str
    counterexample: tuple[Operation, ...] = ()
    details: dict[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The object that stands in the results."""
        return {
            "name": self.name,
            "valid": self.valid,
            "reason": self.reason,
            "counterexample": [operation_json(operation) for operation in self.counterexample],
            "details": self.details,
        }
