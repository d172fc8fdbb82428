"""What `splitbrain check` writes never costs what was recorded, and never the verdict."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from harness.certificate import CERTIFICATE_FILE, read_certificate
from harness.cli.main import run

GOOD = (
    '{"index":0,"time":0,"type":"invoke","process":0,"f":"write","value":1}\n'
    '{"index":1,"time":1,"type":"ok","process":0,"f":"write","value":1}\n'
)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Of a run, as far as `check` needs one."""
    made = tmp_path / "a-run"
    made.mkdir()
    (made / "history.jsonl").write_text(GOOD)
    (made / "test.toml").write_text('model = "register"\n')
    return made


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["history.jsonl", "--certificate", "history.jsonl"], "is the history itself"),
        (["history.jsonl", "--certificate", "../a-run/history.jsonl"], "is the history itself"),
        (["history.jsonl", "--save-columns", "history.jsonl"], "is the history itself"),
        (["history.jsonl", "--certificate", "test.toml"], "is a file of the run"),
        ([".", "--certificate", "history.jsonl"], "is a file of the run"),
        ([".", "--save-columns", "certificate.json"], "is the file of --certificate as well"),
        ([".", "--certificate", "/dev/null"], "is no regular file"),
        ([".", "--certificate", "nowhere/c.json"], "there is no folder"),
        (["/dev/null", "--certificate", "c.json"], "/dev/null is no regular file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_output_is_nothing_that_is_there_already(
    args: list[str], why: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(folder)
    if "certificate.json" in args:
        args = [*args, "--certificate", "certificate.json"]
    before = {path: path.read_bytes() for path in folder.iterdir()}
    assert run(["check", *args]) == 254
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1
    assert {path: path.read_bytes() for path in folder.iterdir()} == before


def test_a_runs_certificate_may_be_made_anew(folder: Path) -> None:
    certificate = folder / CERTIFICATE_FILE
    for _ in range(2):
        assert run(["check", str(folder), "--certificate", str(certificate)]) == 0
    assert read_certificate(certificate).valid is True


def test_a_run_of_which_a_part_is_gone_is_not_judged(folder: Path, capsys: Any) -> None:
    """What was lost may be what was wrong."""
    (folder / "results.json").write_text('{"valid": false, "stats": {"ops": 2}}')
    assert run(["check", str(folder)]) == 254
    told = "is damaged: history.jsonl holds 1 operations, and results.json tells of 2"
    assert told in capsys.readouterr().err
    assert run(["check", str(folder / "history.jsonl")]) == 0


def test_a_verdict_is_said_before_its_certificate_fails(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    """A run in a folder that nobody may write to is judged all the same."""

    def full(path: Path, content: bytes) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "write_bytes", full)
    assert run(["check", str(folder)]) == 0
    said = capsys.readouterr()
    assert said.out.startswith("VALID")
    assert "no certificate" in said.err
    assert run(["check", str(folder), "--certificate", str(folder / "c.json")]) == 255
    said = capsys.readouterr()
    assert said.out.startswith("VALID")
    assert "No space left on device" in said.err
    assert sorted(path.name for path in folder.iterdir()) == ["history.jsonl", "test.toml"]
