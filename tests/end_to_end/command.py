"""Runs the `splitbrain` command as a person would, and looks at what it leaves behind."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

from harness.run_folder import RunFolder

SPLITBRAIN = [str(Path(sys.executable).parent / "splitbrain")]


@dataclass
class Said:
    """What a command said and how it ended."""

    code: int
    out: str
    err: str


def splitbrain(*args: str, env: dict[str, str] | None = None, limit_s: float = 180) -> Said:
    """Run the command to its end."""
    ended = subprocess.run(
        [*SPLITBRAIN, *args],
        capture_output=True,
        text=True,
        timeout=limit_s,
        env={**os.environ, **(env or {})},
        check=False,
    )
    return Said(ended.returncode, ended.stdout, ended.stderr)


@contextlib.contextmanager
def started(*args: str) -> Iterator[subprocess.Popen[str]]:
    """Start the command and do not wait; should it still run in the end, it is killed."""
    with subprocess.Popen(
        [*SPLITBRAIN, *args], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as running:
        try:
            yield running
        finally:
            running.kill()


def only_run(out: Path) -> RunFolder:
    """The run that the newest link points at."""
    return RunFolder.open(out / "latest")


def processes_of(out: Path) -> list[str]:
    """Command lines of running processes that have to do with the runs in this folder."""
    shown = subprocess.run(
        ["ps", "-axww", "-o", "pid=,stat=,command="], capture_output=True, text=True, check=True
    )
    return [
        line
        for line in shown.stdout.splitlines()
        if str(out.resolve()) in line and not line.split()[1].startswith("Z")
    ]


def until(what: str, condition: object, limit_s: float = 30) -> None:
    """Wait until `condition()` holds; AssertionError says what was waited for."""
    assert callable(condition)
    deadline = time.monotonic() + limit_s
    while not condition():
        assert time.monotonic() < deadline, f"waited {limit_s:g} s in vain for {what}"
        time.sleep(0.05)


def operations_recorded(out: Path, least: int) -> bool:
    """Whether the newest run has recorded so many ops."""
    file = out / "latest" / "history.jsonl"
    return file.exists() and file.read_bytes().count(b"\n") >= least


def plugin(folder: Path, group: str, name: str, source: str) -> dict[str, str]:
    """Install a plugin as anybody would, with an entry point; returns the environment to run in."""
    module = f"plugin_{name.replace('-', '_')}"
    (folder / f"{module}.py").write_text(dedent(source))
    info = folder / f"{module}-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {module}\nVersion: 1.0\n")
    (info / "entry_points.txt").write_text(f"[splitbrain.{group}]\n{name} = {module}:Plugin\n")
    return {"PYTHONPATH": str(folder)}
