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

from harness.model.value import as_json

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


class Record(msgspec.Struct, gc=False, kw_only=True):
    """One op as some file has it: as `Op`, but the index, and the time, may be missing.

    `gc=False`: it lives for a moment, and holds nothing that could refer back to it.
    """

    type: OpType
    process: int | str
    f: str
    value: Any
    index: int | None = None
    time: int | None = None
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
    """The ops do not make a history; the message says which op and why.

    Args:
        position: which of the ops handed over it is about, counted from 0; None when it is about
            no op in particular.
    """

    def __init__(self, message: str, *, position: int | None = None) -> None:
        super().__init__(message)
        self.position = position


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
    last: Op | None = None
    for position, op in enumerate(ops):
        if last is not None and (wrong := _disorder(last, op)):
            raise MalformedHistory(wrong, position=position)
        last = op
        if op.process == NEMESIS:
            continue
        if op.type == "invoke":
            if op.process in open_at:
                earlier = invocations[open_at[op.process]]
                raise MalformedHistory(
                    f"op {op.index}: process {op.process} invokes {op.f} while its {earlier.f} "
                    f"of op {earlier.index} is still open",
                    position=position,
                )
            open_at[op.process] = len(invocations)
            invocations.append(op)
            completions.append(None)
            continue
        at = open_at.pop(op.process, None)
        if at is None:
            raise MalformedHistory(
                f"op {op.index}: process {op.process} completes {op.f} ({op.type}) "
                "without an open invocation",
                position=position,
            )
        if wrong := _mismatch(invocations[at], op):
            raise MalformedHistory(wrong, position=position)
        completions[at] = op
    return [Operation(i, c) for i, c in zip(invocations, completions, strict=True)]


def _disorder(last: Op, op: Op) -> str | None:
    """Why an op can't come after another."""
    if op.index <= last.index:
        return f"op {op.index} comes after op {last.index}: indices must rise"
    if op.time < last.time:
        return f"op {op.index}: time runs backwards, from {last.time} to {op.time} ns"
    return None


def _mismatch(asked: Op, done: Op) -> str | None:
    """Why a completion can't be of an invocation."""
    if asked.f != done.f:
        return (
            f"op {done.index}: process {done.process} completes {done.f}, but its open invocation "
            f"(op {asked.index}) is {asked.f}"
        )
    if done.key is not None and done.key != asked.key:
        return (
            f"op {done.index}: process {done.process} completes key {as_json(done.key)}, but its "
            f"open invocation (op {asked.index}) is of key {as_json(asked.key)}"
        )
    return None
