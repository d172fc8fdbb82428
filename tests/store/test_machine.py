"""The key-value machine and the sessions around it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from targets.store.machine.kv import KeyValue
from targets.store.machine.machine import BadRequest
from targets.store.machine.sessions import OPEN, Sessions, command
from targets.store.machine.values import canonical
from targets.store.requests import Origin
from targets.store.wire import MAX_DEPTH, MAX_REQUEST, decode, encode, parse

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)  # fmt: skip


@given(JSON, JSON)
def test_any_json_is_a_key_and_a_value(key: Any, value: Any) -> None:
    kv = KeyValue()
    assert kv.query(["read", key]) == {"ok": None}
    assert kv.apply(["write", key, value]) == {"ok": value}
    assert canonical(kv.query(["read", key])["ok"]) == canonical(value)
    assert kv.apply(["cas", key, value, 1]) == {"ok": [value, 1]}


def test_a_cas_compares_json_not_python() -> None:
    """In Python 1 == 1.0 == True; in JSON they are three values."""
    kv = KeyValue()
    kv.apply(["write", "x", 1])
    for old in (True, 1.0, "1", [1], None):
        assert "fail" in kv.apply(["cas", "x", old, 2])
    assert kv.apply(["cas", "x", 1, {"b": 1, "a": 2}]) == {"ok": [1, {"b": 1, "a": 2}]}
    assert "ok" in kv.apply(["cas", "x", {"a": 2, "b": 1}, 3])
    assert "ok" in kv.apply(["cas", "new", None, 3])


@pytest.mark.parametrize(
    "operation",
    [None, "read", [], [1], ["read"], ["write", "x"], ["cas", "x", 1], ["erase", "x"], [["read"]]],
)
def test_nonsense_is_refused_before_it_is_proposed(operation: Any) -> None:
    with pytest.raises(BadRequest):
        KeyValue().check(operation)


def opened(limit: int = 10, sessions: int = 1) -> Sessions:
    state = Sessions(KeyValue(), limit=limit)
    for index in range(1, sessions + 1):
        assert state.apply(index, OPEN) == {"ok": index}
    return state


def test_a_write_acts_once() -> None:
    """Thesis §6.3: a copy gets the first one's answer, whatever happened in between."""
    state = opened(sessions=2)
    first = command(1, 1, ["cas", "x", None, "a"])
    assert state.apply(3, first) == {"ok": [None, "a"]}
    assert state.apply(4, command(2, 1, ["write", "x", "b"])) == {"ok": "b"}
    assert state.apply(5, first) == {"ok": [None, "a"]}
    assert state.query(["read", "x"]) == {"ok": "b"}


def test_a_late_copy_of_an_earlier_write_never_acts() -> None:
    state = opened()
    state.apply(2, command(1, 2, ["write", "x", 2]))
    assert "expired" in state.apply(3, command(1, 1, ["write", "x", 1]))
    assert state.query(["read", "x"]) == {"ok": 2}


def test_sequence_numbers_may_be_skipped() -> None:
    """A write that was refused everywhere leaves a gap."""
    state = opened()
    assert state.apply(2, command(1, 1, ["write", "x", 1])) == {"ok": 1}
    assert state.apply(3, command(1, 5, ["write", "x", 5])) == {"ok": 5}


def test_the_table_is_bounded_and_what_left_it_never_acts_again() -> None:
    """The session that was idle longest goes; its write, sent again, is refused, not repeated."""
    state = opened(limit=3, sessions=3)
    first = command(1, 1, ["write", "x", 1])
    second = command(2, 1, ["write", "x", 2])
    state.apply(4, second)
    state.apply(5, first)
    assert state.apply(6, OPEN) == {"ok": 6}
    assert "expired" in state.apply(7, command(3, 1, ["write", "x", 3]))
    assert state.apply(8, OPEN) == {"ok": 8}
    assert "expired" in state.apply(9, second)
    assert state.apply(10, first) == {"ok": 1}
    assert state.query(["read", "x"]) == {"ok": 1}


def test_no_ops_change_nothing() -> None:
    state = opened()
    assert state.apply(2, "") == {"ok": None}


@pytest.mark.parametrize(
    "frame",
    [
        b"",
        b"{",
        b"[]",
        b"\xff",
        b'{"type":"do","operation":["write","x",NaN],"session":1,"sequence":1}',
        b'{"type":"do","operation":["write","x",1]}',
        b'{"type":"do","operation":["write","x",1],"session":1,"sequence":0}',
        b'{"type":"do","operation":["write","x",1],"session":"1","sequence":1}',
        b'{"type":"nonsense"}',
        b'{"type":"do","operation":["read",' + b"[" * MAX_DEPTH + b"]" * MAX_DEPTH + b"]}",
        b"[" * 100_000,
        b'"' + b"x" * MAX_REQUEST + b'"',
    ],
)
def test_a_bad_frame_is_refused(frame: bytes) -> None:
    with pytest.raises(ValueError):
        parse(Origin("client-1", 1, False), decode(frame), KeyValue())


@given(JSON)
def test_what_is_accepted_survives_the_wire(value: Any) -> None:
    request = {"type": "do", "operation": ["write", value, value], "session": 1, "sequence": 1}
    parsed = parse(Origin("client-1", 1, False), decode(encode(request)), KeyValue())
    assert parsed.writes
    assert parsed.body == command(1, 1, ["write", value, value])
