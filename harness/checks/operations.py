"""Did every kind of operation succeed at least once? If not, a verdict says less than it seems."""

from __future__ import annotations

from collections.abc import Sequence

from harness.checks.finding import Finding
from harness.history import Operation


def judge_operations(operations: Sequence[Operation]) -> Finding:
    """Count outcomes by `f`; unknown when some `f` was never ok, or there were no operations."""
    counts: dict[str, dict[str, int]] = {}
    for operation in operations:
        by_outcome = counts.setdefault(operation.invocation.f, {"ok": 0, "fail": 0, "info": 0})
        by_outcome[operation.outcome] += 1
    never = [f for f, by_outcome in counts.items() if not by_outcome["ok"]]
    if not counts:
        reason = "no operation was invoked"
    elif never:
        reason = f"no {' and no '.join(never)} ever succeeded"
        example = next(
            (
                operation.completion.error
                for operation in operations
                if operation.invocation.f in never
                and operation.completion is not None
                and operation.completion.error
            ),
            None,
        )
        reason += f" (for example: {example})" if example else ""
    else:
        return Finding(True, None, {"by_f": counts})
    return Finding("unknown", reason, {"by_f": counts})
