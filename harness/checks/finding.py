"""The result of one check, and how several make one verdict."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from harness.checker.verdict import Validity

_RANK: dict[Validity, int] = {False: 0, "unknown": 1, True: 2}


@dataclass(frozen=True)
class Finding:
    """What one check found; `details` are for the results file and the report."""

    valid: Validity
    reason: str | None = None
    details: Mapping[str, Any] = field(default_factory=dict)

    def to_json(self) -> dict[str, Any]:
        """The object under the check's name in `results.json`."""
        return {"valid": self.valid, "reason": self.reason, **self.details}


def worst(checks: Mapping[str, Mapping[str, Any]]) -> tuple[Validity, str | None]:
    """The verdict of all checks together: false over unknown over true; with its reasons."""
    valid = min((check["valid"] for check in checks.values()), key=lambda v: _RANK[v])
    reasons = [str(c["reason"]) for c in checks.values() if c["valid"] == valid and c.get("reason")]
    return valid, "; ".join(reasons) or None
