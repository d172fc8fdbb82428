"""`splitbrain store`: run one node of a bundled store by hand, in the foreground.

::

    export SPLITBRAIN_CLUSTER=n1=127.0.0.1:7100,n2=127.0.0.1:7200,n3=127.0.0.1:7300
    splitbrain store --node n1        one terminal each; and in another one:
    splitbrain store ctl write x 5
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import click

from harness import plugins
from harness.cli.target_options import read_options, target_options
from harness.spec import SpecError
from targets.bundled_store import BundledStore
from targets.by_hand.cluster import cluster, one_of
from targets.by_hand.ctl_command import ctl
from targets.store.settings import arguments


def _require(target: str) -> type[BundledStore]:
    """The bundled store of that name; UnknownName lists those there are."""
    bundled = _bundled()
    if target not in bundled:
        plugins.require("target", target, bundled)
    return bundled[target]


def _bundled() -> dict[str, type[BundledStore]]:
    """The targets that are bundled stores, by name."""
    found = {name: plugins.load("target", name) for name in plugins.names("target")}
    return {
        name: target
        for name, target in found.items()
        if isinstance(target, type) and issubclass(target, BundledStore)
    }


@click.group(name="store", invoke_without_command=True)
@click.option("--target", envvar="SPLITBRAIN_TARGET", default="raft", help="Which store.")
@click.option("--node", help="Which node of the cluster to run.")
@click.option("--cluster", "nodes", envvar="SPLITBRAIN_CLUSTER", help="All nodes: NAME=HOST:PORT,…")
@click.option("--data", help="Where it keeps its data [default: ./NODE.data].")
@target_options
@click.option("--bug", "bugs", multiple=True, help="Switch a planted bug on (repeatable).")
@click.pass_context
def command(
    ctx: click.Context,
    target: str,
    node: str | None,
    nodes: str | None,
    data: str | None,
    options: Sequence[str],
    bugs: Sequence[str],
) -> None:
    """Run one node of a bundled store in the foreground; `store ctl` talks to a cluster.

    Each node of --cluster takes clients at its port, and its peers at the next one. What happens
    goes to stderr, a line an event. Ctrl-C ends the node; it goes on from its data when it is
    started again.
    """
    _require(target)
    if ctx.invoked_subcommand is not None:
        ctx.obj = (target, nodes)
        return
    argv = node_arguments(target, node, nodes, data, options, bugs)
    from targets.store.__main__ import main

    ctx.exit(255 if main(argv) else 0)


def node_arguments(
    target: str,
    node: str | None,
    nodes: str | None,
    data: str | None,
    options: Sequence[str],
    bugs: Sequence[str],
) -> list[str]:
    """The same for `targets.store`, all of it checked.

    Raises:
        SpecError, UnknownName: say what is wrong with which of them.
    """
    members = cluster(nodes)
    if node is None:
        raise SpecError(f"which node? give --node, one of {', '.join(members)}")
    host, port = one_of(members, node)
    if data == "":
        raise SpecError("--data '' names no directory: give one, or . for this one")
    home = Path(data or f"{node}.data")
    if home.exists() and not home.is_dir():
        raise SpecError(f"--data {home}: that is a file; give a directory, or one to be made")
    given = read_options(options)
    try:
        store = _require(target)(bugs=bugs, options=given)
        store.must_suit(list(members))
    except ValueError as error:
        raise SpecError(str(error)) from None
    argv = ["--name", node, "--protocol", target]
    argv += ["--client", f"{host}:{port}", "--listen", f"{host}:{port + 1}"]
    for name, address in members.items():
        if name != node:
            argv += ["--peer", f"{name}={address.host}:{address.port + 1}"]
    for flag in bugs:
        argv += ["--bug", flag]
    return [*argv, *arguments(store.options), "--data", str(home)]


command.add_command(ctl)
