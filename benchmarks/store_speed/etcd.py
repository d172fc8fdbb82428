"""etcd, as Debian ships it, driven over gRPC by an asyncio client at its leader.

The few messages that this takes are written by hand: field numbers are those of etcd's `rpc.proto`.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from benchmarks.store_speed.load import Operation
from benchmarks.store_speed.processes import NODES, free_ports, running

VALUE = b"v" * 16
CHANNELS = 8
"""Connections that all clients share: gRPC carries many calls on each."""


def field(number: int, value: bytes) -> bytes:
    """One length-delimited field of a protobuf message, shorter than 128 bytes."""
    return bytes([number << 3 | 2, len(value)]) + value


def _varint(data: bytes, at: int) -> tuple[int, int]:
    value = shift = 0
    while True:
        byte = data[at]
        at += 1
        value |= (byte & 0x7F) << shift
        shift += 7
        if byte < 0x80:
            return value, at


def fields(data: bytes) -> Iterator[tuple[int, Any]]:
    """The fields of a message: numbers, and bytes not looked into."""
    at = 0
    while at < len(data):
        tag, at = _varint(data, at)
        value, at = _varint(data, at)
        if tag & 7 == 2:
            yield tag >> 3, data[at : at + value]
            at += value
        else:
            yield tag >> 3, value


class Cluster:
    """A running cluster, to be driven at its leader."""

    def __init__(self, clients: Sequence[str]) -> None:
        self._clients = clients

    async def leader(self) -> str:
        """The address of the leader, once there is one: it is the member that names itself."""
        import grpc.aio

        while True:
            for address in self._clients:
                async with grpc.aio.insecure_channel(address) as channel:
                    try:
                        call = channel.unary_unary("/etcdserverpb.Maintenance/Status")
                        status = dict(fields(await call(b"", timeout=1)))
                    except grpc.aio.AioRpcError:
                        continue
                if status.get(4) and status[4] == dict(fields(status[1]))[2]:
                    return address
            await asyncio.sleep(0.1)

    async def operations(self, kind: str, count: int) -> list[Operation]:
        """That many clients of the leader, which write or read one key each."""
        import grpc.aio

        address = await self.leader()
        channels = [grpc.aio.insecure_channel(address, [("n", n)]) for n in range(CHANNELS)]
        method = "/etcdserverpb.KV/Put" if kind == "write" else "/etcdserverpb.KV/Range"
        calls = [channel.unary_unary(method) for channel in channels]

        def client(number: int) -> Operation:
            call, key = calls[number % CHANNELS], field(1, b"k%d" % number)
            request = key + field(2, VALUE) if kind == "write" else key

            async def operate(_number: int) -> None:
                await call(request)

            return operate

        return [client(number) for number in range(count)]


@asynccontextmanager
async def etcd(home: Path) -> AsyncIterator[Cluster]:
    """Three nodes; they sync before they acknowledge, as etcd always does."""
    ports = free_ports(6)
    clients = [f"127.0.0.1:{port}" for port in ports[:3]]
    peers = [f"http://127.0.0.1:{port}" for port in ports[3:]]
    cluster = ",".join(f"{node}={peer}" for node, peer in zip(NODES, peers, strict=True))

    def command(node: str, client: str, peer: str) -> Sequence[str]:
        argv = ["etcd", "--name", node, "--data-dir", str(home / node), "--log-level", "warn"]
        argv += ["--listen-client-urls", f"http://{client}"]
        argv += ["--advertise-client-urls", f"http://{client}"]
        argv += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
        return [*argv, "--initial-cluster", cluster]

    commands = {
        node: command(node, client, peer)
        for node, client, peer in zip(NODES, clients, peers, strict=True)
    }
    with running(commands, home):
        yield Cluster(clients)
