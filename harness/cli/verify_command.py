"""`splitbrain verify`: confirm a verdict from its certificate, with a program of its own."""

from __future__ import annotations

import codecs
import gzip
import json
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from harness import exit_codes, plugins
from harness.certificate import CERTIFICATE_FILE, read_certificate, sha256
from harness.cli.console import Console
from harness.cli.printable import printable
from harness.cli.verdict_text import say_verdict
from harness.history import MalformedHistory
from harness.model import Model
from harness.run_folder import NotARun, RunFolder
from harness.spec import SpecError
from harness.verify.certificate import Certificate, NotACertificate, Refuted, Unconfirmed
from harness.verify.history import BadHistory, read_lines
from harness.verify.verify import verify

CONFIRMED, REFUTED, UNCONFIRMED = exit_codes.VALID, exit_codes.INVALID, exit_codes.UNKNOWN


@click.command(name="verify")
@click.argument("path", type=click.Path(exists=True, path_type=Path), metavar="RUN|FILE")
@click.option(
    "--certificate",
    "certificate_path",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help=f"The evidence [default: the run's {CERTIFICATE_FILE}].",
)
@click.option("--model", "model_name", help="What must have been promised [default: the run's].")
@click.option("--irreducible", is_flag=True, help="That no operation could be left out, too.")
@click.option("--time-limit", type=float, default=60.0, help="Give up after so many seconds.")
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def command(
    *,
    path: Path,
    certificate_path: Path | None,
    model_name: str | None,
    irreducible: bool,
    time_limit: float,
    as_json: bool,
) -> int:
    """Confirm the verdict on a history, valid or invalid, from its certificate.

    The order of a valid one is replayed; the counterexample of an invalid one is searched
    exhaustively, and for each operation left out of it the licence confirmed.

    Exit codes: 0 confirmed, 1 the certificate does not prove what it says, 2 neither (too much for
    the limits, or the verdict is unknown), 254 bad input.
    """
    if not time_limit > 0:
        raise SpecError(f"--time-limit {time_limit:g}: must be above 0 seconds")
    history, certificate_path, promised = _find(path, certificate_path)
    try:
        certificate = read_certificate(certificate_path)
    except NotACertificate as error:
        raise MalformedHistory(str(error)) from None
    name = model_name or promised or certificate.model
    code, text = CONFIRMED, ""
    try:
        model: Model = plugins.model(name)
        lines, by_time = _lines(history, independent=certificate.history.independent)
        text = verify(
            certificate,
            lines,
            model,
            sha256=sha256(history),
            by_time=by_time,
            irreducible=irreducible,
            time_limit_s=time_limit,
        )
    except Refuted as error:
        code, text = REFUTED, str(error)
    except Unconfirmed as error:
        code, text = UNCONFIRMED, str(error)
    except BadHistory as error:
        raise MalformedHistory(f"{history}: {error}") from None
    _say(certificate, certificate_path, code, text, as_json=as_json)
    return code


def _find(path: Path, certificate: Path | None) -> tuple[Path, Path, str | None]:
    """The history, its certificate, and the model of the run if there is one."""
    if not path.is_dir():
        if certificate is None:
            raise SpecError(f"--certificate is needed: {path} is a file, not a run's folder")
        if not path.is_file():
            raise SpecError(f"{path} is no regular file, which could be read more than once")
        return path, certificate, None
    run = RunFolder.open(path)
    if not run.history_file.is_file():
        raise NotARun(f"{path} has no {run.history_file.name}: nothing happened in it")
    spec = run.spec() if run.spec_file.is_file() else {}
    promised = spec.get("model")
    if run.spec_file.is_file() and not isinstance(promised, str):
        raise NotARun(f"{run.spec_file} is not the test of a run: it names no model")
    certificate = certificate or run.certificate_file
    if not certificate.is_file():
        raise NotARun(f"{path} has no {CERTIFICATE_FILE}: nothing judged this run")
    return run.history_file, certificate, promised


def _lines(path: Path, *, independent: bool) -> tuple[Iterable[Any], bool]:
    """The ops, and whether those of the same time have no order.

    Our own form is read by the verifier itself; for the others it takes the harness' word.
    """
    if not independent and _is_ours(path):
        return read_lines(_raw_lines(path)), False
    from harness.history.read import read_table  # it needs numpy, and ours does not

    table = read_table(path, independent=independent)
    return (table.op(row) for row in range(len(table))), table.by_time


def _is_ours(path: Path) -> bool:
    """Whether the file begins like JSON lines with indices."""
    first = next((line for line in _raw_lines(path) if line.strip()), b"")
    try:
        op = json.loads(first)
    except (ValueError, RecursionError):
        return False
    return isinstance(op, dict) and "index" in op


def _raw_lines(path: Path) -> Iterator[bytes]:
    with path.open("rb") as plain:
        packed = plain.read(2) == b"\x1f\x8b"
    with gzip.open(path) if packed else path.open("rb") as stream:
        try:
            for number, line in enumerate(stream):
                yield line if number else line.removeprefix(codecs.BOM_UTF8)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise MalformedHistory(f"{path}: {error}") from None


def _say(certificate: Certificate, path: Path, code: int, text: str, *, as_json: bool) -> None:
    confirmed = {CONFIRMED: True, REFUTED: False, UNCONFIRMED: None}[code]
    if as_json:
        found = {
            "confirmed": confirmed,
            "valid": certificate.valid,
            "model": certificate.model,
            "ops": certificate.history.ops,
            "detail": text,
        }
        click.echo(json.dumps(found, indent=2))
        return
    if confirmed:
        say_verdict(
            Console(), certificate.valid, f"confirmed for {certificate.model}: {text}", None
        )
    else:
        word = "NOT CONFIRMED" if confirmed is None else "REFUTED"
        click.echo(printable(f"{word}  {path}: {text}"))
