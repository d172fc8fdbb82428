"""`harness.env.Env` for a node that is a process: two listeners, a link to each peer, one disk.

Clients and peers come in by separate ports. A client is known by the connection it came on, a peer
by the name in the first frame of its link.
"""

from __future__ import annotations

import asyncio
import json
import os
import socket
from collections.abc import Callable, Mapping
from random import Random
from typing import TypeAlias

from harness.env import Disk, Timer
from targets.store.posix.disk import PosixDisk
from targets.store.posix.frames import FrameProtocol
from targets.store.posix.link import ECHO, Link
from targets.store.posix.soon import Soon

Address: TypeAlias = tuple[str, int]


class PosixEnv:
    """The surroundings of one node process; made and used on a running event loop."""

    disk: Disk

    def __init__(self, name: str, peers: Mapping[str, Address]) -> None:
        self.name = name
        self.rng = Random(os.urandom(16))
        self._directory: PosixDisk | None = None
        self._loop = asyncio.get_running_loop()
        self._peers = peers
        self._links: dict[str, Link] = {}
        self._clients: dict[str, FrameProtocol] = {}
        self._incoming: dict[str, FrameProtocol] = {}
        self._echoed: dict[str, float] = {}
        self._servers: list[asyncio.Server] = []
        self._number = 0
        self._frames = 0
        self._on_frame: Callable[[str, bytes], None] = lambda sender, frame: None

    # Env

    def now(self) -> float:
        """See `harness.env.Env`."""
        return self._loop.time()

    def after(self, seconds: float, call: Callable[[], None]) -> Timer:
        """See `harness.env.Env`, and `targets.store.posix.soon` for what is due at once."""
        if seconds <= 0:
            return Soon(self._loop, lambda: self._frames, call)
        return self._loop.call_later(seconds, call)

    def send(self, peer: str, frame: bytes) -> None:
        """See `harness.env.Env`."""
        link = self._links.get(peer)
        if link is not None:
            link.send(frame)
            return
        client = self._clients.get(peer)
        if client is not None and not client.send(frame):
            client.abort()

    def receive(self, on_frame: Callable[[str, bytes], None]) -> None:
        """See `harness.env.Env`."""
        self._on_frame = on_frame

    def reached(self, point: str) -> None:
        """See `harness.env.Env`: a real process has no such observer."""

    # Life

    async def listen(self, client: Address, peer: Address) -> None:
        """Take connections from now on; OSError names a port that can't be had."""
        for make, (host, port) in ((self._make_incoming, peer), (self._make_client, client)):
            try:
                self._servers.append(await self._loop.create_server(make, host, port))
            except socket.gaierror as error:  # it does not say whose
                raise OSError(f"{host}: {error.strerror}") from None

    def mount(self, disk: PosixDisk) -> None:
        """Have this disk. After `listen`: nothing is made on a disk for a port that is taken."""
        self.disk = self._directory = disk

    def dial(self) -> None:
        """Start a link to every peer."""
        for peer, (host, port) in self._peers.items():
            self._links[peer] = Link(self.name, host, port)

    async def close(self) -> None:
        """Close all that is open."""
        for server in self._servers:
            server.close()
        for link in self._links.values():
            await link.close()
        for connection in [*self._clients.values(), *self._incoming.values()]:
            connection.close()
        if self._directory is not None:
            self._directory.close()

    # Clients

    def _make_client(self) -> FrameProtocol:
        connection = FrameProtocol(self._on_client_frame, self._on_client_lost)
        self._number += 1
        connection.name = f"client-{self._number}"
        self._clients[connection.name] = connection
        return connection

    def _on_client_frame(self, connection: FrameProtocol, frame: bytes) -> None:
        self._frames += 1
        self._on_frame(connection.name, frame)

    def _on_client_lost(self, connection: FrameProtocol) -> None:
        self._clients.pop(connection.name, None)

    # Peers' links

    def _make_incoming(self) -> FrameProtocol:
        return FrameProtocol(self._on_peer_frame, self._on_incoming_lost)

    def _on_peer_frame(self, connection: FrameProtocol, frame: bytes) -> None:
        if not connection.name:
            self._greet(connection, frame)
            return
        now = self._loop.time()
        if now - self._echoed[connection.name] > ECHO:
            self._echoed[connection.name] = now
            connection.send(b"")
        self._frames += 1
        self._on_frame(connection.name, frame)

    def _greet(self, connection: FrameProtocol, frame: bytes) -> None:
        """A new link of a peer takes the place of its old one, which is dead or will be."""
        try:
            (name,) = json.loads(frame)
        except ValueError:
            name = None
        if name not in self._peers:
            connection.abort()
            return
        old = self._incoming.get(name)
        connection.name = name
        self._incoming[name] = connection
        self._echoed[name] = self._loop.time()
        connection.send(b"")
        if old is not None:
            old.abort()

    def _on_incoming_lost(self, connection: FrameProtocol) -> None:
        if self._incoming.get(connection.name) is connection:
            del self._incoming[connection.name]
