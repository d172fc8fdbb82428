"""The bundled stores: the very client that tests use, one connection and one session each."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from benchmarks.store_speed.load import Operation
from benchmarks.store_speed.processes import NODES, free_ports, running
from harness.worlds.frames import FramedConnection, dial
from harness.worlds.world import Address
from targets.bundled_client import BundledClient, Channel

VALUE = "v" * 16


class Cluster:
    """A running cluster, to be driven at its leader.

    Args:
        clients: where its nodes take clients.
        pids: its processes, by node.
    """

    def __init__(self, clients: Sequence[Address], pids: Mapping[str, int]) -> None:
        self._clients = clients
        self.pids = pids

    async def leader(self) -> Address:
        """Where the leader takes clients, once there is one."""
        while True:
            for address in self._clients:
                try:
                    channel = Channel(await dial(address))
                    channel.send({"type": "status"})
                    status = (await channel.answer())["ok"]
                    channel.close()
                except ConnectionError:
                    continue
                if status["role"] == "leader":
                    return address
            await asyncio.sleep(0.1)

    async def operations(self, kind: str, count: int) -> list[Operation]:
        """That many clients of the leader, which write or read one key each."""
        leader = await self.leader()
        return [self._operation(kind, f"k{n}", await dial(leader)) for n in range(count)]

    def _operation(self, kind: str, key: str, connection: FramedConnection) -> Operation:
        client = BundledClient(Channel(connection))

        async def operate(_number: int) -> None:
            await client.call(kind, key, VALUE if kind == "write" else None)

        return operate


@asynccontextmanager
async def bundled(protocol: str, home: Path) -> AsyncIterator[Cluster]:
    """Three nodes of this protocol."""
    ports = free_ports(6)
    clients, peers = (
        dict(zip(NODES, ports[:3], strict=True)),
        dict(zip(NODES, ports[3:], strict=True)),
    )

    def command(node: str) -> Sequence[str]:
        argv = [sys.executable, "-m", "targets.store", "--name", node, "--protocol", protocol]
        argv += ["--client", f"127.0.0.1:{clients[node]}", "--listen", f"127.0.0.1:{peers[node]}"]
        for peer in NODES:
            if peer != node:
                argv += ["--peer", f"{peer}=127.0.0.1:{peers[peer]}"]
        return [*argv, "--data", str(home / node)]

    with running({node: command(node) for node in NODES}, home) as pids:
        yield Cluster([Address("127.0.0.1", port) for port in clients.values()], pids)
