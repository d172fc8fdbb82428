"""The folder of one run: everything about it that outlives the process.

::

    runs/
      latest -> raft-register/20260102T030405.678Z      the newest run of all
      raft-register/
        latest -> 20260102T030405.678Z                  the newest run of this name
        20260102T030405.678Z/
          test.toml         the whole resolved test, seed included        at the start
          history.jsonl     every invocation and completion               as it happens
          faults.jsonl      what the faults did, as steps of a script     after the history
          splitbrain.log    what the harness said                         as it happens
          n1/ … n5/         the nodes' own logs                           after the history
          certificate.json  the evidence for the verdict on the history   after the check
          results.json      the verdicts                                  after the check
          index.html, *.svg, *.png                                        the reports

Whoever reads a run reads this folder and nothing else, so that a run can be judged and drawn again
on another machine. A run that crashed early lacks the later files: that is a state, not an error.
"""

from __future__ import annotations

import contextlib
import json
import os
import tomllib
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import tomli_w

from harness.history.journal import read_history
from harness.history.op import Op
from harness.os_error import of_file

LATEST = "latest"


class NotARun(ValueError):
    """The path holds no run; the message names the path and what is missing."""


class NoFolder(ValueError):
    """No folder can be made where one is to go; the message says where and why."""


class RunFolder:
    """One run's folder: where its files are, and how they are written and read."""

    def __init__(self, path: Path) -> None:
        """Refer to the folder at `path` without looking whether it is there."""
        self.path = path

    def __repr__(self) -> str:
        return f"RunFolder({str(self.path)!r})"

    @classmethod
    def create(cls, out: Path, name: str, started: datetime) -> RunFolder:
        """Make `out/<name>/<timestamp>/` and point both `latest` links at it.

        Raises:
            ValueError: `name` is not usable as one folder's name, or `started` has no time zone.
            NoFolder: it can't be made there.
            FileExistsError: something that is not a symlink is where a `latest` link must go.
        """
        if not name or name in {".", "..", LATEST} or "/" in name or "\\" in name or "\0" in name:
            raise ValueError(f"{name!r} can't be the name of a run: it must be one folder's name")
        if started.tzinfo is None:
            raise ValueError("the start of a run needs a time zone")
        for link in (out / LATEST, out / name / LATEST):
            _refuse_anything_but_a_link(link)
        path = make_unique(out / name, timestamp(started))
        point(out / name / LATEST, path.name)
        point(out / LATEST, f"{name}/{path.name}")
        return cls(path)

    @classmethod
    def open(cls, path: Path) -> RunFolder:
        """Open an existing run, given its folder or a symlink to it (`runs/latest`).

        Raises:
            NotARun: there is no folder, or it holds neither a test.toml nor a history.jsonl.
        """
        if path.is_symlink() and not path.exists():
            raise NotARun(f"{path} is not a run: it points to {path.readlink()}, which is gone")
        if not path.exists():
            raise NotARun(f"{path} is not a run: there is no such folder")
        if not path.is_dir():
            raise NotARun(f"{path} is not a run: it is a file, not a folder")
        run = cls(path.resolve())
        if not run.spec_file.is_file() and not run.history_file.is_file():
            raise NotARun(f"{path} is not a run: it has no test.toml and no history.jsonl")
        return run

    @property
    def spec_file(self) -> Path:
        """The resolved test."""
        return self.path / "test.toml"

    @property
    def history_file(self) -> Path:
        """Every op, a line each."""
        return self.path / "history.jsonl"

    @property
    def faults_file(self) -> Path:
        """What the faults did, a line each (`harness.deeds`)."""
        return self.path / "faults.jsonl"

    @property
    def results_file(self) -> Path:
        """The verdicts."""
        return self.path / "results.json"

    @property
    def certificate_file(self) -> Path:
        """The evidence for the verdict on the history, for `splitbrain verify`."""
        return self.path / "certificate.json"

    @property
    def log_file(self) -> Path:
        """What the harness itself said."""
        return self.path / "splitbrain.log"

    @property
    def page_file(self) -> Path:
        """The page to look at first."""
        return self.path / "index.html"

    def node_folder(self, name: str) -> Path:
        """Where the logs of the node `name` are kept (made by whoever writes into it)."""
        return self.path / name

    def write_spec(self, spec: Mapping[str, Any]) -> None:
        """Write the resolved test. TOML has no null: what is None is left out."""
        write_whole(self.spec_file, tomli_w.dumps(_without_none(spec)).encode())

    def spec(self) -> dict[str, Any]:
        """Read the resolved test.

        Raises:
            NotARun: it is missing or is not TOML.
        """
        try:
            return tomllib.loads(self.spec_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise NotARun(f"{self.path} has no test.toml") from None
        except ValueError as e:
            raise NotARun(f"{self.spec_file} is not TOML: {e}") from e

    def write_results(self, results: Mapping[str, Any]) -> None:
        """Write the verdicts: whole or not at all, never half a file."""
        text = json.dumps(results, indent=2, ensure_ascii=False, allow_nan=False) + "\n"
        write_whole(self.results_file, text.encode())

    def results(self) -> dict[str, Any]:
        """Read the verdicts.

        Raises:
            NotARun: they are missing (the run did not get as far as the check) or are not JSON.
        """
        try:
            results = json.loads(self.results_file.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise NotARun(f"{self.path} has no results.json: nothing judged this run") from None
        except ValueError as e:
            raise NotARun(f"{self.results_file} is not JSON: {e}") from e
        if not isinstance(results, dict):
            raise NotARun(f"{self.results_file} holds no JSON object")
        return results

    def write_logs(self, logs: Mapping[str, bytes]) -> None:
        """Keep the nodes' logs, named `node/file`. Raises OSError, which names the file."""
        for name, data in logs.items():
            file = self.path / name
            file.parent.mkdir(exist_ok=True)
            write_whole(file, data)

    def require_operations(self, there: int) -> None:
        """Compare how many operations its history holds with what its results tell, if they do.

        Raises:
            NotARun: they tell of more or fewer.
        """
        try:
            stats = self.results().get("stats")
        except NotARun:
            return
        told = stats.get("ops") if isinstance(stats, Mapping) else None
        if isinstance(told, int) and told != there:
            raise NotARun(
                f"{self.path} is damaged: {self.history_file.name} holds {there} operations, and "
                f"{self.results_file.name} tells of {told}"
            )

    def history(self) -> list[Op]:
        """Read the history; a torn last line is left out."""
        return read_history(self.history_file)


def timestamp(moment: datetime) -> str:
    """A moment as a folder's name: UTC, to the millisecond."""
    utc = moment.astimezone(UTC)
    return f"{utc:%Y%m%dT%H%M%S}.{utc.microsecond // 1000:03d}Z"


def make_unique(parent: Path, stem: str) -> Path:
    """Make a new folder. `mkdir` itself decides who is first, so two processes can't share one.

    Raises:
        NoFolder: it can't be made there.
    """
    try:
        return _make_unique(parent, stem)
    except OSError as error:
        raise NoFolder(
            f"{parent}: no folder can be made there: {error.strerror} ({error.filename}); "
            "give --out a directory that you may write to"
        ) from None


def _make_unique(parent: Path, stem: str) -> Path:
    parent.mkdir(parents=True, exist_ok=True)
    attempt = 1
    while True:
        path = parent / (stem if attempt == 1 else f"{stem}-{attempt}")
        try:
            path.mkdir()
        except FileExistsError:
            attempt += 1
        else:
            return path


def _refuse_anything_but_a_link(link: Path) -> None:
    if os.path.lexists(link) and not link.is_symlink():
        raise FileExistsError(
            f"{link} is in the way: it should be a symlink to the newest run; move it elsewhere"
        )


def point(link: Path, to: str) -> None:
    """Make `link` a relative symlink: whoever looks sees the old run or the new one, never none."""
    _refuse_anything_but_a_link(link)
    fresh = link.with_name(f".{link.name}.{os.getpid()}")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(to, target_is_directory=True)
    fresh.replace(link)


def write_whole(path: Path, content: bytes) -> None:
    """Write a file beside `path` and move it there, so that a crash leaves the old one whole.

    A symlink stays one: the file that it leads to is written. What is no file, such as a device or
    a pipe, is never moved away.

    Raises:
        OSError: it can't be written; it names the file.
    """
    if path.exists() and not path.is_file():
        raise OSError(f"{path}: is no regular file, and would be lost: write elsewhere")
    there = Path(os.path.realpath(path))
    fresh = there.with_name(f".{there.name}.{os.getpid()}")
    try:
        fresh.write_bytes(content)
        fresh.replace(there)
    except OSError as error:
        with contextlib.suppress(OSError):
            fresh.unlink()
        raise of_file(error, path) from None


def _without_none(value: Any) -> Any:
    if isinstance(value, Mapping):
        return {k: _without_none(v) for k, v in value.items() if v is not None}
    if isinstance(value, list | tuple):
        return [_without_none(v) for v in value if v is not None]
    return value
