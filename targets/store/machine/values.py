"""What all machines know of JSON: when two values are the same, what an operation looks like.

Two JSON values are the same when their canonical texts are: Python's own `==` would hold that
`1`, `1.0` and `true` are one value.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from targets.store.machine.machine import BadRequest

_text = json.JSONEncoder(sort_keys=True, separators=(",", ":")).encode


def canonical(value: Any) -> str:
    """One text for one JSON value, whatever the order of its objects' names."""
    return _text(value)


def named(operation: Any, operands: Mapping[str, int]) -> str:
    """The operation's name, if it is one of these and has as many operands as it takes.

    Raises:
        BadRequest: it is not, or has not.
    """
    if not isinstance(operation, list) or not operation:
        raise BadRequest("an operation is a list that begins with its name")
    name = operation[0]
    if not isinstance(name, str) or name not in operands:
        raise BadRequest(f"no such operation: {name!r}; known: {', '.join(operands)}")
    if len(operation) - 1 != operands[name]:
        raise BadRequest(f"{name} takes {operands[name]} operands, not {len(operation) - 1}")
    return name
