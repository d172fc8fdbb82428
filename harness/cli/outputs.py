"""Where a command may write: never over what it reads, nor over anything that is no file."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any

import click

from harness.certificate import CERTIFICATE_FILE
from harness.spec import SpecError

_OUTPUTS = {1: "the output", 2: "what goes wrong"}


class OutFile(click.Path):
    """A file to be written; a folder is none, and nor is an empty name."""

    def __init__(self) -> None:
        super().__init__(dir_okay=False, path_type=Path)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """See `click.ParamType.convert`."""
        if not str(value):
            self.fail("'' names no file", param, ctx)
        return super().convert(value, param, ctx)


def require_outputs(source: Path, outputs: Mapping[str, Path | None]) -> None:
    """Refuse outputs that would cost something recorded, before any work is done for them.

    Args:
        source: the history's file, or the run's folder, that is read.
        outputs: the file that each option names, None where it is not given.

    Raises:
        SpecError: a folder that is not there, what is no regular file (a pipe, a device), where
            the command's own output goes, the history itself or another file of the run, or two
            outputs that are one file; a certificate of what nobody can read again.
    """
    if outputs.get("--certificate") and source.exists() and not _stays(source):
        raise SpecError(f"--certificate: {source} is no regular file, which could be read again")
    taken: dict[Path, str] = {}
    for option, path in outputs.items():
        if path is None:
            continue
        if path.exists() and not path.is_file():  # first: what a link to a pipe gives is no path
            raise SpecError(f"{option} {path}: is no regular file; name one")
        there = _resolved(option, path)
        if not there.parent.is_dir():
            raise SpecError(f"{option} {path}: there is no folder {there.parent}")
        if (what := _printed_to(path)) is not None:
            raise SpecError(f"{option} {path}: is where {what} is printed; name another file")
        if there == source.resolve():
            raise SpecError(f"{option} {path}: is the history itself; name another file")
        if there.exists() and _is_of_a_run(there, source):
            raise SpecError(f"{option} {path}: is a file of the run; name another file")
        if there in taken:
            raise SpecError(f"{option} {path}: is the file of {taken[there]} as well")
        taken[there] = option


def require_room(path: Path) -> None:
    """Refuse a file that could not be written, before any work is done for it.

    Raises:
        SpecError: something else is there, or its folder can't be written to.
    """
    if path.exists() and not path.is_file():
        raise SpecError(f"{path}: is no regular file, and would be overwritten: move it away")
    try:
        with TemporaryFile(dir=path.resolve().parent):
            pass
    except OSError as error:
        raise SpecError(
            f"{path}: can't be written: {error.strerror}; copy the run's folder to where you may "
            "write, and give that"
        ) from None


def _resolved(option: str, path: Path) -> Path:
    """Where it leads, through all symlinks."""
    try:
        return path.resolve()
    except RuntimeError:
        raise SpecError(f"{option} {path}: is a symlink that leads to itself") from None


def _printed_to(path: Path) -> str | None:
    """What of ours is printed into this file, e.g. `/dev/stdout` where that is one."""
    if not path.exists():
        return None
    for descriptor, what in _OUTPUTS.items():
        try:
            if os.path.samestat(path.stat(), os.fstat(descriptor)):
                return what
        except OSError:  # it is closed
            continue
    return None


def _stays(source: Path) -> bool:
    return source.is_dir() or source.is_file()


def _is_of_a_run(path: Path, source: Path) -> bool:
    """Whether what a run recorded would be overwritten; its certificate may be made anew."""
    folder = source.resolve() if source.is_dir() else source.resolve().parent
    is_run = source.is_dir() or (folder / "test.toml").is_file()
    return is_run and folder in path.parents and path != folder / CERTIFICATE_FILE
