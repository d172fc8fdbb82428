"""Operations and cycles in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from harness.checker.promises.graph import Edge
from harness.history.op import Operation
from harness.history.paired import OK, Paired
from harness.model import Call, shown

MOST_SHOWN = 12
"""No more operations than these stand as evidence."""

MOST_STUCK = 4
"""No more than these are named in a sentence."""


def did(pairs: Paired, call: Call) -> str:
    """What a call was, as "write 3 to x" without who."""
    operation = pairs.operation(call.row)
    invoked, completed = operation.invocation, operation.completion
    on = "" if invoked.key is None else f" {shown(invoked.key)}"
    answered = int(pairs.outcome[call.row]) == OK
    if call.f == "read" and answered and completed is not None:
        return f"read {shown(completed.value)}" + (f" from{on}" if on else "")
    if call.f == "write":
        return f"wrote {shown(invoked.value)}" + (f" to{on}" if on else "")
    if call.f == "cas":
        old, new = invoked.value
        return f"replaced {shown(old)} by {shown(new)}" + (f" in{on}" if on else "")
    asked = "" if invoked.value is None else f" {shown(invoked.value)}"
    told = ""
    if answered and completed is not None and completed.value not in (None, invoked.value):
        told = f" (answer {shown(completed.value)})"
    return f"did {call.f}{asked}{told}" + (f" on{on}" if on else "")


def process_of(pairs: Paired, call: Call) -> str:
    """Who did it."""
    return f"process {call.process}"


def clause(pairs: Paired, one: Call, two: Call) -> str:
    """Two operations of one session as they came."""
    who = process_of(pairs, one)
    if one is two:
        return f"{who} {did(pairs, one)}"
    if one.process == two.process:
        return f"{who} {did(pairs, one)} and then {did(pairs, two)}"
    return f"{who} {did(pairs, one)}, and {process_of(pairs, two)} {did(pairs, two)}"


def stuck(pairs: Paired, calls: Sequence[Call]) -> str:
    """The calls none of which could follow, where the most were placed; the first few of many."""
    told = [clause(pairs, call, call) for call in calls[:MOST_STUCK]]
    if len(calls) > MOST_STUCK:
        told.append(f"or {len(calls) - MOST_STUCK} more")
    return f"none of these could follow: {'; '.join(told)}"


def story(pairs: Paired, calls: Sequence[Call], cycle: Iterable[Edge]) -> str:
    """What the edges of a cycle looked at, each said once."""
    in_order = sorted(cycle, key=lambda edge: (calls[edge.first].row, calls[edge.second].row))
    clauses = dict.fromkeys(clause(pairs, calls[e.first], calls[e.second]) for e in in_order)
    told = list(clauses)
    if len(told) > 6:
        told = [*told[:5], f"{len(told) - 5} more of the kind"]
    return "; ".join(told)


def evidence(pairs: Paired, rows: Iterable[int]) -> tuple[Operation, ...]:
    """The operations of these rows, each once, by invocation; the first few if they are many."""
    return tuple(pairs.operation(row) for row in sorted(set(rows))[:MOST_SHOWN])


def rows_of(calls: Sequence[Call], cycle: Iterable[Edge], more: Iterable[int] = ()) -> list[int]:
    """The rows of the operations that a cycle is about; nodes that are calls included."""
    at = [*more]
    for edge in cycle:
        at.extend((edge.first, edge.second, edge.source, edge.target))
    return [calls[position].row for position in at if position >= 0]
