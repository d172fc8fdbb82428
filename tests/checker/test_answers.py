"""An ok that tells of something else than its invocation asked for is no history to be judged."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness import plugins
from harness.checker import check
from harness.checker.streaming import Stream
from harness.exit_codes import BAD_INPUT
from harness.history import MalformedHistory, Op
from tests.end_to_end.command import splitbrain

ECHOES = [
    ("register", "write", 1, 2),
    ("register", "write", 1, True),
    ("register", "write", [1], [True]),
    ("register", "write", None, 2),
    ("kv", "cas", [1, 2], [1, 3]),
    ("set", "add", 1, 2),
    ("set", "remove", 1, 2),
    ("grow-only-set", "add", 1, 2),
    ("counter", "add", 1, 2),
    ("list-append", "append", 1, 2),
    ("fifo-queue", "enqueue", 1, 2),
    ("unordered-queue", "enqueue", 1, 2),
    ("priority-queue", "enqueue", 1, 2),
    ("stack", "push", 1, 2),
    ("bank", "transfer", {"from": 1, "to": 2, "amount": 3}, {"from": 1, "to": 2, "amount": 4}),
    ("mutex", "release", 7, 8),
    ("reentrant-mutex", "release", 7, 8),
    ("fenced-lock", "release", 7, 8),
    ("leased-lock", "release", 7, 8),
    ("leased-lock", "write", 7, 8),
    ("leader-election", "campaign", 1, 2),
    ("leader-election", "lead", None, 2),
    ("membership", "join", "a", "b"),
    ("membership", "leave", "a", "b"),
]


def pair_of(f: str, value: Any, result: Any) -> list[Op]:
    return [
        Op(index=0, time=0, type="invoke", process=0, f=f, value=value),
        Op(index=1, time=1, type="ok", process=0, f=f, value=result),
    ]


@pytest.mark.parametrize(("name", "f", "value", "result"), ECHOES)
def test_an_ok_of_something_else_is_told(name: str, f: str, value: Any, result: Any) -> None:
    said = f"op 1: an ok of {f} repeats the value of its invocation, "
    with pytest.raises(MalformedHistory) as told:
        check(pair_of(f, value, result), plugins.model(name))
    assert str(told.value).startswith(said)
    assert str(told.value).endswith(f"not {json.dumps(result)}")


@pytest.mark.parametrize(("name", "f", "value", "_result"), ECHOES)
def test_an_ok_repeats_it_or_says_nothing(name: str, f: str, value: Any, _result: Any) -> None:
    for again in (value, None):
        check(pair_of(f, value, again), plugins.model(name))


def test_a_stream_tells_it_too() -> None:
    stream = Stream(plugins.model("register"))
    asked, done = pair_of("write", 1, 2)
    stream.feed(asked)
    with pytest.raises(MalformedHistory, match="repeats the value of its invocation, 1, or has"):
        stream.feed(done)


def test_it_is_told_with_its_line(tmp_path: Path) -> None:
    file = tmp_path / "h.jsonl"
    fields = {"process": 0, "f": "write"}
    ops = [{"type": "invoke", "value": 1, **fields}, {"type": "ok", "value": 2, **fields}]
    file.write_text("".join(json.dumps(op) + "\n" for op in ops))
    done = splitbrain("check", str(file))
    assert done.code == BAD_INPUT
    assert "h.jsonl: line 2: op 1: an ok of write repeats" in done.err
