"""What clients say to a node: one JSON object a frame, answered by one with the same `id`.

::

    {"id": 1, "type": "status"}
    {"id": 2, "type": "open"}                                          ▶ {"id": 2, "ok": 17}
    {"id": 3, "type": "do", "operation": ["kv", "read", "x"]}          ▶ {"id": 3, "ok": null}
    {"id": 4, "type": "do", "operation": ["kv", "write", "x", 5],
              "session": 17, "sequence": 1}                            ▶ {"id": 4, "ok": 5}
    {"id": 5, "type": "admin", "do": ["transfer", "n2"]}               ▶ {"id": 5, "ok": "n2"}
    {"id": 6, "type": "admin", "do": ["remove", "n3"]}                 ▶ {"id": 6, "ok": null}

Whatever a node would choke on later, on every replica alike, is refused here.
"""

from __future__ import annotations

import json
from typing import Any

from targets.store.machine.machine import BadRequest, Machine
from targets.store.machine.sessions import OPEN, command
from targets.store.replicated import Change
from targets.store.requests import Origin, Request
from targets.store.text import text_of

MAX_REQUEST = 1 << 20
MAX_DEPTH = 64


_any = json.JSONDecoder().raw_decode


def encode(value: Any) -> bytes:
    """Write a frame."""
    return text_of(value).encode()


def decode_peer(frame: bytes) -> Any:
    """Read what another node wrote with `encode`, which has nothing before or after it."""
    return _any(frame.decode())[0]


def decode(frame: bytes) -> dict[str, Any]:
    """Read a client's frame; BadRequest (or ValueError) says what is wrong with it."""
    if len(frame) > MAX_REQUEST:
        raise BadRequest(f"a request has at most {MAX_REQUEST} bytes")
    try:
        fields = _fields(frame.decode())
    except RecursionError:
        raise BadRequest(f"values nest at most {MAX_DEPTH} deep") from None
    if not isinstance(fields, dict):
        raise BadRequest("a request is a JSON object")
    if frame.count(b"[") + frame.count(b"{") > MAX_DEPTH:  # with fewer nothing nests so deep
        _check_depth(fields)
    return fields


def parse(origin: Origin, fields: dict[str, Any], machine: Machine) -> Request:
    """Understand anything but `status`; BadRequest says what is wrong."""
    if fields.get("type") == "open":
        return Request(origin, True, OPEN)
    if fields.get("type") != "do":
        raise BadRequest(f"no such type: {fields.get('type')!r}; known: status, open, do, admin")
    operation = fields.get("operation")
    if not machine.check(operation):
        return Request(origin, False, operation)
    session, sequence = fields.get("session"), fields.get("sequence")
    if not isinstance(session, int) or not isinstance(sequence, int) or sequence < 1:
        raise BadRequest("a write names its session, and its sequence number from 1")
    return Request(origin, True, command(session, sequence, operation))


def parse_admin(fields: dict[str, Any]) -> Change | str:
    """Understand an `admin`: a change of the members, or whom to hand the leadership to."""
    match fields.get("do"):
        case ["transfer", str(server)]:
            return server
        case ["add" | "promote" | "remove" as action, str(server)]:
            return Change(action, server)
    raise BadRequest(
        'an admin does ["transfer", node], ["add", node], ["promote", node] or ["remove", node], '
        f"not {text_of(fields.get('do'))}"
    )


def _no_number(text: str) -> Any:
    raise BadRequest(f"{text} is no JSON")


_fields = json.JSONDecoder(parse_constant=_no_number).decode


def _check_depth(value: Any) -> None:
    """Refuse what nests too deep for a recursive writer, level by level."""
    level = [value]
    for _ in range(MAX_DEPTH):
        below: list[Any] = []
        for item in level:
            if isinstance(item, dict):
                below.extend(v for v in item.values() if isinstance(v, dict | list))
            elif isinstance(item, list):
                below.extend(v for v in item if isinstance(v, dict | list))
        if not below:
            return
        level = below
    raise BadRequest(f"values nest at most {MAX_DEPTH} deep")
