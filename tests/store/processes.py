"""Real processes on loopback, started as a person would start them by hand."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import struct
import subprocess
import sys
from pathlib import Path
from typing import Any

from targets.bundled_client import BundledClient, Channel

ROOT = Path(__file__).parents[2]


class TcpConnection:
    """`harness.worlds.world.Connection` on plain TCP."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    def send(self, frame: bytes) -> None:
        if self._writer.is_closing():
            raise ConnectionResetError("closed")
        self._writer.write(struct.pack(">I", len(frame)) + frame)

    async def receive(self) -> bytes:
        try:
            (length,) = struct.unpack(">I", await self._reader.readexactly(4))
            return await self._reader.readexactly(length)
        except asyncio.IncompleteReadError:
            raise ConnectionResetError("the node closed the connection") from None

    def close(self) -> None:
        self._writer.close()


def free_ports(count: int) -> list[int]:
    """Ports that nobody listens on just now, all different."""
    sockets = [socket.socket() for _ in range(count)]
    for each in sockets:
        each.bind(("127.0.0.1", 0))
    ports: list[int] = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


class Processes:
    """A cluster of server processes, killed at the end whatever happens."""

    def __init__(self, folder: Path, size: int = 3) -> None:
        self.names = [f"n{number}" for number in range(1, size + 1)]
        ports = free_ports(2 * size)
        self.client = dict(zip(self.names, ports[:size], strict=True))
        self.peer = dict(zip(self.names, ports[size:], strict=True))
        self._folder = folder
        self._running: dict[str, subprocess.Popen[bytes]] = {}
        self._connections: list[TcpConnection] = []

    def __enter__(self) -> Processes:
        for name in self.names:
            self.start(name)
        return self

    def __exit__(self, *_: object) -> None:
        for name in list(self._running):
            self.end(name, signal.SIGKILL)

    def data(self, name: str) -> Path:
        return self._folder / name

    def argv(self, name: str) -> list[str]:
        peers = [f"--peer={n}=127.0.0.1:{port}" for n, port in self.peer.items() if n != name]
        return [
            *(sys.executable, "-m", "targets.store", "--name", name, *peers),
            *("--client", f"127.0.0.1:{self.client[name]}"),
            *("--listen", f"127.0.0.1:{self.peer[name]}", "--data", str(self.data(name))),
        ]

    def start(self, name: str) -> None:
        with (self._folder / f"{name}.log").open("ab") as log:
            environment = {"PATH": os.environ["PATH"]}
            self._running[name] = subprocess.Popen(
                self.argv(name), cwd=ROOT, stderr=log, env=environment
            )

    def end(self, name: str, number: signal.Signals) -> int:
        """Signal a process and wait for its end; returns its exit code."""
        process = self._running.pop(name)
        process.send_signal(number)
        return process.wait(10)

    def pause(self, name: str) -> None:
        self._running[name].send_signal(signal.SIGSTOP)

    def resume(self, name: str) -> None:
        self._running[name].send_signal(signal.SIGCONT)

    def log(self, name: str) -> str:
        return (self._folder / f"{name}.log").read_text()

    async def dial(self, name: str) -> TcpConnection:
        streams = await asyncio.open_connection("127.0.0.1", self.client[name])
        self._connections.append(TcpConnection(*streams))
        return self._connections[-1]

    def hang_up(self) -> None:
        """Close every connection that was dialled."""
        for connection in self._connections:
            connection.close()

    async def open(self, name: str) -> BundledClient:
        return BundledClient(Channel(await self.dial(name)))

    async def status(self, name: str) -> dict[str, Any]:
        connection = await self.dial(name)
        connection.send(json.dumps({"id": 1, "type": "status"}).encode())
        try:
            status: dict[str, Any] = json.loads(await connection.receive())["ok"]
        finally:
            connection.close()
        return status

    async def leader(self, among: list[str] | None = None) -> str:
        """Wait until these nodes agree on a leader among them."""
        names = among or self.names
        while True:
            try:
                found = {(await self.status(name))["leader"] for name in names}
            except OSError:
                found = set()
            if len(found) == 1 and (leader := found.pop()) in names:
                return str(leader)
            await asyncio.sleep(0.05)
