"""Histories in a few words.

Each line is one operation, and it is over before the next line begins::

    1: x write 3 ok         process 1 writes 3 to key x
    2: x read -> 3          process 2 reads 3 from it
    3: x cas [3,4] fail     failed: did not happen
    4: x write 5 info       crashed: may happen any time later

`begin` and `end` make it last over the lines between::

    1: write 3 begin
    2: read -> 3
    1: end ok
"""

from __future__ import annotations

import json
import re
from typing import Any

from harness.history.op import Op

_LINE = re.compile(
    r"(?P<process>\d+): (?:(?P<key>[x-z]) )?(?P<f>[a-z]+)"
    r"(?: (?P<value>(?!->)[^a-z\s]\S*|null|true))?"
    r"(?: (?P<type>ok|fail|info|begin))?(?: -> (?P<result>\S+))?$"
)


def story(*lines: str, ns_per_op: int = 100_000_000) -> list[Op]:
    """The ops, one each tenth of a second."""
    ops: list[Op] = []
    running: dict[int, tuple[str, Any, Any]] = {}

    def add(kind: str, process: int, f: str, value: Any, key: Any) -> None:
        at = len(ops)
        ops.append(Op(at, at * ns_per_op, kind, process, f, value, key))  # type: ignore[arg-type]

    for line in lines:
        match = _LINE.match(line)
        assert match is not None, line
        process, f, kind = int(match["process"]), match["f"], match["type"] or "ok"
        result = json.loads(match["result"]) if match["result"] else None
        if f != "end":
            value = json.loads(match["value"]) if match["value"] else None
            running[process] = (f, value, match["key"])
            add("invoke", process, f, value, match["key"])
            if kind == "begin":
                continue
        f, value, key = running.pop(process)
        add(kind, process, f, result if kind == "ok" and match["result"] else value, key)
    return ops
