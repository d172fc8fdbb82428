"""One node of the docker world: a container, worked on over SSH as any machine would be."""

from __future__ import annotations

import json
import shlex
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import PurePosixPath
from signal import Signals
from typing import Any, Protocol, TypeVar

from harness.env import Main
from harness.worlds import frames
from harness.worlds.docker.container import Place
from harness.worlds.docker.keys import HOME, SUPERVISOR, pack
from harness.worlds.docker.shell import Shell
from harness.worlds.world import Address, Connection, ProcessStatus, WorldError

Result = TypeVar("Result")

TRANSFER_LIMIT = 60
"""Seconds for a file to come or go."""

_HANG_UP = 0.02


class Blocking(Protocol):
    """`World.blocking`."""

    def __call__(self, call: Callable[[], Result], /) -> Awaitable[Result]:
        """Run a call that blocks on a thread."""


class DockerNode:
    """A container with at most one server. It exists from `arrive` on."""

    def __init__(
        self,
        name: str,
        ports: Mapping[str, int],
        peers: Mapping[str, DockerNode],
        blocking: Blocking,
    ) -> None:
        self.name = name
        self.home = HOME
        self.python = "python3"
        self._ports = ports
        self._peers = peers
        self._blocking = blocking
        self._place: Place | None = None
        self._shell: Shell | None = None

    def arrive(self, place: Place, shell: Shell) -> None:
        """From now on the node is there, and a shell on it is open."""
        self._place = place
        self._shell = shell

    def leave(self) -> None:
        """Hang up. Blocks for a moment."""
        if self._shell is not None:
            self._shell.close()

    @property
    def place(self) -> Place:
        """Where the node is."""
        if self._place is None:
            raise WorldError(f"{self.name} is not set up: set up the world first")
        return self._place

    def bind(self, port: str) -> Address:
        """Return where the server must listen: on every interface of its container."""
        return Address("0.0.0.0", self._ports[port])

    def reach(self, peer: str, port: str) -> Address:
        """Return where `peer` is on the run's own network."""
        return Address(self._peers[peer].place.ip, self._ports[port])

    def client_address(self, port: str) -> Address:
        """Return where the engine publishes a client port on the controller's loopback."""
        published = self.client_addresses()
        if port not in published:
            raise WorldError(f"port `{port}` is for peers: only `client*` ports are published")
        return published[port]

    def client_addresses(self) -> dict[str, Address]:
        """Return every published port of the server, by name."""
        published = self.place.published
        return {port: published[at] for port, at in self._ports.items() if at in published}

    async def dial(self, port: str) -> Connection:
        """Open a framed connection; ConnectionError when it is refused: nothing has been sent."""
        address = self.client_address(port)
        connection = await frames.dial(address)
        # The engine's forwarder has accepted, and only now dials the node. Where nobody listens, it
        # hangs up at once: that is a refusal, and seen here it makes a failed operation, not one
        # that may have happened.
        if await connection.lost_within(_HANG_UP):
            connection.close()
            raise ConnectionRefusedError(f"{self.name} refused a connection to port `{port}`")
        return connection

    async def upload(self, files: Mapping[str, bytes]) -> None:
        """Write files under `home`; all of them may be executed."""
        archive = pack({_inside(path): data for path, data in files.items()})
        await self.run(["tar", "--extract", "--directory", HOME], archive, TRANSFER_LIMIT)

    async def start(
        self,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        main: Main | None = None,
    ) -> None:
        """Start the server under the supervisor; returns once its process exists."""
        await self._supervisor("start", home=HOME, argv=list(argv), env=dict(env or {}))

    async def signal(self, signal: Signals) -> None:
        """Signal the server's process group; a kill, stop or continue has happened on return."""
        await self._supervisor("signal", number=int(signal))

    async def process(self) -> ProcessStatus:
        """Ask the node's kernel for the state of the server process."""
        return ProcessStatus(**await self._supervisor("process"))

    async def fetch(self, path: str) -> bytes:
        """Return a file under `home`, or `b""` when there is none."""
        file = shlex.quote(f"{HOME}/{_inside(path)}")
        return await self.run(
            ["sh", "-c", f"! test -e {file} || exec cat {file}"], limit=TRANSFER_LIMIT
        )

    async def wipe(self, directory: str) -> None:
        """Delete a directory under `home`; harmless when there is none."""
        await self.run(["rm", "-rf", "--", f"{HOME}/{_inside(directory)}"])

    async def run(self, argv: Sequence[str], stdin: bytes = b"", limit: float = 20) -> bytes:
        """Run a command on the node as root and return its stdout."""
        shell = self._shell
        if shell is None:
            raise WorldError(f"{self.name} is not set up: set up the world first")
        return await self._blocking(lambda: shell.run(argv, stdin, limit))

    async def _supervisor(self, command: str, **arguments: Any) -> dict[str, Any]:
        argv = [self.python, "-I", "-S", SUPERVISOR, command]
        answer = json.loads(await self.run(argv, json.dumps(arguments).encode()))
        if "refused" in answer:
            raise WorldError(f"{self.name}: {answer['refused']}")
        return dict(answer)


def _inside(path: str) -> str:
    parts = PurePosixPath(path).parts
    if not parts or parts[0] == "/" or ".." in parts:
        raise ValueError(f"{path!r} is not a path under the node's home")
    return str(PurePosixPath(*parts))
