"""`splitbrain store ctl`: read, write and administer a cluster that was started by hand."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Awaitable, Callable, Mapping
from typing import Any, NamedTuple

import click

from harness.client import DidNotHappen, Indeterminate
from harness.spec import SpecError
from harness.worlds.world import Address, WorldError
from targets.by_hand import talk
from targets.by_hand.cluster import cluster, one_of
from targets.by_hand.hold import hold
from targets.store.chubby.machine import wrong_sequencer


class Asked(NamedTuple):
    """Which store is asked, and at which node."""

    target: str
    members: Mapping[str, Address]
    node: str | None


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
    target, named = ctx.obj
    members = cluster(nodes or named)
    if node is not None:
        one_of(members, node)
    ctx.obj = Asked(target, members, node)


def _json(text: str) -> Any:
    """JSON, or a plain word. What began as JSON and is none is no word: it was meant otherwise."""
    try:
        value = json.loads(text, parse_constant=_no_constant)
    except (ValueError, RecursionError):
        if text in _CONSTANTS or text.startswith(tuple('[{"-0123456789')):
            raise SpecError(f"{text[:40]!r} is neither JSON nor a plain word") from None
        value = text
    try:
        json.dumps(value, ensure_ascii=False).encode()
    except UnicodeEncodeError:
        raise SpecError(f"{text[:40]!r} is no UTF-8 text") from None
    return value


_CONSTANTS = ("NaN", "Infinity")
"""What Python's JSON knows, and nobody else's."""


def _no_constant(text: str) -> Any:
    raise ValueError(text)


def _do(ctx: click.Context, ask: Callable[[Address], Awaitable[Any]]) -> Any:
    """The answer of the right node; ends the command where there is none."""
    asked: Asked = ctx.obj

    async def at_the_right_node() -> Any:
        node, members = asked.node, asked.members
        return await ask(members[node] if node else await talk.somebody(members))

    try:
        answer = asyncio.run(at_the_right_node())
    except DidNotHappen as error:
        click.echo(f"did not happen: {error}", err=True)
        ctx.exit(1)
    except (talk.Unsure, Indeterminate) as error:
        click.echo(f"may have happened: {error}", err=True)
        ctx.exit(2)
    except asyncio.CancelledError:
        click.echo("interrupted", err=True)
        ctx.exit(255)
    except ConnectionError as error:
        raise WorldError(str(error)) from None
    return answer


def _say(answer: Any) -> None:
    click.echo(json.dumps(answer))


@ctl.command()
@click.pass_context
def status(ctx: click.Context) -> None:
    """What every node says of itself, a line each."""
    node, members = ctx.obj.node, ctx.obj.members
    found = asyncio.run(talk.statuses({node: members[node]} if node else members))
    for name, said in found.items():
        click.echo(json.dumps(said if isinstance(said, dict) else {"node": name, "error": said}))
    if not any(isinstance(said, dict) for said in found.values()):
        ctx.exit(255)


@ctl.command()
@click.argument("key")
@click.pass_context
def read(ctx: click.Context, key: str) -> None:
    """Read KEY, linearizably; null when it was never written."""
    target, at = ctx.obj.target, _json(key)
    _say(_do(ctx, lambda address: talk.call(target, address, "read", at, None)))


@ctl.command()
@click.argument("key")
@click.argument("value")
@click.option("--sequencer", help="Of a lock of chubby's: refused unless it is held just so.")
@click.pass_context
def write(ctx: click.Context, key: str, value: str, sequencer: str | None) -> None:
    """Write VALUE to KEY."""
    target, at, new = ctx.obj.target, _json(key), _json(value)
    if sequencer is None:
        _say(_do(ctx, lambda address: talk.call(target, address, "write", at, new)))
        return
    _require_locks(target)
    fence = _json(sequencer)
    if (wrong := wrong_sequencer(fence)) is not None:
        raise SpecError(f"--sequencer: {wrong}")
    _say(_do(ctx, lambda address: talk.fenced_write(address, at, new, fence)))


@ctl.command()
@click.argument("key")
@click.argument("old")
@click.argument("new")
@click.pass_context
def cas(ctx: click.Context, key: str, old: str, new: str) -> None:
    """Write NEW to KEY if it holds OLD; exit code 1 if it holds something else."""
    target, at, pair = ctx.obj.target, _json(key), [_json(old), _json(new)]
    _say(_do(ctx, lambda address: talk.call(target, address, "cas", at, pair)))


@ctl.command(context_settings={"ignore_unknown_options": True})
@click.argument("key")
@click.argument("command", nargs=-1, required=True, type=click.UNPROCESSED)
@click.option("--wait", type=float, help="Seconds to wait for the lock [default: no end].")
@click.pass_context
def lock(ctx: click.Context, key: str, command: tuple[str, ...], wait: float | None) -> None:
    """Run COMMAND while this client holds the lock KEY of the lock service (--target chubby).

    The command finds its sequencer in SPLITBRAIN_SEQUENCER, and is ended when the lease may have
    run out. The exit code is the command's, or 1 if the lock was not to be had or got lost.
    """
    _require_locks(ctx.obj.target)
    if shutil.which(command[0]) is None:
        raise SpecError(f"no such command: {command[0]!r}")
    what = _json(key)
    ctx.exit(_do(ctx, lambda address: hold(address, what, command, wait)))


def _require_locks(target: str) -> None:
    if target != "chubby":
        raise SpecError(f"{target} has no locks: splitbrain store --target chubby ctl …")


def _admin(action: str, what: str) -> None:
    @ctl.command(name=action, help=what)
    @click.argument("server")
    @click.pass_context
    def administer(ctx: click.Context, server: str) -> None:
        one_of(ctx.obj.members, server, action)
        _say(_do(ctx, lambda address: talk.administer(address, [action, server])))


_admin("transfer", "Hand the leadership to SERVER.")
_admin("add", "Make SERVER a learner: it gets the log and has no vote.")
_admin("promote", "Make the learner SERVER a voter.")
_admin("remove", "Take SERVER out of the cluster.")
