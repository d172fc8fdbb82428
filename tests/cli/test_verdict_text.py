"""What `splitbrain check` says of a history is true of it, whatever the history leaves out."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from harness.cli.main import run

STALE = [(0, "write", 1, 1), (0, "write", 2, 2), (1, "read", None, 1)]


def history(path: Path, operations: list[tuple[int, str, Any, Any]]) -> Path:
    """Operations one after the other, in a file that says nothing of times and indices."""
    lines = []
    for process, f, value, result in operations:
        for kind, told in (("invoke", value), ("ok", result)):
            lines.append(json.dumps({"type": kind, "process": process, "f": f, "value": told}))
    path.write_text("\n".join(lines) + "\n")
    return path


@pytest.fixture(params=["as it is", "as columns"])
def untimed(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    path = history(tmp_path / "h", STALE)
    if request.param == "as columns":
        run(["check", str(path), "--model", "register", "--save-columns", str(tmp_path / "c")])
        return tmp_path / "c"
    return path


def test_times_that_nobody_recorded_are_not_made_up(
    untimed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    assert run(["check", str(untimed), "--model", "register"]) == 1
    said = capsys.readouterr().out
    assert "process 1 read 1 at op 5, after process 0's write of 2 had finished at op 3" in said
    assert "  op      4 –      5  process 1" in said
    assert "reads were stale, for how long the history does not say" in said
    assert "0.000" not in said


def test_staleness_in_seconds_is_null_then(
    untimed: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    capsys.readouterr()
    run(["check", str(untimed), "--model", "register", "--json"])
    (staleness,) = (
        promise
        for promise in json.loads(capsys.readouterr().out)["promises"]
        if promise["name"] == "bounded staleness"
    )
    assert staleness["details"]["staleness_s"] is None
    assert staleness["details"]["versions_at_least"] == 1


def test_a_transaction_is_told_with_what_it_read(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked, told = [["w", "x", 1], ["r", "x", None]], [["w", "x", 1], ["r", "x", 2]]
    path = history(tmp_path / "h", [(0, "txn", asked, told)])
    assert run(["check", str(path), "--model", "multi-register"]) == 1
    assert 'txn of [["w", "x", 1], ["r", "x", 2]]' in capsys.readouterr().out


def test_a_single_operation_is_told_without_an_order(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = history(tmp_path / "h", [(0, "dequeue", None, 7)])
    assert run(["check", str(path), "--model", "fifo-queue"]) == 1
    told = "process 0's dequeue of 7, over at op 1, does not fit the model fifo-queue by itself"
    assert told in capsys.readouterr().out
