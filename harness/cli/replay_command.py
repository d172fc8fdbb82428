"""`splitbrain replay`: a simulated run once more, from its folder alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harness.cli.console import Console
from harness.cli.folder import OutFolder
from harness.cli.printable import printable
from harness.cli.progress import Progress
from harness.cli.run_command import say_run
from harness.run_folder import RunFolder

if TYPE_CHECKING:
    from harness.replay import Replay


@click.command(name="replay")
@click.argument("path", type=click.Path(path_type=Path), metavar="RUN")
@click.option(
    "--out",
    type=OutFolder(),
    default=Path("runs"),
    help="Where the new run's folder goes.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON.")
def command(*, path: Path, out: Path, as_json: bool) -> int:
    """Run a simulated run's test again, and compare the histories byte for byte.

    RUN is the folder of a run in the sim world; its test.toml is all that is needed.

    Exit codes: those of the new verdict; 254 where RUN is no simulated run; 255 where the history
    differs although neither the code nor Python has changed.
    """
    from harness.replay import replay  # with numpy and all: `--help` does without

    folder = RunFolder.open(path)
    with Progress() as progress:
        found = replay(folder, out, progress)
    lines = told(found, folder)
    if as_json:
        click.echo(json.dumps(_found(found, folder), indent=2))
        for note in found.run.notes:
            click.echo(note, err=True)
        return found.exit_code
    say_run(found.run)
    for line in lines:
        Console().print(printable(line), highlight=False, markup=False, soft_wrap=True)
    return found.exit_code


def told(found: Replay, folder: RunFolder) -> list[str]:
    """What a person wants to know of a replay, a line each."""
    lines = [f"warning: {sentence}" for sentence in found.changed]
    difference = found.difference
    if found.ops is None:
        lines.append(f"{folder.path} holds no history to compare with")
    elif difference is not None:
        lines += [
            f"the histories differ from op {difference.index} on:",
            f"  before  {difference.before or '(ended)'}",
            f"  now     {difference.now or '(ended)'}",
        ]
        if not found.changed:
            lines.append(
                "the same code and the same Python should give the same history: this is a mistake "
                "in splitbrain or a plugin (a clock, a thread, unseeded randomness, a set's order)"
            )
    elif found.compared < found.ops:
        came = f"{found.compared} of {found.ops} ops"
        lines.append(f"the same as far as this replay came, which was cut short: {came}")
    elif found.unfinished:
        lines.append(f"the same {found.ops} ops, byte for byte, and on from where it was cut short")
    else:
        lines.append(f"the same history, byte for byte: {found.ops} ops")
    valid = found.run.results["valid"]
    if found.valid_before not in (None, valid):
        lines.append(f"the verdict was {_word(found.valid_before)} then: {_word(valid)} now")
    return lines


def _word(valid: Any) -> str:
    return "unknown" if valid == "unknown" else "valid" if valid else "invalid"


def _found(found: Replay, folder: RunFolder) -> dict[str, Any]:
    difference = found.difference
    return {
        "of": str(folder.path),
        "same": None if found.ops is None else difference is None,
        "ops": found.ops,
        "compared": found.compared,
        "unfinished": found.unfinished,
        "first_difference": None
        if difference is None
        else {"index": difference.index, "before": difference.before, "now": difference.now},
        "changed": found.changed,
        "valid_before": found.valid_before,
        "results": found.run.results,
    }
