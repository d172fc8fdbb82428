"""`splitbrain doctor`: what this machine can run, world by world, and how to get the rest."""

from __future__ import annotations

import asyncio
import platform
import sys

import click
from rich.markup import escape

from harness import exit_codes, plugins
from harness.cli.console import Console


@click.command(name="doctor")
@click.argument("world", required=False)
def command(world: str | None) -> int:
    """Say what this machine can run, and how to get what is missing.

    Exit code 0 when every world (or the one named) can run here, 255 when one can't.
    """
    if world is not None:
        plugins.require("world", world, plugins.names("world"))
    console = Console()
    console.print(
        f"Python {platform.python_version()} at {escape(sys.executable)}", highlight=False
    )
    everything_good = True
    for name in [world] if world else plugins.names("world"):
        findings = asyncio.run(plugins.load("world", name).diagnose())
        good = all(finding[0] for finding in findings)
        everything_good &= good
        style, word = ("green", "can run") if good else ("red", "can't run here")
        console.print(f"[bold]{name}[/]: [{style}]{word}[/]", highlight=False)
        for fine, what, remedy in findings:
            mark = "[green]✓[/]" if fine else "[red]✗[/]"
            todo = f" → {remedy}" if remedy else ""
            console.print(f"  {mark} {escape(what + todo)}", highlight=False, soft_wrap=True)
    return exit_codes.VALID if everything_good else exit_codes.FAILED
