"""What a run has going on this machine, written down, so that a later one can find what it left.

One small file a run, in a directory of the user's own under the system's temporary directory (a
restart of the machine ends the processes and the notes of them together). Normally the keeper
removes its file as it ends; a file whose owner is dead stands for a crash.
"""

from __future__ import annotations

import contextlib
import os
import signal
import tempfile
import time
from pathlib import Path

import msgspec

from harness.worlds.processes import is_alive

_PATIENCE_S = 5.0


class Record(msgspec.Struct):
    """One run's processes, each as a mark (`processes.mine`).

    `owner` is the controller; `kept` says that the cluster was left running on purpose.
    """

    run_id: str
    owner: str
    keeper: str
    kept: bool = False
    servers: dict[str, str] = {}


def _directory() -> Path:
    directory = Path(tempfile.gettempdir()) / f"splitbrain-{os.getuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    if directory.stat().st_uid != os.getuid():
        raise PermissionError(f"{directory} belongs to another user: remove it, or set TMPDIR")
    return directory


def _file(record: Record) -> Path:
    return _directory() / f"local-{record.run_id}.json"


def save(record: Record) -> None:
    """Write the record down, replacing an earlier one of the same run."""
    path = _file(record)
    fresh = path.with_suffix(".new")
    fresh.write_bytes(msgspec.json.encode(record))
    fresh.replace(path)


def forget(record: Record) -> None:
    """The run has nothing going any more."""
    _file(record).unlink(missing_ok=True)


def records() -> list[Record]:
    """What all runs of this user have going, or left."""
    found = []
    for path in sorted(_directory().glob("local-*.json")):
        with contextlib.suppress(msgspec.MsgspecError, FileNotFoundError):
            found.append(msgspec.json.decode(path.read_bytes(), type=Record))
    return found


def _again(record: Record) -> Record | None:
    """The record as it is now; None when somebody has removed it."""
    try:
        return msgspec.json.decode(_file(record).read_bytes(), type=Record)
    except FileNotFoundError:
        return None


def clean_run(run_id: str) -> None:
    """Stop whatever a run of this process has left, because its keeper could not."""
    for record in records():
        if record.run_id == run_id:
            _stop(record)
            forget(record)


def clean(*, kept_too: bool) -> list[str]:
    """Stop what crashed runs left behind, and with `kept_too` what was left running on purpose.

    A run whose controller still lives is never touched. Returns a line for each run cleaned.
    """
    done = []
    for found in records():
        if not found.kept and is_alive(found.owner):
            continue
        # Read again, now that its owner is gone: what it said last may be that it is kept. Between
        # the two readings there may be seconds, in which others' leftovers were stopped.
        record = _again(found)
        if record is None or (record.kept and not kept_too):
            continue
        stopped = [node for node, mark in record.servers.items() if is_alive(mark)]
        _stop(record)
        forget(record)
        done.append(
            f"run {record.run_id}: stopped {', '.join(stopped) or 'nothing, all had ended'}"
        )
    return done


def _stop(record: Record) -> None:
    """Let the keeper end its nodes, which are its children; then see to what is left."""
    if is_alive(record.keeper):
        os.kill(_pid(record.keeper), signal.SIGTERM)
        deadline = time.monotonic() + _PATIENCE_S
        while is_alive(record.keeper) and time.monotonic() < deadline:
            time.sleep(0.02)
    for mark in [record.keeper, *record.servers.values()]:
        if is_alive(mark):
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(_pid(mark), signal.SIGKILL)


def _pid(mark: str) -> int:
    return int(mark.partition(":")[0])
