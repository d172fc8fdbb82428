"""A simulated run once more, from its folder alone, and whether the same happened.

The folder's `test.toml` is the whole test. Replayed by the same code it gives the same history,
byte for byte; where it does not, either the code has changed since, which the fingerprint in
`test.toml` tells, or the simulation is not what it claims to be.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import zip_longest
from pathlib import Path
from typing import Any

import msgspec

from harness import exit_codes, plugins
from harness.assembly import assemble
from harness.drive import Observer
from harness.fingerprint import changes, fingerprint
from harness.history import NEMESIS
from harness.history.journal import read_history
from harness.history.op import MalformedHistory
from harness.run import RunResult, run_test
from harness.run_folder import NotARun, RunFolder
from harness.spec import TestSpec


@dataclass(frozen=True)
class Difference:
    """The first op that is not the same: the lines of both histories, None where one has ended."""

    index: int
    before: str | None
    now: str | None


@dataclass(frozen=True)
class Replay:
    """What became of it.

    Args:
        run: the new run.
        ops: ops that the old history holds; None where there is no history to compare with.
        compared: how many of these the replay came to.
        difference: the first one; None where every op of the old history came again.
        unfinished: one of the two was cut short, and the other goes on where it ended.
        valid_before: the old verdict, where there is one.
        changed: what decides and has changed since the old run, a sentence each.
    """

    run: RunResult
    ops: int | None
    compared: int
    difference: Difference | None
    unfinished: bool
    valid_before: bool | str | None
    changed: list[str]

    @property
    def exit_code(self) -> int:
        """That of the new verdict; FAILED where the same code made another history."""
        if self.difference is not None and not self.changed:
            return exit_codes.FAILED
        return self.run.exit_code


def replay(folder: RunFolder, out: Path, observer: Observer) -> Replay:
    """Run a simulated run's test again, into a folder of its own.

    Raises:
        NotARun: the folder holds no simulated run, or a damaged one.
        UnknownName, SpecError: the test can't be any more, e.g. a bug was renamed.
        OSError: the new folder can't be made, or the old history not be read.
    """
    recorded = folder.spec()
    spec = _simulated(folder, recorded)
    changed = changes(recorded.get("made_by"), fingerprint(assemble(spec)))
    before = _recorded(folder)
    valid, cut_short = _verdict(folder)
    run = run_test(spec, out, observer)
    ops, compared, difference, unfinished = None, 0, None, False
    if before is not None:
        now = _lines(run.folder.history_file)
        ops, compared = len(before), min(len(before), len(now))
        difference = _compare(before, now)
        if difference is not None and difference.before is None and cut_short:
            difference, unfinished = None, True
        interrupted = "complete" in run.results["checks"]
        if difference is not None and difference.now is None and interrupted:
            difference, unfinished = None, True
    return Replay(run, ops, compared, difference, unfinished, valid, changed)


def _simulated(folder: RunFolder, recorded: Mapping[str, Any]) -> TestSpec:
    try:
        spec = msgspec.convert(recorded, TestSpec)
    except msgspec.ValidationError as error:
        raise NotARun(f"{folder.spec_file} is not the test of a run: {error}") from None
    if plugins.load("world", spec.world).loop_factory is None:
        raise NotARun(
            f"{folder.path} is no simulated run but one of the world {spec.world}: that one "
            f"happens differently every time; `{spec.command}` runs its test again"
        )
    return spec


def _verdict(folder: RunFolder) -> tuple[bool | str | None, bool]:
    """The old verdict, and whether the run ended before its time."""
    try:
        results = folder.results()
    except NotARun:
        return None, True
    return results.get("valid"), "complete" in results.get("checks", {})


def _recorded(folder: RunFolder) -> list[bytes] | None:
    """The old history's lines; None where there is none. What is damaged is no history that this
    code, or the simulation, could be blamed for.
    """
    if not folder.history_file.is_file():
        return None
    try:
        ops = read_history(folder.history_file) if folder.history_file.stat().st_size else []
    except MalformedHistory as error:
        raise NotARun(f"{folder.path} is damaged: {error}") from None
    folder.require_operations(sum(op.type == "invoke" and op.process != NEMESIS for op in ops))
    return _lines(folder.history_file)


def _lines(path: Path) -> list[bytes]:
    """A history's whole lines; what follows the last of them was never finished."""
    try:
        return path.read_bytes().split(b"\n")[:-1]
    except FileNotFoundError:  # nothing happened
        return []


def _compare(before: list[bytes], now: list[bytes]) -> Difference | None:
    for index, (old, new) in enumerate(zip_longest(before, now)):
        if old != new:
            return Difference(index, _text(old), _text(new))
    return None


def _text(line: bytes | None) -> str | None:
    return None if line is None else line.decode(errors="replace")
