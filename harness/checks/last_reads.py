"""Was everything read once more after the last fault was healed?

What a store lost shows in the last reads. If they did not come back, a valid history says less than
it seems.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from harness.checks.finding import Finding
from harness.history import NEMESIS, Op, Operation
from harness.history.faults import RECOVER


def judge_last_reads(
    history: Sequence[Op], operations: Sequence[Operation], reads: Collection[str]
) -> Finding:
    """Unknown when some key has no read that was ok after the recovery.

    `reads` are the model's `f`s that read; where it has none, any operation that was ok will do.
    """
    recovered = [op.index for op in history if op.process == NEMESIS and op.f == RECOVER]
    if not recovered:
        return Finding("unknown", "the test ended before the last reads")
    unread = dict.fromkeys(repr(operation.invocation.key) for operation in operations)
    keys = len(unread)
    for operation in operations:
        asked = operation.invocation
        late = asked.index > recovered[-1] and operation.outcome == "ok"
        if late and (asked.f in reads or not reads):
            unread.pop(repr(asked.key), None)
    if unread:
        some = ", ".join(list(unread)[:5])
        reason = f"after healing, {len(unread)} of {keys} keys were not read: {some}"
        return Finding("unknown", reason)
    return Finding(True, None, {"keys": keys})
