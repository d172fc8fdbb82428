"""`splitbrain suite`: thousands of simulated tests, the faults chosen by what they still show."""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click
from rich.markup import escape

from harness.cli.by_commas import by_commas
from harness.cli.console import Console
from harness.cli.folder import OutFolder
from harness.cli.interrupt import interruptible
from harness.cli.target_options import read_options, target_options
from harness.spec import LEAST, MOST, Cadence, SpecError, TestSpec, node_names

if TYPE_CHECKING:
    from harness.campaign.family import Ranges
    from harness.campaign.suite import Suite

_SHOWN = 10
_PIPE_WIDTH = 200


@click.command(name="suite")
@click.option("--target", default="raft", help="The store: name[@version].")
@click.option("--world", default="sim", help="Where the nodes run: a simulation.")
@click.option("--workload", default="register", help="What the clients do.")
@click.option("--bug", "bugs", multiple=True, help="Switch a planted bug on (repeatable).")
@target_options
@click.option(
    "--nemesis",
    default="all",
    help="The faults to mix, by commas; name:place binds one; none; all that the world can make.",
)
@click.option("--nodes", default="3,5", help="How many: by commas, to be mixed; as all below.")
@click.option("--time-limit", default="4,8,16", help="Seconds of a test's main phase.")
@click.option("--concurrency", default="1n,2n,3n", help="Client threads, or 3n for three a node.")
@click.option("--rate", default="50,100,200", help="Operations a second, over all clients.")
@click.option("--client-timeout", default="0.3,1", help="Seconds before an op is info.")
@click.option("--nemesis-interval", default="0.5,1.5,4", help="Seconds that a fault lasts.")
@click.option("--nemesis-quiet", default="0.2,1,3", help="Seconds of quiet before a fault.")
@click.option("--nemesis-overlap", default="1,2", help="How many kinds of fault at once.")
@click.option("--ops-per-key", type=int, default=100, help="Operations before a key is given up.")
@click.option("--seeds", type=click.IntRange(1), default=1000, help="How many tests.")
@click.option("--seed", type=int, help="The first of them [default: a fresh one].")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes [default: one a core].")
@click.option(
    "--mixes", type=click.IntRange(1, 1000), help="How many [default: an eighth of seeds, 8–32]."
)
@click.option("--budget", type=float, help="End after so many seconds.")
@click.option("--stop-after", type=click.IntRange(1), help="End after so many failing seeds.")
@click.option(
    "--keep",
    type=click.IntRange(0),
    default=100,
    help="How many failing seeds get a run's folder; the first of each kind always does.",
)
@click.option("--name", help="Of the suite's folder, after `suite-` [default: target-workload].")
@click.option(
    "--out",
    type=OutFolder(),
    default=Path("runs"),
    help="Where the suites' folders go.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the results as JSON, nothing else.")
