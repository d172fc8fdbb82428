"""Between which bounds each read of a counter had to lie, for people to look at.

The bounds are those of `harness.checker.fast.counter`: what was certainly added, and what may have
been.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.checker.fast.counter import bounds
from harness.history.op import Operation
from harness.model import FOREVER, UNKNOWN, Call, freeze


def analyse(operations: Sequence[Operation]) -> dict[str, Any]:
    """Every read with its bounds, those out of bounds, and how uncertain the widest is."""
    calls = [
        _call(operation)
        for operation in sorted(operations, key=lambda operation: operation.invocation.index)
        if operation.outcome != "fail" and (operation.invocation.f == "add" or _answered(operation))
    ]
    reads = [
        {
            "index": calls[read.at].start // 2,
            "lower": read.lower,
            "value": read.value,
            "upper": read.upper,
            "within": read.within,
        }
        for read in bounds(calls)
    ]
    return {
        "reads": reads,
        "out_of_bounds": [read for read in reads if not read["within"]],
        "widest": max((read["upper"] - read["lower"] for read in reads), default=0),
    }


def _answered(operation: Operation) -> bool:
    return operation.outcome == "ok"


def _call(operation: Operation) -> Call:
    invoked, completed = operation.invocation, operation.completion
    ok = operation.outcome == "ok" and completed is not None
    return Call(
        start=2 * invoked.index,
        end=2 * completed.index + 1 if ok and completed is not None else FOREVER,
        f=invoked.f,
        value=freeze(invoked.value),
        result=freeze(completed.value) if ok and completed is not None else UNKNOWN,
    )
