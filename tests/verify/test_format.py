"""What is not exactly a certificate, or a history, is not looked at."""

from __future__ import annotations

import json
from typing import Any

import pytest

from harness.model.register import CasRegister
from harness.verify.certificate import NotACertificate, decode_certificate
from harness.verify.history import BadHistory, gather, read_lines
from tests.checker.story import story
from tests.verify.claims import answer, invalid, valid

HISTORY = story("1: write 1 ok", "2: read -> null")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"[]",
        b"null",
        b"\xff\xfe",
        b'{"model": "\xff"}',
        b"{}",
        b"[" * 100_000,
        b'{"format": "splitbrain-certificate", "version": 1}',
    ],
)
def test_garbage(content: bytes) -> None:
    with pytest.raises(NotACertificate):
        decode_certificate(content)


@pytest.mark.parametrize(
    "change",
    [
        {"format": "another"},
        {"version": 2},
        {"version": 1.5},
        {"version": "1"},
        {"valid": "yes"},
        {"valid": None},
        {"valid": 1},
        {"valid": True},
        {"valid": "unknown"},
        {"kept": [1.5]},
        {"kept": [2.0]},
        {"kept": ["0"]},
        {"kept": [True]},
        {"kept": 0},
        {"until": 1.5},
        {"until": "2"},
        {"entry_states": None},
        {"keys": []},
        {"assuming": "the moon is full"},
        {"history": {"file": "h", "sha256": "5"}},
        {"history": {"file": "h", "sha256": "5", "ops": 2.0}},
        {"history": {"file": "h", "sha256": None, "ops": 2}},
        {"history": {"file": "h", "sha256": "5", "ops": 2, "independent": "yes"}},
        {"history": {"file": "h", "sha256": "5", "ops": 2, "bytes": 80}},
        {"model": None},
        {"irreducible": 1},
        {"reason": 5},
    ],
)
def test_not_of_the_format(change: dict[str, Any]) -> None:
    good = invalid(HISTORY, [0, 2])
    assert answer(good, HISTORY).startswith("confirmed")
    with pytest.raises(NotACertificate):
        decode_certificate(json.dumps(good | change).encode())


@pytest.mark.parametrize(
    "keys",
    [
        [{"key": None, "order": [0, 2.0]}],
        [{"key": None, "order": [0, True]}],
        [{"key": None, "order": None}],
        [{"key": None}],
        [{"order": [0, 2]}],
        [{"key": None, "order": [0, 2], "until": 2}],
        None,
    ],
)
def test_no_order_of_a_key(keys: Any) -> None:
    with pytest.raises(NotACertificate):
        decode_certificate(json.dumps(valid(HISTORY, [0, 2]) | {"keys": keys}).encode())


@pytest.mark.parametrize("part", ["key", "entry_states"])
def test_nested_too_deeply(part: str) -> None:
    content = json.dumps(invalid(HISTORY, [0, 2]) | {part: "here"}).encode()
    decode_certificate(content.replace(b'"here"', b"[" * 100 + b"]" * 100))
    for depth in (700, 2_000, 100_000):
        nested = b"[" * depth + b"]" * depth
        with pytest.raises(NotACertificate, match="recursion"):
            decode_certificate(content.replace(b'"here"', nested))


def test_a_part_is_missing() -> None:
    for part in ("kept", "key", "entry_states", "history", "model", "valid", "version", "format"):
        broken = invalid(HISTORY, [0, 2])
        del broken[part]
        with pytest.raises(NotACertificate):
            decode_certificate(json.dumps(broken).encode())


def test_another_history_model_or_number_of_operations() -> None:
    good = invalid(HISTORY, [0, 2])
    for change, why in (
        ({"history": good["history"] | {"sha256": "6" * 64}}, "another history"),
        ({"history": good["history"] | {"ops": 3}}, "it is about 3 operations, not 2"),
        ({"model": "register"}, "it is about register, not about cas-register"),
    ):
        said = answer(good | change, HISTORY)
        assert said.startswith("refuted")
        assert why in said


def test_unknown_is_nothing_to_confirm() -> None:
    unknown = valid(HISTORY, []) | {"valid": "unknown", "reason": "no time"}
    del unknown["keys"]
    assert answer(unknown, HISTORY) == "unconfirmed: its verdict is unknown"


def line(**fields: Any) -> bytes:
    """A line of a history."""
    op = {"index": 0, "time": 0, "type": "invoke", "process": 1, "f": "read", "value": None}
    return json.dumps(op | fields).encode() + b"\n"


def nested(part: str) -> bytes:
    """A line that JSON's reader gets to the bottom of, and what walks through values does not."""
    return line(**{part: "here"}).replace(b'"here"', b"[" * 700 + b"]" * 700)


@pytest.mark.parametrize(
    "lines",
    [
        [b"nonsense\n", line()],
        [b"\xff\n"],
        [line(process=1.5)],
        [line(type="maybe")],
        [line(index=2.5)],
        [line(f="dance")],
        [line(f="cas", value=3)],
        [line(process="somebody")],
        [line(type="ok")],
        [line(), line(index=0, type="ok")],
        [line(), line(index=1)],
        [line(time=5), line(index=1, time=4, type="ok")],
        [line(), line(index=1, type="ok", f="write")],
        [line(f="write", value=1), line(index=1, type="ok", f="write", value=2)],
        [line(key=1), line(index=1, type="ok", key=True)],
        [line(), line(index=1, type="ok", value=None), line(index=2, type="info")],
        [line(value=None)[:-2] + b"\n"],
        [line()[:20]],
        [b'{"value": ' + b"[" * 100_000 + b"\n"],
        [nested("value")],
        [nested("key")],
    ],
)
def test_no_history(lines: list[bytes]) -> None:
    with pytest.raises(BadHistory):
        gather(read_lines(lines), CasRegister())


def test_a_completion_need_not_repeat_the_key() -> None:
    lines = [line(key=1), line(index=1, type="ok", value=5)]
    keys, _ = gather(read_lines(lines), CasRegister())
    assert [call.result for call in keys[1].values()] == [5]


@pytest.mark.parametrize("tail", [b'"type":"okay"}', b'"value":NaN}', b'"value":"\xff"}', b"2;"])
def test_a_last_line_that_is_whole_and_no_op_is_no_torn_one(tail: bytes) -> None:
    with pytest.raises(BadHistory, match="line 2"):
        list(read_lines([line(), line(index=1)[:-3] + b"," + tail]))


def test_a_torn_last_line_and_the_nemesis_are_passed_over() -> None:
    lines = [line(), b"\n", line(index=1, process="nemesis", type="info", f="kill"), line()[:20]]
    keys, ops = gather(read_lines(lines), CasRegister())
    assert ops == 1
    assert keys == {None: {}}  # the read is open, and tells nothing
