"""A score for a terminal: live while it is measured, and at its end."""

from __future__ import annotations

from collections.abc import Iterator
from types import TracebackType

from rich.console import Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table

from harness.cli.console import Console
from harness.cli.printable import printable
from harness.score.measure import Measurement
from harness.score.score import TO_THE_END, BugScore, CleanScore, Score

BY = {
    "verdict": ("caught by the verdict", "green"),
    "invariant": ("caught by an invariant only", "yellow"),
    "missed": ("not caught", "bold red"),
    "equivalent": ("proven equivalent", "dim"),
    "failed": ("not carried out", "bold red"),
    "unfinished": ("…", "dim"),
}
_REFRESH_PER_S = 2
_REPORTED = 10


class ScoreTable:
    """Draws a measurement on stderr if that is a terminal; a context manager."""

    def __init__(self, measurement: Measurement) -> None:
        console = Console(stderr=True)
        self._measurement = measurement
        self._live = (
            Live(
                get_renderable=self._drawn,
                console=console,
                refresh_per_second=_REFRESH_PER_S,
                transient=True,
            )
            if console.is_terminal
            else None
        )

    def __enter__(self) -> ScoreTable:
        if self._live is not None:
            self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._live is not None:
            self._live.stop()

    def _drawn(self) -> Group:
        score = self._measurement.score()
        clean = [] if score.clean is None else [told_clean(score.clean)]
        return Group(bugs_table(score.bugs), *clean)


def said(score: Score) -> Iterator[Table | str]:
    """What a person is told at the end, part by part."""
    yield bugs_table(score.bugs)
    summary = score.to_json()["score"]
    yield (
        f"[bold]{summary['caught']} of {summary['bugs']}[/] caught: {summary['by_verdict']} by the "
        f"verdict, {summary['by_invariant_only']} by an invariant only; "
        f"{summary['missed']} missed; {summary['equivalent']} proven equivalent"
        + (f"; {summary['failed']} could not be searched for" if summary["failed"] else "")
    )
    if score.clean is not None:
        yield told_clean(score.clean)
        for catch in score.clean.reported[:_REPORTED]:
            why = f"{', '.join(catch.kinds)}: {catch.reason}"
            yield f"  {escape(printable(why))}"
            yield f"  {escape(catch.command)}"
    for bug in score.bugs:
        if bug.missing_faults:
            yield (
                f"{bug.flag} asks for {', '.join(bug.missing_faults)}, which can't strike here: "
                "it was searched for without"
            )
    for bug in score.bugs:
        failed = next((found.failed_reason for found in bug.searches if found.failed), None)
        if failed:
            yield f"{bug.flag}: some tests could not be carried out: {escape(printable(failed))}"
    if score.ended != TO_THE_END:
        yield f"[bold]{score.ended}[/]: the rest was not searched"


def told_clean(clean: CleanScore) -> str:
    """The line of the correct store."""
    found = clean.found
    what = f"{len(clean.reported)} reported" if clean.reported else "nothing reported"
    rest = [f"{found.unknown} unknown"] if found.unknown else []
    if found.failed:
        rest.append(f"{found.failed} not carried out ({found.failed_reason})")
    aside = f" ({', '.join(rest)})" if rest else ""
    return escape(
        printable(
            f"with all bugs off: {what} in {found.tests:,} of {clean.wanted:,} tests, "
            f"{found.ops:,} operations, {found.simulated_s:,.0f} simulated seconds{aside}"
        )
    )


def bugs_table(bugs: list[BugScore]) -> Table:
    """A line a bug."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    table.add_column("bug", no_wrap=True)
    table.add_column("", no_wrap=True)
    for column in ("searches", "tests", "simulated s", "CPU s"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("by", no_wrap=True, overflow="ellipsis")
    table.add_column("workload, faults", overflow="fold")
    for bug in bugs:
        table.add_row(*_row(bug))
    return table


def _row(bug: BugScore) -> tuple[str, ...]:
    word, style = BY[bug.by]
    catch = bug.catch
    if catch is None:
        tests = sum(search.tests for search in bug.searches)
        simulated = sum(search.simulated_s for search in bug.searches)
        cpu = sum(search.cpu_s for search in bug.searches)
        numbers = (f"{tests:,}", f"{simulated:,.0f}", f"{cpu:,.1f}") if tests else ("", "", "")
        why = bug.equivalence or bug.anomaly
        return (bug.flag, f"[{style}]{word}[/]", _searches(bug), *numbers, "", escape(why))
    return (
        bug.flag,
        f"[{style}]{word}[/]",
        _searches(bug),
        f"{catch.tests:,}",
        f"{catch.simulated_s:,.0f}",
        f"{catch.cpu_s:,.1f}",
        escape(", ".join(catch.kinds)),
        escape(f"{catch.workload}; {' '.join(catch.nemesis) or 'no faults'}"),
    )


def _searches(bug: BugScore) -> str:
    """How many of the searches the catch was made in."""
    if not bug.searches:
        return ""
    kinds = {"verdict": ["verdict"], "invariant": ["invariant"]}.get(bug.by, [*bug.caught])
    return f"{max(bug.caught[kind] for kind in kinds)} of {len(bug.searches)}"
