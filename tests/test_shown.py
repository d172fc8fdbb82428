"""Values are JSON in whatever people read: Python's own None and True stood there."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import run
from harness.model import as_json, freeze, shown


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (None, "null"),
        (True, "true"),
        ([1, None, [False, "a"]], '[1, null, [false, "a"]]'),
        ({"k": None}, '{"k": null}'),
        ("x", "x"),
        ("n1:7100/a-b", "n1:7100/a-b"),
        ("größe", "größe"),
        ("7", '"7"'),
        ("null", '"null"'),
        ("true", '"true"'),
        ("", '""'),
        ("two words", '"two words"'),
        ("7 from y", '"7 from y"'),
        (1.5, "1.5"),
    ],
)
def test_a_value_is_json_but_a_word_needs_no_quotes(value: Any, text: str) -> None:
    assert shown(value) == shown(freeze(value)) == text
    if not isinstance(value, str):
        assert as_json(value) == text


def test_a_long_value_is_cut_in_the_middle() -> None:
    assert len(shown([1] * 60)) == 180
    long = list(range(1000))
    assert shown(long).startswith("[0, 1, 2, ")
    assert shown(long).endswith(", 998, 999]")
    assert len(as_json(long)) < 210
    assert shown("x" * 1000).startswith('"xxx')


def history(path: Path, *ops: tuple[int, str, str, Any]) -> Path:
    """A file of these ops: process, type, f and value."""
    lines = [
        json.dumps({"index": at, "time": at, "type": t, "process": p, "f": f, "value": v})
        for at, (p, t, f, v) in enumerate(ops)
    ]
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.mark.parametrize(
    ("value", "other", "told", "line"),
    [
        ([1, None], [2, True], "read [2, true] at", "read [2, true]"),
        (None, True, "read true at", "read true"),
        (1, "1", 'read "1" at', 'read "1"'),
    ],
)
def test_a_verdict_and_its_counterexample(
    value: Any, other: Any, told: str, line: str, tmp_path: Path, capsys: Any
) -> None:
    path = history(
        tmp_path / "h.jsonl",
        (0, "invoke", "write", value),
        (0, "ok", "write", value),
        (0, "invoke", "read", None),
        (0, "ok", "read", other),
    )
    assert run(["check", str(path), "--model", "register"]) == 1
    said = capsys.readouterr().out
    assert told in said
    assert line in said
    assert "None" not in said
    assert "True" not in said


def test_a_weaker_promise_and_what_is_no_answer(tmp_path: Path, capsys: Any) -> None:
    path = history(
        tmp_path / "h.jsonl",
        (0, "invoke", "write", [True]),
        (0, "ok", "write", [True]),
        (0, "invoke", "write", [None]),
        (0, "ok", "write", [None]),
        (0, "invoke", "read", None),
        (0, "ok", "read", [True]),
    )
    assert run(["check", str(path), "--model", "register"]) == 1
    said = capsys.readouterr().out
    assert "process 0 wrote [null] and then read [true]" in said
    path = history(tmp_path / "h.jsonl", (0, "invoke", "write", True), (0, "ok", "write", False))
    assert run(["check", str(path), "--model", "register"]) == 254
    assert "of its invocation, true, or has null, not false" in capsys.readouterr().err
