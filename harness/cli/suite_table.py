"""The live table of a suite: how fast, how much, what was found, and which mixes it is spent on."""

from __future__ import annotations

from types import TracebackType

from rich.console import Group
from rich.live import Live
from rich.markup import escape
from rich.table import Table
from rich.text import Text

from harness.campaign.outcome import Outcome
from harness.campaign.summary import MixTally, Summary
from harness.cli.console import Console
from harness.cli.printable import printable

_MIXES = 12
_LINES = 20
_REFRESH_PER_S = 4
STYLES = {"valid": "green", "invalid": "bold red", "unknown": "yellow", "failed": "magenta"}


class SuiteTable:
    """A watcher of a suite that draws on stderr if that is a terminal; a context manager."""

    def __init__(self, seeds: int, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True)
        self._seeds = seeds
        self._summary = Summary()
        self._note = "starting"
        self._found = 0
        self._live = (
            Live(
                get_renderable=self.drawn,
                console=self._console,
                refresh_per_second=_REFRESH_PER_S,
                transient=True,
            )
            if self._console.is_terminal
            else None
        )

    def __enter__(self) -> SuiteTable:
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

    def found(self, outcome: Outcome) -> None:
        """A line above the table, which stays; the first few times."""
        self._found += 1
        if self._live is not None and self._found <= _LINES:
            self._console.print(told(outcome), soft_wrap=True)

    def show(self, summary: Summary, note: str) -> None:
        """Draw this from now on."""
        self._summary, self._note = summary, note

    def drawn(self) -> Group:
        """All of it, as it is now."""
        return Group(self._progress(), counts(self._summary), mixes(self._summary, _MIXES))

    def _progress(self) -> Text:
        summary = self._summary
        line = Text()
        line.append(f"{self._note}  ", style="bold")
        line.append(f"{summary.tests:,} of {self._seeds:,} seeds  {summary.wall_s:,.0f} s  ")
        line.append(f"{summary.tests / max(summary.wall_s, 1e-9):.1f} seeds/s", style="cyan")
        return line


def told(outcome: Outcome) -> Text:
    """One test that is not simply valid, in a line."""
    line = Text()
    if outcome.verdict == "valid" and outcome.invariants:  # no client came to see it
        line.append("VIOLATED  ", style=STYLES["invalid"])
    else:
        line.append(f"{outcome.verdict.upper()}  ", style=STYLES[outcome.verdict])
    by = f" ({', '.join(outcome.kinds)})" if outcome.kinds else ""
    why = outcome.reason or (outcome.invariants[0] if outcome.invariants else "")
    line.append(printable(f"seed {outcome.spec.seed}{by}: {why}"))
    return line


def counts(summary: Summary) -> Text:
    """What all tests were together, and what was found by what."""
    text = Text()
    fast = summary.simulated_s / max(summary.cpu_s, 1e-9)
    text.append(
        f"{summary.simulated_s:,.0f} s simulated, {fast:.0f} for each CPU second; "
        f"{summary.ops:,} operations; {summary.features:,} kinds of states\n"
    )
    for verdict in ("valid", "invalid", "unknown", "failed"):
        if count := summary.verdicts[verdict]:
            text.append(f"{count:,} {verdict}  ", style=STYLES[verdict])
    for kind, count in summary.kinds.most_common():
        text.append(f" {kind}: {count:,} ", style=STYLES["invalid"])
    return text


def mixes(summary: Summary, most: int) -> Table:
    """The mixes that the time went to, the largest share first."""
    table = Table(box=None, pad_edge=False, header_style="dim")
    for column in ("share", "tests", "states/CPU s", "caught"):
        table.add_column(column, justify="right", no_wrap=True)
    table.add_column("mix", no_wrap=True, overflow="ellipsis")
    tried = sorted(
        (tally for tally in summary.mixes if tally.tests), key=lambda tally: -tally.cpu_s
    )
    for tally in tried[:most]:
        table.add_row(*_row(tally, summary.cpu_s))
    if len(tried) > most:
        share = sum(tally.cpu_s for tally in tried[most:]) / max(summary.cpu_s, 1e-9)
        table.add_row(f"{share:.0%}", "", "", "", f"{len(tried) - most} more mixes")
    return table


def _row(tally: MixTally, cpu_s: float) -> tuple[str, ...]:
    return (
        f"{tally.cpu_s / max(cpu_s, 1e-9):.0%}",
        f"{tally.tests:,}",
        f"{tally.features / max(tally.cpu_s, 1e-9):,.1f}",
        f"{tally.caught:,}" if tally.caught else "",
        escape(str(tally.mix)),
    )
