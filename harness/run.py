"""The life of one test.

1. A folder, with the whole resolved test in it.
2. A world is set up, the target installed and started on its nodes; each must serve.
3. Clients run the workload while the nemesis strikes; every op is in the history as it happens.
4. Every fault is healed, the cluster recovers, and the workload's last reads run.
5. Logs are kept and the world is taken down, whatever has happened before.
6. The history is judged, and the results written.
7. The reports are drawn.

Steps 2 to 4 have time limits. An error or an interrupt in them ends them, but not the steps after:
what was recorded is judged, and nothing is left running. With `--stop-on-violation`, so does the
operation that proves the store wrong.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from harness import exit_codes, plugins
from harness.assembly import Parts, assemble
from harness.certificate import write_certificate
from harness.drive import Drive, Observer
from harness.fingerprint import fingerprint
from harness.history import MalformedHistory
from harness.history.journal import Journal
from harness.judge import judge
from harness.os_error import told
from harness.run_folder import RunFolder
from harness.spec import TestSpec

log = logging.getLogger(__name__)


@dataclass
class RunResult:
    """A finished run. `notes` are lines for the person who started it."""

    folder: RunFolder
    results: dict[str, Any]
    exit_code: int
    notes: list[str] = field(default_factory=list)


def run_test(
    spec: TestSpec, out: Path, observer: Observer, *, leave_running: bool = False
) -> RunResult:
    """Run one test from beginning to end.

    Raises:
        UnknownName, SpecError: the test can't be; nothing has been started or written.
        OSError: the run's folder can't be made.
    """
    parts = assemble(spec)
    folder = RunFolder.create(out, spec.name, datetime.now(UTC))
    about = {"model": parts.workload.model.name, "made_by": fingerprint(parts)}
    folder.write_spec(msgspec.to_builtins(spec) | about)
    handler = logging.FileHandler(folder.log_file)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    level, root.level = root.level, logging.INFO
    try:
        drive = Drive(
            spec,
            parts,
            partial(Journal, folder.history_file),
            observer,
            folder=folder.path,
            leave_running=leave_running,
        )
        with asyncio.Runner(loop_factory=parts.world_class.loop_factory) as runner:
            runner.run(drive.run())
        _keep(drive, drive.deeds.write, folder.faults_file)
        _keep(drive, folder.write_logs, drive.observed.logs)
        return _conclude(spec, parts, folder, observer, drive)
    finally:
        root.level = level
        root.removeHandler(handler)
        with contextlib.suppress(OSError):  # of a full disk, which is told where it costs more
            handler.close()


def _conclude(
    spec: TestSpec, parts: Parts, folder: RunFolder, observer: Observer, drive: Drive
) -> RunResult:
    """Steps 6 and 7."""
    observer.phase("checking")
    if drive.error is not None:
        drive.observed.cut_short = drive.error
    about: dict[str, Any] = {
        "name": spec.name,
        "target": spec.target,
        "target_version": drive.observed.version,
        "world": spec.world,
        "workload": spec.workload,
        "nemesis": spec.nemesis,
        "seed": spec.seed,
        "nodes": spec.nodes,
        "bugs": spec.bugs,
        "started": drive.started.isoformat(timespec="milliseconds"),
        "duration_s": spec.time_limit,
        "command": spec.command,
        "folder": str(folder.path),
    }
    if drive.watch is not None:
        about["stream"] = drive.watch.to_json()
    try:
        results = about | _judged(spec, parts, drive, folder)
    except KeyboardInterrupt:
        reason = f"the check was interrupted; `splitbrain check {folder.path}` repeats it"
        results = about | _unjudged(reason)
    violated = [] if drive.invariants is None else list(drive.invariants.violations)
    if drive.invariants is not None:
        results["invariants"] = {"violated": violated}
    code = exit_codes.INVALID if violated else exit_codes.of(results["valid"])
    if _keep(drive, folder.write_results, results):
        observer.phase("drawing reports")
        drive.notes += draw(folder)
    if drive.error is not None and code != exit_codes.INVALID:
        code = exit_codes.FAILED
    return RunResult(folder, results, code, drive.notes)


def _keep(drive: Drive, write: Callable[..., None], *what: object) -> bool:
    """Write some of what is known; a disk that is full must not cost the verdict."""
    try:
        write(*what)
    except OSError as error:
        drive.notes.append(f"not written: {told(error)}")
        drive.error = drive.error or drive.notes[-1]
        return False
    return True


def _judged(spec: TestSpec, parts: Parts, drive: Drive, folder: RunFolder) -> dict[str, Any]:
    """Judge what was recorded.

    A cluster that never came up says nothing of the store, whatever stands in its logs.
    """
    try:
        history = folder.history()
    except FileNotFoundError:
        return _unjudged(drive.observed.cut_short or "the test ended before the first operation")
    except (OSError, MalformedHistory) as error:
        return _unjudged(drive.observed.cut_short or str(error))
    verdict, results = judge(
        history,
        parts.workload.model,
        drive.observed,
        nemeses=parts.faults,
        log_patterns=parts.target.log_patterns,
        time_limit_s=spec.limits.check_s,
    )
    if verdict is not None:
        try:
            write_certificate(folder.certificate_file, verdict, folder.history_file)
        except OSError:  # a full disk must not cost the verdict
            log.exception("the certificate could not be written")
    return results


def _unjudged(reason: str) -> dict[str, Any]:
    return {"valid": "unknown", "reason": reason, "checks": {}, "stats": {}}


def draw(folder: RunFolder) -> list[str]:
    """Draw every report anew; returns a line for each that failed, which changes no verdict."""
    failed: list[str] = []
    reports: list[tuple[bool, str, Any]] = []
    for name in plugins.names("report"):
        try:
            report = plugins.load("report", name)
            reports.append((report.draws_last, name, report))
        except Exception as error:
            failed.append(_report_failed(name, error))
    for _, name, report in sorted(reports, key=lambda each: each[:2]):
        try:
            report().write(folder)
        except Exception as error:
            failed.append(_report_failed(name, error))
        except KeyboardInterrupt:
            return [*failed, "interrupted: not every report is drawn"]
    return failed


def _report_failed(name: str, error: Exception) -> str:
    log.error("report %s failed", name, exc_info=error)
    return f"report {name} failed: {type(error).__name__}: {error}"
