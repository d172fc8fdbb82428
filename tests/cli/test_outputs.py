"""What `splitbrain check` writes never costs what was recorded, and never the verdict."""

from __future__ import annotations

import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

from harness.certificate import CERTIFICATE_FILE, read_certificate
from harness.cli.main import run
from harness.run_folder import write_whole
from tests.end_to_end.command import SPLITBRAIN

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
        ([".", "--certificate", "pipe"], "--certificate pipe: is no regular file"),
        ([".", "--certificate", "to-pipe"], "--certificate to-pipe: is no regular file"),
        ([".", "--save-columns", "to-pipe"], "--save-columns to-pipe: is no regular file"),
        ([".", "--certificate", "loop"], "leads to itself"),
        ([".", "--certificate", "lost/c.json"], "there is no folder"),
        ([".", "--certificate", ""], "'' names no file"),
        ([".", "--save-columns", ""], "'' names no file"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_output_is_nothing_that_is_there_already(
    args: list[str], why: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    monkeypatch.chdir(folder)
    os.mkfifo("pipe")
    for link, to in {"to-pipe": "pipe", "loop": "loop", "lost": "nowhere"}.items():
        Path(link).symlink_to(to)
    if "certificate.json" in args:
        args = [*args, "--certificate", "certificate.json"]
    before = _kept(folder)
    assert run(["check", *args]) == 254
    said = capsys.readouterr().err
    assert why in said
    assert said.count("\n") == 1
    assert _kept(folder) == before


def _kept(folder: Path) -> dict[Path, bytes | str]:
    """What is in the files, and where the links lead to."""
    return {
        path: str(path.readlink())
        if path.is_symlink()
        else path.read_bytes()
        if path.is_file()
        else "no file"
        for path in folder.iterdir()
    }


@pytest.mark.parametrize("there", [True, False])
def test_a_symlink_stays_one_and_leads_to_the_certificate(folder: Path, there: bool) -> None:
    """It was replaced by the file, and what it led to stayed old."""
    target = folder.parent / "elsewhere.json"
    if there:
        target.write_text("old")
    link = folder.parent / "link.json"
    link.symlink_to(target.name)
    assert run(["check", str(folder), "--certificate", str(link)]) == 0
    assert link.is_symlink()
    assert read_certificate(target).valid is True


def test_what_is_no_file_is_never_replaced(tmp_path: Path) -> None:
    """A device was, by a file of its name, when a link led to it."""
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(pipe.name)
    for path in (pipe, link):
        with pytest.raises(OSError, match="is no regular file, and would be lost"):
            write_whole(path, b"content")
    assert pipe.is_fifo()
    assert link.is_symlink()


@pytest.mark.parametrize("option", ["--certificate", "--save-columns"])
def test_an_output_is_not_where_the_verdict_is_printed(option: str, folder: Path) -> None:
    """As `/dev/stdout` is, where that goes to a file: what was printed was lost."""
    said = folder.parent / "said.txt"
    link = folder.parent / "stdout"
    link.symlink_to(said.name)
    with said.open("wb") as out:
        ended = subprocess.run(
            [*SPLITBRAIN, "check", str(folder / "history.jsonl"), option, str(link)],
            stdout=out, stderr=subprocess.PIPE, text=True, check=False,
        )  # fmt: skip
    assert ended.returncode == 254
    assert "is where the output is printed; name another file" in ended.stderr
    assert link.is_symlink()


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
