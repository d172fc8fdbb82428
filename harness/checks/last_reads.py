"""Was everything read once more after the last fault was healed?

What a store lost shows in the last reads. If they did not come back, a valid history says less than
it seems. A queue's are those that empty it: what it lost shows where it says that nothing is left.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from harness.checks.finding import Finding
from harness.history import NEMESIS, Op, Operation
from harness.history.faults import RECOVER
from harness.model import as_json, freeze

_TAKE = frozenset({"dequeue", "pop"})
"""What takes elements out, one at a time; null is the answer of what is empty."""


def judge_last_reads(
    history: Sequence[Op],
    operations: Sequence[Operation],
    fs: Collection[str],
    reads: Collection[str],
) -> Finding:
    """Unknown when some key has no read that was ok after the recovery.

    Args:
        history: all of the run.
        operations: the clients' part of it, paired.
        fs: all that the model knows.
        reads: those that read. Where it has none, a queue or stack must have been found empty; of
            anything else any operation that was ok will do.
    """
    recovered = [op.index for op in history if op.process == NEMESIS and op.f == RECOVER]
    if not recovered:
        return Finding("unknown", "the test ended before the last reads")
    unread = dict.fromkeys(freeze(operation.invocation.key) for operation in operations)
    keys = len(unread)
    for operation in operations:
        asked = operation.invocation
        if asked.index > recovered[-1] and _tells(operation, fs, reads):
            unread.pop(freeze(asked.key), None)
    if unread:
        some = ", ".join(map(as_json, list(unread)[:5]))
        what = "read" if reads or not _TAKE & set(fs) else "found empty"
        which = f"{len(unread)} of {keys} keys were not {what}: {some}"
        if list(unread) == [None]:  # no operation has a key
            which = f"it was not {what}"
        reason = f"after healing, {which}"
        return Finding("unknown", reason)
    return Finding(True, None, {"keys": keys})


def _tells(operation: Operation, fs: Collection[str], reads: Collection[str]) -> bool:
    """Whether what a key lost would show in this."""
    done, f = operation.completion, operation.invocation.f
    if done is None or done.type != "ok":
        return False
    if reads:
        return f in reads
    takes = _TAKE & set(fs)
    return f in takes and done.value is None if takes else True
