"""`splitbrain score`: how many of a target's seeded bugs are caught, by what, and how soon."""

from __future__ import annotations

import json
import os
import shlex
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harness.cli.console import Console
from harness.cli.folder import OutFolder
from harness.cli.interrupt import interruptible
from harness.cli.target_options import read_options, target_options
from harness.spec import Cadence, TestSpec, TimeLimits, node_names

if TYPE_CHECKING:
    from harness.score.measure import Settings

_NODES = 3
_TIME_LIMIT_S = 8.0
_CHECK_S = 30.0
_PIPE_WIDTH = 200


@click.command(name="score")
@click.option("--target", default="raft", help="The store: name[@version].")
@click.option("--world", default="sim", help="Where the nodes run: a simulation.")
@click.option("--bug", "bugs", multiple=True, help="Only this one (repeatable) [default: all].")
@target_options
@click.option("--budget", type=float, default=120.0, help="CPU seconds of each search for a bug.")
@click.option("--searches", type=int, default=3, help="For each bug; the median one counts.")
@click.option("--clean-seeds", type=int, default=2000, help="Tests with all bugs off; 0 for none.")
@click.option("--seed", type=int, default=1, help="Of every test.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes [default: one a core].")
@click.option(
    "--out",
    type=OutFolder(),
    default=Path("runs"),
    help="Where the scores' folders go.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the score as JSON, nothing else.")
def command(
    *,
    target: str,
    world: str,
    bugs: tuple[str, ...],
    options: tuple[str, ...],
    budget: float,
    searches: int,
    clean_seeds: int,
    seed: int,
    workers: int | None,
    out: Path,
    as_json: bool,
) -> int:
    """Search for every seeded bug of a target by simulated tests, and for none where there is none.

    A bug is caught by the verdict on what clients saw, or by an invariant only; or it is missed, or
    proven equivalent: nobody can see it. With all bugs off nothing may be reported. The same seed
    makes the same tests on any number of workers.

    Exit codes: 0 if every bug not proven equivalent is caught and nothing is reported with all bugs
    off, else 1, also when it is interrupted; 254 bad input; 255 if all that is missing could not
    be searched for, because tests could not be carried out.
    """
    words = ["splitbrain", "score", "--target", target, "--world", world, "--seed", str(seed)]
    words += ["--budget", f"{budget:g}", "--searches", str(searches)]
    words += ["--clean-seeds", str(clean_seeds)]
    words += [word for bug in bugs for word in ("--bug", bug)]
    words += [word for option in options for word in ("--option", option)]
    with interruptible() as said:  # first of all: an interrupt ends it in the same way at any time
        from harness.score.measure import Settings  # with numpy and all: `--help` does without

        return _measure(
            _base(target, world, seed, read_options(options)),
            Settings(budget_cpu_s=budget, searches=searches, clean_seeds=clean_seeds),
            bugs,
            workers or os.cpu_count() or 1,
            out,
            shlex.join(words),
            interrupted=said,
            as_json=as_json,
        )


def _base(target: str, world: str, seed: int, options: Mapping[str, str]) -> TestSpec:
    """What all tests have in common; mixes replace the rest."""
    name, at, version = target.partition("@")
    return TestSpec(
        name=f"score-{name}",
        target=name,
        version=version if at else None,
        world=world,
        nodes=node_names(_NODES),
        workload="register",
        nemesis=[],
        seed=seed,
        time_limit=_TIME_LIMIT_S,
        concurrency=_NODES,
        rate=100.0,
        ops_per_key=50,
        options=dict(options),
        cadence=Cadence.fitting(_TIME_LIMIT_S),
        limits=TimeLimits(check_s=_CHECK_S),
    )


def _measure(
    base: TestSpec,
    settings: Settings,
    bugs: tuple[str, ...],
    workers: int,
    out: Path,
    line: str,
    *,
    interrupted: Callable[[], bool],
    as_json: bool,
) -> int:
    from harness.campaign.outcome import outcome_of
    from harness.campaign.pool import Pool
    from harness.campaign.seldom import Seldom
    from harness.cli.score_table import ScoreTable, said
    from harness.score.measure import Measurement
    from harness.score.write import SCORE_FILE, draw_score, new_folder, write_score

    measurement = Measurement(base, settings, bugs)
    folder = new_folder(out, base.target)

    def write() -> None:
        write_score(folder, measurement.score(line))

    with ScoreTable(measurement):
        try:
            with Pool(outcome_of, workers) as pool:
                measurement.run(pool, changed=Seldom(write), said=interrupted)
        finally:
            write()
    notes = draw_score(folder)
    score = measurement.score(line)
    if as_json:
        click.echo(json.dumps(score.to_json(), indent=2))
    else:
        console = Console() if sys.stdout.isatty() else Console(width=_PIPE_WIDTH)
        for part in said(score):
            console.print(part, soft_wrap=isinstance(part, str), highlight=False)
        click.echo(str(folder / SCORE_FILE))
    for note in notes:
        click.echo(note, err=True)
    return score.exit_code
