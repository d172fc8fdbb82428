"""`splitbrain clean`: remove what crashed runs left, and what was left running on purpose."""

from __future__ import annotations

import asyncio

import click

from harness import exit_codes, plugins
from harness.worlds.world import WorldError


@click.command(name="clean")
@click.option("--all", "everything", is_flag=True, help="Built images as well.")
def command(everything: bool) -> int:
    """Remove what crashed runs left, and clusters that --leave-db-running kept.

    Runs that are still going are left alone.
    """
    nothing = True
    for name in plugins.names("world"):
        try:
            removed = asyncio.run(plugins.load("world", name).clean(everything=everything))
        except WorldError as error:
            # A world that can't be reached has nothing of ours that we could remove.
            click.echo(f"{name}: {error}", err=True)
            continue
        for line in removed:
            nothing = False
            click.echo(f"{name}: {line}")
    if nothing:
        click.echo("nothing to clean")
    return exit_codes.VALID
