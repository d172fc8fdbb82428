"""Links between node processes: they come back by themselves, whatever became of the old one."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

from targets.store.posix.disk import PosixDisk
from targets.store.posix.env import PosixEnv
from targets.store.posix.frames import MAX_FRAME, FrameProtocol
from targets.store.posix.link import SILENCE, Link
from tests.store.processes import free_ports


def run(scenario: Callable[[], Awaitable[None]]) -> None:
    async def limited() -> None:
        async with asyncio.timeout(20):
            await scenario()

    asyncio.run(limited())


class Peer:
    """The other end: counts connections and frames, and echoes only while told to."""

    def __init__(self) -> None:
        self.echoing = False
        self.connections: list[FrameProtocol] = []
        self.frames: list[bytes] = []

    async def listen(self, port: int) -> asyncio.Server:
        loop = asyncio.get_running_loop()
        return await loop.create_server(self._make, "127.0.0.1", port)

    def _make(self) -> FrameProtocol:
        self.connections.append(FrameProtocol(self._on_frame, lambda connection: None))
        return self.connections[-1]

    def _on_frame(self, connection: FrameProtocol, frame: bytes) -> None:
        self.frames.append(frame)
        if self.echoing:
            connection.send(b"")


def test_a_silent_connection_is_dialled_again_until_it_answers() -> None:
    """A cut holds bytes and refuses nothing: only the missing echo tells."""

    async def scenario() -> None:
        (port,) = free_ports(1)
        peer = Peer()
        server = await peer.listen(port)
        link = Link("n1", "127.0.0.1", port)
        loop = asyncio.get_running_loop()
        while len(peer.connections) < 3:
            link.send(b"anybody there?")
            await asyncio.sleep(0.05)
        peer.echoing = True
        healed = loop.time()
        while b"healed" not in peer.frames:
            link.send(b"healed")
            await asyncio.sleep(0.05)
        assert loop.time() - healed < SILENCE
        connections = len(peer.connections)
        end = loop.time() + 1.5 * SILENCE
        while loop.time() < end:
            link.send(b"still there?")
            await asyncio.sleep(0.05)
        assert len(peer.connections) == connections
        await link.close()
        server.close()

    run(scenario)


def test_a_peer_that_was_down_is_found_when_it_comes_up() -> None:
    async def scenario() -> None:
        (port,) = free_ports(1)
        link = Link("n1", "127.0.0.1", port)
        await asyncio.sleep(0.5)
        peer = Peer()
        server = await peer.listen(port)
        started = asyncio.get_running_loop().time()
        while not peer.frames:
            await asyncio.sleep(0.01)
        assert asyncio.get_running_loop().time() - started < 0.5
        assert peer.frames == [b'["n1"]']
        await link.close()
        server.close()

    run(scenario)


def test_frames_between_two_environments(tmp_path: Path) -> None:
    """Of any size up to the limit, in order, with the sender's name; strangers are turned away."""

    async def scenario() -> None:
        ports = free_ports(4)
        names = ("n1", "n2")
        address = {name: ("127.0.0.1", port) for name, port in zip(names, ports, strict=False)}
        envs = []
        got: list[tuple[str, bytes]] = []
        for name, client in zip(names, ports[2:], strict=True):
            others = {other: at for other, at in address.items() if other != name}
            env = PosixEnv(name, others)
            env.receive(lambda sender, frame: got.append((sender, frame)))
            await env.listen(("127.0.0.1", client), address[name])
            env.mount(PosixDisk(tmp_path / name))
            env.dial()
            envs.append(env)
        while not got:
            envs[0].send("n2", b"first")
            await asyncio.sleep(0.01)
        got.clear()
        frames = [b"a", b"b" * 100_000, b"c" * 3_000_000, b"d"]
        for frame in frames:
            envs[0].send("n2", frame)
        envs[0].send("n2", bytes(MAX_FRAME + 1))
        while ("n1", b"d") not in got:
            await asyncio.sleep(0.01)
        assert [frame for frame in got if frame[1] != b"first"] == [("n1", f) for f in frames]
        reader, writer = await asyncio.open_connection(*address["n2"])
        writer.write(b'\x00\x00\x00\x04["x"')
        assert await reader.read() == b""
        writer.close()
        for env in envs:
            await env.close()

    run(scenario)
