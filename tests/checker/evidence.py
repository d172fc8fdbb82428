"""Whether the evidence in a verdict proves it. Shares no code with the checker but the verdict."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from harness.checker import Verdict
from harness.history.op import Op, Operation, pair
from tests.checker.oracle import Event, after, by_search, events


def order_is_a_linearization(verdict: Verdict, history: Sequence[Op]) -> bool:
    """Replay the orders: everything completed is there once, in real-time order, and legal."""
    by_key = events(history)
    orders = {order.key: order.invocations for order in verdict.linearization}
    if len(orders) != len(verdict.linearization) or set(orders) != set(by_key):
        return False
    return all(_replays(of_key, orders[key]) for key, of_key in by_key.items())


def _replays(of_key: Sequence[Event], invocations: Sequence[int]) -> bool:
    by_start = {event.began: event for event in of_key}
    if len(set(invocations)) != len(invocations) or not set(invocations) <= set(by_start):
        return False
    order = [by_start[index] for index in invocations]
    if {event.began for event in of_key if event.ended is not None} - set(invocations):
        return False
    state: Any = None
    latest_start = -1
    for event in order:
        latest_start = max(latest_start, event.began)
        if event.ended is not None and event.ended < latest_start:
            return False
        allowed, state = after(state, event)
        if not allowed:
            return False
    return True


def counterexample_is_implied(verdict: Verdict, history: Sequence[Op]) -> bool:
    """It has no linearization, is a part of one key's history, and was cut with licence."""
    whole = _of_key(verdict, history)
    part = _part(verdict, whole)
    if len(part) != len(verdict.counterexample) or by_search(_events(part)):
        return False
    return licensed(part, whole)


def counterexample_is_irreducible(
    verdict: Verdict, history: Sequence[Op], *, only_reads: bool = False
) -> bool:
    """Whatever can further be left out with licence leaves something linearizable.

    `only_reads`: licence is for reads alone, as under a model that is not a register's.
    """
    whole = _of_key(verdict, history)
    part = _part(verdict, whole)
    return all(
        by_search(_events(smaller))
        for unwanted in part
        if unwanted.invocation.f == "read" or not only_reads
        for smaller in [_without(unwanted, part, whole)]
    )


def licensed(part: Iterable[Operation], whole: Iterable[Operation]) -> bool:
    """Whether nothing that stays can have observed anything that went."""
    kept = list(part)
    gone = [operation for operation in whole if operation not in kept]
    return not any(_may_miss(reader, writer, kept) for reader in kept for writer in gone)


def _may_miss(reader: Operation, writer: Operation, kept: Sequence[Operation]) -> bool:
    """Whether `reader` may have seen what `writer`, now gone, wrote, and needs it."""
    if _expected(reader) is None or _expected(reader) != _written(writer):
        return False
    if _end(reader) < writer.invocation.index:
        return False
    return not any(
        _written(other) == _written(writer)
        and other.outcome == "ok"
        and _end(writer) < other.invocation.index
        and _end(other) < reader.invocation.index
        for other in kept
    )


def _without(
    unwanted: Operation, part: Sequence[Operation], whole: Sequence[Operation]
) -> list[Operation]:
    """The part without one operation and what licence makes go along."""
    kept = [operation for operation in part if operation is not unwanted]
    while True:
        gone = [operation for operation in whole if operation not in kept]
        still = [r for r in kept if not any(_may_miss(r, w, kept) for w in gone)]
        if len(still) == len(kept):
            return kept
        kept = still


def _part(verdict: Verdict, whole: Sequence[Operation]) -> list[Operation]:
    """The counterexample, as far as it was known where the history was cut."""
    kept = {operation.invocation.index for operation in verdict.counterexample}
    return [operation for operation in whole if operation.invocation.index in kept]


def _of_key(verdict: Verdict, history: Sequence[Op]) -> list[Operation]:
    """The operations on the verdict's key that happened or may have, as known at the cut."""
    cut = float("inf") if verdict.until is None else verdict.until
    known = [
        Operation(o.invocation, None)
        if o.completion is not None and o.completion.index >= cut
        else o
        for o in pair(history)
        if o.invocation.key == verdict.key and o.outcome != "fail" and o.invocation.index < cut
    ]
    return [o for o in known if o.outcome != "info" or o.invocation.f != "read"]


def _events(operations: Sequence[Operation]) -> list[Event]:
    ops = [op for o in operations for op in (o.invocation, o.completion) if op is not None]
    ops.sort(key=lambda op: op.index)
    return [event for of_key in events(ops).values() for event in of_key]


def _expected(operation: Operation) -> str | None:
    """The value it must have found, as text, for `True == 1` is only Python's view."""
    if operation.invocation.f == "read":
        assert operation.completion is not None
        return repr(operation.completion.value)
    return repr(operation.invocation.value[0]) if operation.invocation.f == "cas" else None


def _written(operation: Operation) -> str | None:
    if operation.invocation.f == "write":
        return repr(operation.invocation.value)
    return repr(operation.invocation.value[1]) if operation.invocation.f == "cas" else None


def _end(operation: Operation) -> float:
    if operation.completion is None or operation.outcome != "ok":
        return float("inf")
    return operation.completion.index
