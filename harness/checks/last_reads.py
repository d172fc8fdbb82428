"""Was everything read once more after the last fault was healed?

What a store lost shows in the last reads. If they did not come back, a valid history says less than
it seems.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.checks.finding import Finding
from harness.history import NEMESIS, Op, Operation
from harness.history.faults import RECOVER


def judge_last_reads(history: Sequence[Op], operations: Sequence[Operation]) -> Finding:
    """Unknown when some key had operations after the recovery, but none that was ok."""
    recovered = [op.index for op in history if op.process == NEMESIS and op.f == RECOVER]
    if not recovered:
        return Finding("unknown", "the test ended before the last reads")
    last = [o for o in operations if o.invocation.index > recovered[-1]]
    asked = dict.fromkeys(repr(o.invocation.key) for o in last)
    for operation in last:
        if operation.outcome == "ok":
            asked.pop(repr(operation.invocation.key), None)
    if asked:
        keys = ", ".join(list(asked)[:5])
        return Finding("unknown", f"after healing, {len(asked)} key(s) could not be read: {keys}")
    return Finding(True, None, {"operations": len(last)})
