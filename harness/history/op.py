"""The operations of a history.

An **op** is one line: an *invocation* (a client asked for something) or its *completion* (what it
was told). An **operation** is the two together::

    index      3                         7
    process 2  ├── invoke write x 5 ─────┤ ok          it happened, somewhere in between
    process 4       ├── invoke read x ───────┤ fail    it definitely did not happen
    process 5         ├── invoke write x 6 ──────…     info, or no completion: it may take effect
                                                       at any later time, or never

Real-time order is the order of indices: an operation precedes another if its completion has a lower
index than the other's invocation. Everything else is concurrent.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, Literal

import msgspec

NEMESIS = "nemesis"
"""The process that injects faults. Its ops are `info` at start and end; no checker pairs them."""

OpType = Literal["invoke", "ok", "fail", "info"]


class Op(msgspec.Struct, frozen=True, omit_defaults=True):
    """One line of a history.

    `time` is in nanoseconds since the run began, on one monotonic clock. `process` is an integer or
    `"nemesis"`. `value` is what the table of values in `docs/history.md` says for `f` and `type`.
    """

    index: int
    time: int
    type: OpType
    process: int | str
    f: str
    value: Any
    key: Any = None
    error: str | None = None
    node: str | None = None


class Operation(msgspec.Struct, frozen=True):
    """A client's invocation with its completion; `completion` is None when there was none."""

    invocation: Op
    completion: Op | None

    @property
    def outcome(self) -> Literal["ok", "fail", "info"]:
        """Whether it happened: `ok` yes, `fail` no, `info` unknown (crashed)."""
        if self.completion is None:
            return "info"
        return self.completion.type  # type: ignore[return-value]  # pair() admits no "invoke" here


class MalformedHistory(ValueError):
    """The ops do not make a history; the message says which op and why."""


def pair(ops: Iterable[Op]) -> list[Operation]:
    """Pair each client's invocation with its completion, in order of invocation.

    The nemesis' ops are left out: they are context, not operations on the store.

    Raises:
        MalformedHistory: a completion without an invocation, a process that invokes while its last
            operation is still open, a completion of another `f` or key, or an index or a time
            that runs backwards.
    """
    open_at: dict[int | str, int] = {}
    invocations: list[Op] = []
    completions: list[Op | None] = []
    last_index, last_time = -1, -1
    for op in ops:
        if op.index <= last_index:
            raise MalformedHistory(f"op {op.index} comes after op {last_index}: indices must rise")
        if op.time < last_time:
            raise MalformedHistory(
                f"op {op.index}: time runs backwards, from {last_time} to {op.time} ns"
            )
        last_index, last_time = op.index, op.time
        if op.process == NEMESIS:
            continue
        if op.type == "invoke":
            if op.process in open_at:
                earlier = invocations[open_at[op.process]]
                raise MalformedHistory(
                    f"op {op.index}: process {op.process} invokes {op.f} while its {earlier.f} "
                    f"of op {earlier.index} is still open"
                )
            open_at[op.process] = len(invocations)
            invocations.append(op)
            completions.append(None)
            continue
        at = open_at.pop(op.process, None)
        if at is None:
            raise MalformedHistory(
                f"op {op.index}: process {op.process} completes {op.f} ({op.type}) "
                "without an open invocation"
            )
        if invocations[at].f != op.f:
            raise MalformedHistory(
                f"op {op.index}: process {op.process} completes {op.f}, but its open invocation "
                f"(op {invocations[at].index}) is {invocations[at].f}"
            )
        if op.key is not None and op.key != invocations[at].key:
            raise MalformedHistory(
                f"op {op.index}: process {op.process} completes key {op.key!r}, but its open "
                f"invocation (op {invocations[at].index}) is of key {invocations[at].key!r}"
            )
        completions[at] = op
    return [Operation(i, c) for i, c in zip(invocations, completions, strict=True)]
