"""`splitbrain run`: one test from beginning to end."""

from __future__ import annotations

import json
import re
import secrets
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape

from harness import plugins
from harness.cli.by_commas import by_commas
from harness.cli.console import Console
from harness.cli.folder import OutFolder
from harness.cli.progress import Progress
from harness.cli.script_options import resolve_script
from harness.cli.target_options import read_options, target_options
from harness.cli.verdict_text import (
    say_counterexample,
    say_invariants,
    say_promises,
    say_verdict,
)
from harness.places import makeable
from harness.spec import (
    MAX_NODES,
    Cadence,
    SpecError,
    TestSpec,
    TimeLimits,
    concurrency,
    node_names,
    with_command,
)

if TYPE_CHECKING:
    from harness.run import RunResult

_DEFAULTS = {"target": "raft", "world": "local", "workload": "register", "nemesis": "partition"}


@click.command(name="run")
@click.argument(
    "script",
    required=False,
    metavar="[SCRIPT.toml]",
    type=click.Path(dir_okay=False, path_type=Path),
)
@click.option("--target", default=_DEFAULTS["target"], help="The store: name[@version].")
@click.option("--world", default=_DEFAULTS["world"], help="Where the nodes run.")
@click.option("--workload", default=_DEFAULTS["workload"], help="What the clients do.")
@click.option(
    "--nemesis",
    default=_DEFAULTS["nemesis"],
    help="Faults, by commas; name:place binds one to a place (partition:halves); none; all that "
    "the world can make.",
)
@click.option("--nodes", default="5", help="How many, or their names by commas.")
@click.option("--node", multiple=True, help="One node's name (repeatable, instead of --nodes).")
@click.option("--time-limit", type=float, default=20.0, help="Seconds of the main phase.")
@click.option(
    "--concurrency",
    "clients",
    default="2n",
    help="Client threads: a number, or 3n for three a node.",
)
@click.option("--rate", type=float, default=200.0, help="Operations a second, over all clients.")
@click.option("--ops-per-key", type=int, default=100, help="Operations before a key is given up.")
@click.option("--client-timeout", type=float, default=1.0, help="Seconds before an op is info.")
@click.option("--nemesis-interval", type=float, help="Seconds that a fault lasts [default: 5].")
@click.option("--nemesis-quiet", type=float, help="Seconds of quiet before a fault [default: 3].")
@click.option(
    "--nemesis-overlap", default=1, show_default=True, help="So many kinds of fault at once."
)
@click.option("--bug", "bugs", multiple=True, help="Switch a planted bug on (repeatable).")
@target_options
@click.option(
    "--stop-on-violation",
    is_flag=True,
    help="End the run as soon as an operation proves the store wrong.",
)
@click.option("--seed", type=int, help="Of every random choice [default: a fresh one].")
@click.option("--name", help="Of the run's folder [default: target-workload-nemesis].")
@click.option(
    "--out",
    type=OutFolder(),
    default=Path("runs"),
    help="Where the runs' folders go.",
)
@click.option("--leave-db-running", is_flag=True, help="Keep the cluster for a look.")
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON, nothing else.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    script: Path | None,
    out: Path,
    leave_db_running: bool,
    as_json: bool,
    **options: Any,
) -> int:
    """Run one test: start a cluster, drive clients while faults strike, judge the history.

    With no options: the bundled Raft store, 5 nodes, registers, partitions, 20 seconds, all on this
    machine.

    With a script: its operations and faults at their times; options override its head.
    """
    from harness.run import run_test  # with numpy and all: `--help` does without

    if options["node"] and _said(ctx, "nodes"):
        raise SpecError("--node and --nodes: give one of the two")
    spec = resolve(**options) if script is None else resolve_script(script, ctx)
    with Progress() as progress:
        result = run_test(spec, out, progress, leave_running=leave_db_running)
    if as_json:
        click.echo(json.dumps(result.results, indent=2))
        for note in result.notes:
            click.echo(note, err=True)
    else:
        say_run(result)
    return result.exit_code


