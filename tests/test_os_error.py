"""An error of the operating system is a line that names the file and says what helps."""

from __future__ import annotations

import errno
import json
from pathlib import Path

import pytest

from harness.cli.main import run
from harness.history import Op
from harness.history.journal import Journal
from harness.os_error import of_file, told
from harness.run_folder import write_whole

FULL = OSError(errno.ENOSPC, "No space left on device")


def test_a_full_disk_is_told_with_its_file_and_with_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python names no file: `[Errno 28] No space left on device` was all that was said."""
    path = tmp_path / "some.json"
    expected = f"{path}: No space left on device: free some space there, or write elsewhere"
    assert told(of_file(FULL, path)) == expected

    def full(path: Path, content: bytes) -> int:
        path.touch()
        raise FULL

    monkeypatch.setattr(Path, "write_bytes", full)
    with pytest.raises(OSError, match="No space left") as caught:
        write_whole(path, b"content")
    assert told(caught.value) == expected
    assert not list(tmp_path.iterdir()), "nothing half-written stays"


def test_what_names_its_file_already_and_what_has_words_of_its_own() -> None:
    with pytest.raises(OSError) as caught:
        Path("/nowhere/at/all").read_bytes()
    assert told(caught.value) == "/nowhere/at/all: No such file or directory"
    assert told(OSError("out of ink")) == "out of ink"
    assert told(FULL).startswith("No space left on device, for the output or for some file: free")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="no /dev/full here")
def test_a_history_that_can_not_grow_names_its_file() -> None:
    op = Op(index=0, time=0, type="invoke", process=0, f="read", value=None)
    journal = Journal(Path("/dev/full"))
    with pytest.raises(OSError, match="No space left") as caught:
        journal.append(op)
    assert caught.value.filename == "/dev/full"


@pytest.mark.parametrize("lost", ["results.json", "server.log"])
def test_what_can_not_be_written_does_not_cost_the_verdict(
    lost: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    real = Path.write_bytes

    def full(path: Path, content: bytes) -> int:
        if lost in path.name:
            raise FULL
        return real(path, content)

    monkeypatch.setattr(Path, "write_bytes", full)
    monkeypatch.setattr("harness.run.draw", lambda folder: [])
    args = ["--world", "sim", "--nodes", "1", "--time-limit", "1", "--nemesis", "none"]
    assert run(["run", *args, "--seed", "1", "--json", "--out", str(tmp_path)]) == 255
    said = capsys.readouterr()
    checks = json.loads(said.out)["checks"]
    assert checks["linearizable"]["valid"] is True
    assert said.err.startswith("not written: ")
    assert f"{lost}: No space left on device: free some space there" in said.err
    assert len(said.err.splitlines()) == 1
