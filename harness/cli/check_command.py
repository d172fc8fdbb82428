"""`splitbrain check`: judge a history that is there already."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from harness.cli.outputs import OutFile


@click.command(name="check")
@click.argument(
    "path", type=click.Path(exists=True, allow_dash=True, path_type=Path), metavar="FILE|RUN|-"
)
@click.option("--model", "model_name", help="What the store promised: register, semaphore:3, …")
@click.option("--independent", is_flag=True, help="Values are [key, value], as Jepsen writes them.")
@click.option("--time-limit", type=float, help="Give up after so many seconds: unknown.")
@click.option("--workers", type=int, help="Processes for different keys [default: one a core].")
@click.option("--json", "as_json", is_flag=True, help="Print the verdict as JSON, nothing else.")
@click.option("--evidence", is_flag=True, help="With --json: the linearization of a valid history.")
@click.option(
    "--certificate",
    type=OutFile(),
    help="Write the evidence to a file, for `splitbrain verify` [default: in a run's folder].",
)
@click.option(
    "--save-columns",
    type=OutFile(),
    help="Write the history as parquet, which is quicker to read again.",
)
def command(**options: Any) -> int:
    """Judge a history: a run's folder, or a file of JSON lines, Jepsen's EDN or parquet, or gzip;
    - is standard input.

    Without --model it is that of the run's workload, else the only one that knows every f in the
    history (or one of several that say the same).
    """
    from harness.cli.checking import judge_file  # with numpy and all: `--help` does without

    return judge_file(**options)
