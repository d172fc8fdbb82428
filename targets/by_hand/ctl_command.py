"""`splitbrain store ctl`: read, write and administer a cluster that was started by hand."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import click

from harness.client import DidNotHappen
from harness.worlds.world import Address
from targets.by_hand import talk
from targets.by_hand.cluster import cluster, one_of


@click.group(name="ctl")
@click.option("--cluster", "nodes", help="All nodes: NAME=HOST:PORT,… [env: SPLITBRAIN_CLUSTER]")
@click.option("--node", help="Ask this one [default: the leader].")
@click.pass_context
def ctl(ctx: click.Context, nodes: str | None, node: str | None) -> None:
    """Talk to a cluster that `splitbrain store` runs.

    Keys and values are JSON; a plain word is a string. The answer is JSON, on stdout.

    Exit codes: 0 done, 1 it did not happen (a cas that found another value, a refusal), 2 it may
    have happened, 254 bad input, 255 no node answers.
    """
    members = cluster(nodes or ctx.obj)
    if node is not None:
        one_of(members, node)
    ctx.obj = (members, node)


def _json(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


def _do(ctx: click.Context, ask: Callable[[Address], Awaitable[Any]]) -> None:
    members, node = ctx.obj

    async def at_the_right_node() -> Any:
        return await ask(members[node] if node else await talk.somebody(members))

    try:
        answer = asyncio.run(at_the_right_node())
    except DidNotHappen as error:
        click.echo(f"did not happen: {error}", err=True)
        ctx.exit(1)
    except talk.Unsure as error:
        click.echo(f"may have happened: {error}", err=True)
        ctx.exit(2)
    click.echo(json.dumps(answer))


@ctl.command()
@click.pass_context
def status(ctx: click.Context) -> None:
    """What every node says of itself, a line each."""
    members, node = ctx.obj
    asked = {node: members[node]} if node else members
    found = asyncio.run(talk.statuses(asked))
    for name, said in found.items():
        click.echo(json.dumps(said if isinstance(said, dict) else {"node": name, "error": said}))
    if not any(isinstance(said, dict) for said in found.values()):
        ctx.exit(255)


@ctl.command()
@click.argument("key")
@click.pass_context
def read(ctx: click.Context, key: str) -> None:
    """Read KEY, linearizably; null when it was never written."""
    _do(ctx, lambda address: talk.call(address, "read", _json(key), None))


@ctl.command()
@click.argument("key")
@click.argument("value")
@click.pass_context
def write(ctx: click.Context, key: str, value: str) -> None:
    """Write VALUE to KEY."""
    _do(ctx, lambda address: talk.call(address, "write", _json(key), _json(value)))


@ctl.command()
@click.argument("key")
@click.argument("old")
@click.argument("new")
@click.pass_context
def cas(ctx: click.Context, key: str, old: str, new: str) -> None:
    """Write NEW to KEY if it holds OLD; exit code 1 if it holds something else."""
    pair = [_json(old), _json(new)]
    _do(ctx, lambda address: talk.call(address, "cas", _json(key), pair))


def _admin(action: str, what: str) -> None:
    @ctl.command(name=action, help=what)
    @click.argument("server")
    @click.pass_context
    def administer(ctx: click.Context, server: str) -> None:
        one_of(ctx.obj[0], server)
        _do(ctx, lambda address: talk.administer(address, [action, server]))


_admin("transfer", "Hand the leadership to SERVER.")
_admin("add", "Make SERVER a learner: it gets the log and has no vote.")
_admin("promote", "Make the learner SERVER a voter.")
_admin("remove", "Take SERVER out of the cluster.")
