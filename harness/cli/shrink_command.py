"""`splitbrain shrink`: a smaller test that fails as a run did."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape

from harness import exit_codes
from harness.cli.console import Console
from harness.cli.interrupt import terminable
from harness.cli.outputs import require_room
from harness.cli.printable import printable
from harness.cli.progress import Progress
from harness.run_folder import RunFolder
from harness.spec import SpecError, TestSpec

if TYPE_CHECKING:
    from harness.shrink.repeat import Repeated
    from harness.shrink.shrink import Shrunk
    from harness.shrink.source import Source

SCRIPT = "shrunk.toml"


@click.command(name="shrink")
@click.argument("run", metavar="RUN", type=click.Path(path_type=Path))
@click.option("--budget", type=float, default=120.0, help="Seconds for the search.")
@click.option("--workers", type=int, help="Trials at a time [default: the processors].")
@click.option(
    "--repeat",
    type=int,
    default=5,
    help="How often to repeat the smaller test in the world of the run, if that is real.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was found as JSON, nothing else.")
def command(*, run: Path, budget: float, workers: int | None, repeat: int, as_json: bool) -> int:
    """Find a smaller test that fails as RUN did: fewer nodes, faults, operations, clients.

    What happened in the run is put into a script, which is made smaller in the simulated world as
    long as it fails in the same way. It is written to shrunk.toml in the run's folder; `splitbrain
    run` repeats it, in any world. Exit codes: 1 there is such a script, 2 the simulation never
    failed, 255 none of it could be carried out.
    """
    from harness.campaign.pool import Pool
    from harness.shrink.court import try_spec
    from harness.shrink.repeat import repeat as run_again
    from harness.shrink.shrink import shrink
    from harness.shrink.source import read_source

    if not 0 < budget < 1e6:
        raise SpecError(f"--budget {budget:g}: must be above 0 and below 1,000,000 seconds")
    if workers is not None and not 1 <= workers <= 64:
        raise SpecError(f"--workers {workers}: must be from 1 to 64")
    if repeat < 0:
        raise SpecError(f"--repeat {repeat}: must be at least 0")
    folder = RunFolder.open(run)
    source = read_source(folder)
    require_room(folder.path / SCRIPT)
    repeated = unwritten = None
    with terminable(), Progress() as progress:
        with Pool(try_spec, workers or os.cpu_count() or 1) as pool:
            found = shrink(source, pool, budget_s=budget, say=progress.phase)
        if found.spec is not None:
            unwritten = _write(folder.path / SCRIPT, found.spec, _note(found, source))
        world = source.spec.world
        if found.spec is not None and world != found.spec.world and repeat and not unwritten:
            out = folder.path / "shrunk"
            repeated = run_again(found.spec, world, source.wanted, repeat, out, progress)
    if as_json:
        click.echo(json.dumps(_json(found, source, repeated, folder), indent=2))
    else:
        _say(found, source, repeated, folder)
    if unwritten is not None:
        raise unwritten
    return exit_codes.UNKNOWN if found.spec is None else exit_codes.INVALID


def _write(path: Path, spec: TestSpec, note: str) -> OSError | None:
    """Write the script; what kept it from that is told when the script has been shown."""
    from harness.script.file import write_script

    try:
        write_script(path, spec, note)
    except OSError as error:
        return error
    return None


def _note(found: Shrunk, source: Source) -> str:
    """The comment that a script begins with."""
    rate = f"Fails ({source.wanted}) {_rate(found)}."
    return f"Shrunk from a run of {source.spec.name}, seed {source.spec.seed}.\n{rate}"


def _rate(found: Shrunk) -> str:
    if found.rate is None:
        return "with this seed; others were not tried"
    return f"with {found.rate} of {found.seeds} seeds"


def _lost(found: Shrunk) -> str:
    return f", {found.lost} of which could not be carried out" if found.lost else ""


def _json(
    found: Shrunk, source: Source, repeated: Repeated | None, folder: RunFolder
) -> dict[str, Any]:
    shrunk = found.spec is not None
    return {
        "fails": source.wanted,
        "reproduced": shrunk,
        "script": str(folder.path / SCRIPT) if shrunk else None,
        "steps": found.spec.steps if found.spec is not None else [],
        "seed": found.spec.seed if found.spec is not None else None,
        "before": found.before,
        "after": found.after,
        "rate": None if found.rate is None else [found.rate, found.seeds],
        "trials": found.trials,
        "lost": found.lost,
        "ended": found.ended,
        "repeated": None
        if repeated is None
        else {
            "world": repeated.world,
            "failed": repeated.failed,
            "times": repeated.times,
            "folder": str(repeated.out),
        },
    }


def _say(found: Shrunk, source: Source, repeated: Repeated | None, folder: RunFolder) -> None:
    console = Console()

    def line(text: str, style: str = "") -> None:
        console.print(escape(printable(text)), style=style, highlight=False, soft_wrap=True)

    if found.spec is None:
        line(
            f"NOT REPRODUCED  what happened in the run, as a script, never failed "
            f"({source.wanted}) in {found.trials} simulated trials{_lost(found)}"
        )
    else:
        line(f"SHRUNK  fails as the run did: {source.wanted}")
        sizes = [f"{name} {found.before[name]:g} → {found.after[name]:g}" for name in found.after]
        line(f"  {', '.join(sizes)}")
        for step in found.spec.steps:
            line(f"  {step}", style="bold")
        line(f"  fails {_rate(found)}; {found.trials} trials{_lost(found)}")
    if found.ended:
        line(f"  ended early: {found.ended}")
    if repeated is not None:
        line(f"  {repeated.world}: fails {repeated.failed} of {repeated.times} times")
    if found.spec is not None:
        line(str(folder.path / SCRIPT))
