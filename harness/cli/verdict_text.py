"""A verdict in words for a terminal."""

from __future__ import annotations

from typing import Any

from rich.markup import escape

from harness.cli.console import Console
from harness.cli.printable import printable
from harness.model import as_json, shown

WORDS = {True: ("VALID", "bold green"), False: ("INVALID", "bold red")}
UNKNOWN = ("UNKNOWN", "bold yellow")
_SHOWN = 12
_VIOLATIONS = 3


def say_verdict(console: Console, valid: Any, summary: str, reason: str | None) -> None:
    """Print the verdict line, and the reason on the next."""
    word, style = UNKNOWN if valid == "unknown" else WORDS[valid]
    console.print(
        f"[{style}]{word}[/]  {escape(printable(summary))}", highlight=False, soft_wrap=True
    )
    if reason:
        console.print(f"  {escape(printable(reason))}", highlight=False, soft_wrap=True)


def say_counterexample(console: Console, verdict: dict[str, Any], *, timed: bool = True) -> None:
    """Print the operations of a counterexample, one a line, with their times or else their ops."""
    operations = verdict.get("counterexample") or []
    for operation in operations[:_SHOWN]:
        key = "" if operation["key"] is None else f"{shown(operation['key'])} "
        line = (
            f"  {_when(operation, timed)}  process {operation['process']:<4} "
            f"{operation['f']} {key}{as_json(operation['value'])}  {operation['outcome']}"
        )
        console.print(escape(printable(line)), highlight=False, soft_wrap=True)
    if len(operations) > _SHOWN:
        console.print(f"  … and {len(operations) - _SHOWN} more operations", highlight=False)


def _when(operation: dict[str, Any], timed: bool) -> str:
    """From when to when it was open."""
    begin, done = operation["invoked"], operation["completed"]
    if timed:
        end = f"{done['time'] / 1e9:9.3f} s" if done else f"{'…':>9}  "
        return f"{begin['time'] / 1e9:9.3f} – {end}"
    return f"op {begin['index']:>6} – {done['index'] if done else '…':>6}"


def say_promises(console: Console, verdict: dict[str, Any]) -> None:
    """Print which weaker promises were kept, and which were not."""
    for promise in verdict.get("promises", ()):
        word, style = UNKNOWN if promise["valid"] == "unknown" else WORDS[promise["valid"]]
        line = f"{promise['name']}: {promise['reason']}"
        console.print(
            f"  [{style}]{word.lower():<7}[/]  {escape(printable(line))}",
            highlight=False,
            soft_wrap=True,
        )


def say_invariants(console: Console, invariants: dict[str, Any]) -> None:
    """Print what an observer of all nodes saw violated; it stands beside the verdict."""
    violated = invariants.get("violated") or []
    for violation in violated[:_VIOLATIONS]:
        console.print(
            f"  [bold red]violated[/]  {escape(printable(violation))}",
            highlight=False,
            soft_wrap=True,
        )
    if len(violated) > _VIOLATIONS:
        more = len(violated) - _VIOLATIONS
        console.print(f"  … and {more} more violations of invariants", highlight=False)