def command(
    *,
    seeds: int,
    workers: int | None,
    mixes: int | None,
    budget: float | None,
    stop_after: int | None,
    keep: int,
    out: Path,
    as_json: bool,
    nemesis: str,
    **options: Any,
) -> int:
    """Run many simulated tests, more of those that still reach new states.

    Each seed makes one test from a mix: some faults, their cadence, the number of nodes and
    clients, the load. A test depends on nothing but its own command line, which is printed for each
    that fails.

    Exit codes: 1 if a test caught the store, by its verdict or by a violated invariant; else 255 if
    one could not be carried out; else 2 if one is unknown or the suite was interrupted; else 0.
    """
    with interruptible() as said:  # first of all: an interrupt ends it in the same way at any time
        return _explore(
            seeds=seeds,
            workers=workers or os.cpu_count() or 1,
            mixes=mixes or max(8, min(32, seeds // 8)),
            budget=budget,
            stop_after=stop_after,
            keep=keep,
            out=out,
            as_json=as_json,
            nemesis=nemesis,
            said=said,
            **options,
        )


def _explore(
    *,
    seeds: int,
    workers: int,
    mixes: int,
    budget: float | None,
    stop_after: int | None,
    keep: int,
    out: Path,
    as_json: bool,
    nemesis: str,
    said: Callable[[], bool],
    **options: Any,
) -> int:
    from harness.campaign.explore import Until  # with numpy and all: `--help` does without
    from harness.campaign.family import family
    from harness.campaign.suite import Suite
    from harness.cli.suite_table import SuiteTable

    if budget is not None and not budget > 0:
        raise SpecError(f"--budget {budget:g}: must be above 0 seconds")
    base, ranges = resolve(**options)
    some = family(
        base,
        count=mixes,
        ranges=ranges,
        nemeses=None if nemesis.strip() == "all" else _texts("nemesis", nemesis),
    )
    with SuiteTable(seeds) as table:
        suite = Suite(
            base,
            some,
            seeds=seeds,
            workers=workers,
            until=Until(wall_s=budget, caught=stop_after, said=said),
            keep=keep,
            out=out,
            watcher=table,
        )
        suite.run()
    if as_json:
        click.echo(json.dumps(suite.results(), indent=2))
    else:
        _say(suite)
    return suite.exit_code()


def resolve(
    *,
    target: str,
    world: str,
    workload: str,
    bugs: tuple[str, ...],
    options: tuple[str, ...],
    nodes: str,
    time_limit: str,
    concurrency: str,
    rate: str,
    client_timeout: str,
    nemesis_interval: str,
    nemesis_quiet: str,
    nemesis_overlap: str,
    ops_per_key: int,
    seed: int | None,
    name: str | None,
) -> tuple[TestSpec, Ranges]:
    """What is tested, and what varies. Raises SpecError."""
    from harness.campaign.family import Ranges

    ranges = Ranges(
        nodes=tuple(_numbers("nodes", nodes, int)),
        concurrency=tuple(_texts("concurrency", concurrency)),
        rate=tuple(_numbers("rate", rate)),
        client_timeout_s=tuple(_numbers("client-timeout", client_timeout)),
        time_limit_s=tuple(_numbers("time-limit", time_limit)),
        quiet_s=tuple(_numbers("nemesis-quiet", nemesis_quiet)),
        fault_s=tuple(_numbers("nemesis-interval", nemesis_interval)),
        overlap=tuple(_numbers("nemesis-overlap", nemesis_overlap, int)),
    )
    if name == "":
        raise SpecError("--name '': give a name, or leave it out")
    target_name, at, version = target.partition("@")
    base = TestSpec(
        name="-".join([target_name, workload, *bugs]) if name is None else name,
        target=target_name,
        version=version if at else None,
        world=world,
        nodes=node_names(ranges.nodes[0]),
        workload=workload,
        nemesis=[],
        seed=secrets.randbelow(2**32) if seed is None else seed,
        time_limit=ranges.time_limit_s[0],
        concurrency=1,
        rate=ranges.rate[0],
        ops_per_key=ops_per_key,
        bugs=list(bugs),
        options=read_options(options),
        cadence=Cadence(ranges.quiet_s[0], ranges.fault_s[0]),
    )
    return base, ranges


def _texts(flag: str, text: str) -> list[str]:
    """Read a list by commas; `none` alone is the empty one of faults."""
    given = by_commas(flag, text, "give some by commas")
    if flag == "nemesis" and given == ["none"]:
        return []
    if flag == "nemesis" and {"none", "all"} & set(given):
        raise SpecError(f"--{flag} {text!r}: give some by commas")
    return given


def _numbers(flag: str, text: str, kind: Callable[[str], Any] = float) -> list[Any]:
    words = _texts(flag, text)
    try:
        numbers = [kind(word) for word in words]
    except ValueError:
        raise SpecError(f"--{flag} {text!r}: give numbers by commas") from None
    for number in numbers:
        if kind is int and not 1 <= number < MOST:
            raise SpecError(f"--{flag} {number}: give a whole number from 1, and below {MOST:,}")
        if not LEAST <= number < MOST:
            raise SpecError(f"--{flag} {number:g}: give at least {LEAST:g}, and below {MOST:,}")
    return numbers


def _say(suite: Suite) -> None:
    from harness.campaign.explore import INTERRUPTED
    from harness.cli.suite_table import counts, mixes, told

    console = Console()
    summary = suite.summary
    console.print(
        f"{summary.tests:,} tests in {summary.wall_s:,.1f} s, ended by {summary.ended}; first seed "
        f"{suite.results()['seed']}",
        highlight=False,
        soft_wrap=True,
    )
    if not summary.tests:
        when = "before that" if summary.ended == INTERRUPTED else "within the budget"
        console.print(f"no test was finished {when}: nothing is known", soft_wrap=True)
    console.print(counts(summary), highlight=False, soft_wrap=True)
    wide = console if console.is_terminal else Console(width=_PIPE_WIDTH)
    wide.print(mixes(summary, _SHOWN))
    results = suite.results()
    for outcomes, words in (
        (summary.caught, results["failing"]),
        (summary.failed, results["failed"]),
        (summary.unknown, results["unknown"]),
    ):
        for outcome, found in list(zip(outcomes, words, strict=True))[:_SHOWN]:
            console.print(told(outcome), soft_wrap=True)
            console.print(f"  {escape(found['command'])}", highlight=False, soft_wrap=True)
            if found["folder"]:
                console.print(f"  {escape(found['folder'])}", highlight=False, soft_wrap=True)
            if not found.get("same_history", True):
                console.print("  [bold red]its second run gave another history[/]", soft_wrap=True)
        if len(outcomes) > _SHOWN:
            console.print(f"  … and {len(outcomes) - _SHOWN} more in {escape(suite.file.name)}")
    console.print(escape(f"{suite.file}"), highlight=False, soft_wrap=True)
