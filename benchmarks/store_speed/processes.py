"""Three server processes on loopback, each with a directory of its own, ended whatever happens."""

from __future__ import annotations

import socket
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

NODES = ("n1", "n2", "n3")


def free_ports(count: int) -> list[int]:
    """Ports of loopback that were free a moment ago."""
    sockets = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports: list[int] = [each.getsockname()[1] for each in sockets]
    for each in sockets:
        each.close()
    return ports


@contextmanager
def running(commands: Mapping[str, Sequence[str]], home: Path) -> Iterator[Mapping[str, int]]:
    """Run these commands, by node, and yield the processes' numbers; what they print goes to
    `<node>.log` under `home`.
    """
    started: dict[str, subprocess.Popen[bytes]] = {}
    try:
        for node, command in commands.items():
            with (home / f"{node}.log").open("wb") as log:
                started[node] = subprocess.Popen(command, stdout=log, stderr=log)
        yield {node: process.pid for node, process in started.items()}
    finally:
        for process in started.values():
            process.kill()
        for process in started.values():
            process.wait()