def _said(ctx: click.Context, name: str) -> bool:
    """Whether an option stands on the command line."""
    return ctx.get_parameter_source(name) is click.core.ParameterSource.COMMANDLINE


def resolve(
    *,
    target: str,
    world: str,
    workload: str,
    nemesis: str,
    nodes: str,
    node: tuple[str, ...],
    time_limit: float,
    clients: str,
    rate: float,
    ops_per_key: int,
    client_timeout: float,
    nemesis_interval: float | None,
    nemesis_quiet: float | None,
    nemesis_overlap: int,
    bugs: tuple[str, ...],
    options: tuple[str, ...],
    stop_on_violation: bool,
    seed: int | None,
    name: str | None,
) -> TestSpec:
    """Turn the command line into a whole test. Raises SpecError."""
    target_name, at, version = target.partition("@")
    names = list(node) or _nodes(nodes)
    faults = _nemeses(nemesis, world, target_name, len(names))
    fitting = Cadence.fitting(time_limit, len({f.partition(":")[0] for f in faults}))
    spec = TestSpec(
        name="-".join([target_name, workload, *(f.replace(":", "-") for f in faults)])
        if name is None
        else name,
        target=target_name,
        version=version if at else None,
        world=world,
        nodes=names,
        workload=workload,
        nemesis=faults,
        seed=secrets.randbelow(2**32) if seed is None else seed,
        time_limit=time_limit,
        concurrency=concurrency(clients, len(names)),
        rate=rate,
        ops_per_key=ops_per_key,
        bugs=list(bugs),
        options=read_options(options),
        stop_on_violation=stop_on_violation,
        cadence=Cadence(
            fitting.quiet_s if nemesis_quiet is None else nemesis_quiet,
            fitting.fault_s if nemesis_interval is None else nemesis_interval,
            nemesis_overlap,
        ),
        limits=TimeLimits(operation_s=client_timeout),
    )
    return with_command(spec)


def _nodes(text: str) -> list[str]:
    if re.fullmatch("[0-9]+", text) is None:
        return by_commas("nodes", text, "give how many, or their names by commas")
    if len(text) > 4:  # whatever is too many is told by the spec, and it is not made before
        raise SpecError(f"{text} nodes: give 1 to {MAX_NODES}")
    return node_names(int(text))


def _nemeses(text: str, world: str, target: str, nodes: int) -> list[str]:
    """Read the list of nemeses: `none` is no fault, `all` is every one that can strike here."""
    expected = "give names by commas, or 'none', or 'all'"
    given = by_commas("nemesis", text, expected)
    if given == ["none"]:
        return []
    if given == ["all"]:
        return list(makeable(plugins.load("world", world), plugins.load("target", target), nodes))
    for word in given:
        if (whole := word.partition(":")[0]) != word and whole in ("none", "all"):
            raise SpecError(f"--nemesis {word!r}: {whole!r} has no places; give {whole!r} alone")
    if {"none", "all"} & set(given):
        raise SpecError(f"--nemesis {text!r}: {expected}")
    return given


def say_run(result: RunResult) -> None:
    """Print what became of a run: verdict, reason, evidence, and where to look."""
    console = Console()
    results = result.results
    stats = results["stats"]
    summary = f"{results['name']} in {results['world']}, seed {results['seed']}"
    if stats.get("ops"):
        faults = len(results["checks"]["faults"]["faults"])
        summary += (
            f": {stats['ops']} operations ({stats['ok']} ok, {stats['fail']} fail, "
            f"{stats['info']} info), {faults} faults"
        )
    say_verdict(console, results["valid"], summary, results["reason"])
    say_counterexample(console, results["checks"].get("linearizable", {}))
    say_promises(console, results["checks"].get("linearizable", {}))
    say_invariants(console, results.get("invariants", {}))
    for note in result.notes:
        console.print(escape(note), highlight=False, soft_wrap=True)
    page = result.folder.page_file
    where = page if page.exists() else result.folder.path  # it may not have been drawn
    console.print(escape(f"{where}"), highlight=False, soft_wrap=True)
