"""Start one node: `python -m targets.store --name n1 --client HOST:PORT --listen HOST:PORT …`.

What happens goes to stderr, one line an event. SIGTERM ends the node; it has nothing left to write,
because everything acknowledged is on disk already.
"""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
import traceback
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from targets.store import VERSION, settings
from targets.store.journal import CorruptJournal
from targets.store.posix.disk import DiskInUse, PosixDisk
from targets.store.posix.env import Address, PosixEnv
from targets.store.protocols import PROTOCOLS, start_node


def _address(text: str) -> Address:
    host, _, port = text.rpartition(":")
    if not host or not port.isdigit():
        raise argparse.ArgumentTypeError(f"{text!r} is not HOST:PORT")
    return host.strip("[]"), int(port)


def _peer(text: str) -> tuple[str, Address]:
    name, _, address = text.partition("=")
    if not name or not address:
        raise argparse.ArgumentTypeError(f"{text!r} is not NAME=HOST:PORT")
    return name, _address(address)


def arguments(argv: Sequence[str]) -> argparse.Namespace:
    """Parse the command line, or exit with 2 and a line that says what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m targets.store", description=__doc__)
    parser.add_argument("--name", required=True, help="this node's name")
    parser.add_argument("--protocol", choices=list(PROTOCOLS), default="raft")
    parser.add_argument("--client", required=True, type=_address, metavar="HOST:PORT")
    parser.add_argument("--listen", required=True, type=_address, metavar="HOST:PORT")
    parser.add_argument(
        "--peer", action="append", default=[], type=_peer, metavar="NAME=HOST:PORT",
        help="another member and where to dial it; once for each",
    )  # fmt: skip
    parser.add_argument("--data", required=True, type=Path, metavar="DIR")
    parser.add_argument("--bug", action="append", default=[], metavar="FLAG")
    for setting in settings.known():
        parser.add_argument(f"--{setting.replace('_', '-')}", metavar="VALUE", default=None)
    found = parser.parse_args(argv)
    found.peers = dict(found.peer)
    if found.name in found.peers:
        parser.error(f"--peer {found.name}: a node is no peer of itself")
    given = {name: vars(found)[name] for name in settings.known()}
    try:
        PROTOCOLS[found.protocol].named(found.bug)
        said = {name: value for name, value in given.items() if value is not None}
        found.settings = settings.settings(said, found.protocol)
        settings.must_suit(found.settings, [found.name, *found.peers])
    except ValueError as error:
        parser.error(str(error))
    return found


def logger(name: str) -> Callable[[str], None]:
    """One line an event: the time in UTC, the node, what happened."""

    def log(event: str) -> None:
        time = datetime.now(UTC).isoformat(timespec="milliseconds")
        sys.stderr.write(f"{time} {name} {event}\n")
        sys.stderr.flush()

    return log


def crash_on_error(log: Callable[[str], None]) -> Callable[..., None]:
    """Make a handler for what asyncio would only report: a node that failed half-way must not go
    on. Trouble of one socket is no such thing.
    """

    def handle(_loop: asyncio.AbstractEventLoop, context: Mapping[str, Any]) -> None:
        error = context.get("exception")
        if error is None or (isinstance(error, OSError) and "handle" not in context):
            log(f"warning {context.get('message')}: {error}")
            return
        log(f"fatal {type(error).__name__}: {error}")
        traceback.print_exception(error)
        sys.stderr.flush()
        os._exit(1)

    return handle


async def serve(args: argparse.Namespace, log: Callable[[str], None]) -> None:
    """Run the node until SIGTERM or SIGINT."""
    loop = asyncio.get_running_loop()
    stop = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    loop.set_exception_handler(crash_on_error(log))
    log(f"start version={VERSION} protocol={args.protocol} bugs={','.join(args.bug) or 'none'}")
    env = PosixEnv(args.name, args.peers)
    await env.listen(args.client, args.listen)
    env.mount(PosixDisk(args.data))
    env.dial()
    start_node(env, tuple(args.peers), args.protocol, args.settings, args.bug, log)
    await stop.wait()
    await env.close()
    log("shut down")


def main(argv: Sequence[str]) -> int:
    """Run a node; 0 after a graceful end, 1 with one line when it can't start."""
    args = arguments(argv)
    log = logger(args.name)
    try:
        asyncio.run(serve(args, log))
    except (OSError, DiskInUse, CorruptJournal) as error:
        log(f"fatal {error}")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
