"""What `splitbrain check` does: read a history, find its model, judge it, say so."""

from __future__ import annotations

import json
import os
from pathlib import Path

import click

from harness import exit_codes, plugins
from harness.certificate import write_certificate
from harness.checker.examine import examine
from harness.checker.verdict import Verdict
from harness.cli.console import Console
from harness.cli.guess import asks_with_keys, guess_model
from harness.cli.outputs import require_outputs
from harness.cli.printable import printable
from harness.cli.verdict_text import say_counterexample, say_promises, say_verdict
from harness.history import MalformedHistory
from harness.history.columnar import write_columns
from harness.history.read import read_table
from harness.history.table import INVOKE, NEMESIS_PROCESS, Table
from harness.model import Model
from harness.os_error import of_file, told
from harness.run_folder import NotARun, RunFolder
from harness.spec import SpecError

STDIN = Path("/dev/stdin")
_KEYS = "reads ask with [key, null], as Jepsen's independent keys do: --independent reads them"


def judge_file(
    *,
    path: Path,
    model_name: str | None,
    independent: bool,
    time_limit: float | None,
    workers: int | None,
    as_json: bool,
    evidence: bool,
    certificate: Path | None,
    save_columns: Path | None,
) -> int:
    """Judge the history in a file or a run's folder; returns the exit code."""
    path = _input(path)
    if evidence and not as_json:
        raise SpecError("--evidence: is for --json, which prints the linearization; give both")
    if time_limit is not None and not time_limit > 0:
        raise SpecError(f"--time-limit {time_limit:g}: must be above 0 seconds")
    if workers is not None and not 1 <= workers <= 64:
        raise SpecError(f"--workers {workers}: must be from 1 to 64")
    require_outputs(path, {"--certificate": certificate, "--save-columns": save_columns})
    history, model, why = _load(path, model_name, independent)
    if not as_json and why:
        click.echo(why, err=True)
    if not as_json and not independent and asks_with_keys(history):
        click.echo(_KEYS, err=True)
    if save_columns is not None:
        try:
            write_columns(history, save_columns)
        except OSError as error:  # pyarrow names no file
            raise of_file(error, save_columns) from None
    try:
        verdict, found = examine(
            history,
            model,
            time_limit_s=time_limit,
            evidence=evidence,
            workers=workers or os.cpu_count() or 1,
        )
    except MalformedHistory as error:
        raise MalformedHistory(f"{path}: {error}") from None
    if not verdict.ops:
        raise MalformedHistory(f"{path}: no client did anything in it")
    if as_json:
        click.echo(json.dumps(found, indent=2))
    else:
        console = Console()
        summary = (
            f"{path}: {verdict.ops} operation{'s' * (verdict.ops != 1)}, model {verdict.model}, "
            f"{verdict.elapsed_s:.2f} s by {verdict.algorithm}"
        )
        say_verdict(console, verdict.valid, summary, verdict.reason)
        say_counterexample(console, found, timed=history.timed)
        say_promises(console, found)
    _certify(path, certificate, verdict, independent)
    return exit_codes.of(verdict.valid)


def _input(path: Path) -> Path:
    """The file, or where standard input is one."""
    if str(path) != "-":
        return path
    if not STDIN.exists():
        raise SpecError(f"-: there is no standard input ({STDIN}); name a file")
    return STDIN


def _passed_over(why: str) -> None:
    click.echo(f"passed over: {printable(' '.join(why.split()))}", err=True)


def _certify(path: Path, certificate: Path | None, verdict: Verdict, independent: bool) -> None:
    """Write the certificate where it was asked for, or into the run's folder if that can be."""
    if certificate is not None:
        history = RunFolder.open(path).history_file if path.is_dir() else path
        write_certificate(certificate, verdict, history, independent=independent)
    elif path.is_dir():
        run = RunFolder.open(path)
        try:
            write_certificate(
                run.certificate_file, verdict, run.history_file, independent=independent
            )
        except OSError as error:
            click.echo(
                f"no certificate: {told(error)}; --certificate FILE writes it elsewhere", err=True
            )


def _load(path: Path, model_name: str | None, independent: bool) -> tuple[Table, Model, str | None]:
    """Read the history and find its model, with a word on why that one."""
    if path.is_dir():
        run = RunFolder.open(path)
        if not run.history_file.is_file():
            raise NotARun(f"{path} has no history.jsonl: its test ended before the first operation")
        history = read_table(run.history_file, independent=independent)
        clients = (history.type == INVOKE) & (history.process != NEMESIS_PROCESS)
        run.require_operations(int(clients.sum()))
        if model_name is None and run.spec_file.is_file():
            name = run.spec().get("model")
            if not isinstance(name, str):
                raise NotARun(f"{run.spec_file} is not the test of a run: it names no model")
            return history, plugins.model(name), f"model {name}, that of the run"
    else:
        history = read_table(path, independent=independent)
    if model_name is not None:
        return history, plugins.model(model_name), None
    try:
        model = guess_model(history, _passed_over)
    except MalformedHistory as error:
        raise MalformedHistory(f"{path}: {error}") from None
    return history, model, f"model {model.name}, which fits the operations"
