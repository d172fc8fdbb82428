"""A link proxy holds what may not cross, loses nothing in the middle, and never refuses."""

from __future__ import annotations

import asyncio
import contextlib
import socket
import struct
from collections.abc import Awaitable, Callable
from typing import Any

import pytest

from harness.worlds.local.links import HOLD_LIMIT, PIECE, Fabric
from harness.worlds.world import Address, Link

THERE, BACK = Link("n1", "n2"), Link("n2", "n1")


class Pair:
    """n1 dials n2 through a proxy; `accepted` are n2's ends of the connections."""

    def __init__(self) -> None:
        self.fabric = Fabric()
        self.accepted: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = (
            asyncio.Queue()
        )
        self.address = Address("", 0)

    async def open(self) -> None:
        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self.accepted.put((reader, writer))

        self.server = await asyncio.start_server(accept, "127.0.0.1", 0)
        host, port = self.server.sockets[0].getsockname()[:2]
        self.address = await self.fabric.listen(THERE, Address(host, port))

    async def dial(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        return await asyncio.open_connection(*self.address)


def play(scene: Callable[[Pair], Awaitable[Any]]) -> None:
    """Run a scene; every connection is closed after it."""

    async def within() -> None:
        pair = Pair()
        await pair.open()
        async with asyncio.timeout(10):
            await scene(pair)
        pair.fabric.close()
        pair.server.close()
        await asyncio.sleep(0.01)

    asyncio.run(within())


async def silent(reader: asyncio.StreamReader) -> bool:
    """Whether nothing arrives for a while."""
    try:
        async with asyncio.timeout(0.15):
            return not await reader.read(1)
    except TimeoutError:
        return True


def test_bytes_flow_both_ways_while_nothing_is_cut() -> None:
    async def scene(pair: Pair) -> None:
        near_in, near_out = await pair.dial()
        far_in, far_out = await pair.accepted.get()
        near_out.write(b"ask")
        assert await far_in.readexactly(3) == b"ask"
        far_out.write(b"answer")
        assert await near_in.readexactly(6) == b"answer"
        assert pair.fabric.traffic[THERE].delivered == 3
        assert pair.fabric.traffic[BACK].delivered == 6
        near_out.close()
        assert await far_in.read() == b""
        far_out.close()

    play(scene)


def test_what_is_held_is_delivered_whole_and_in_order_after_the_cut() -> None:
    async def scene(pair: Pair) -> None:
        near_in, near_out = await pair.dial()
        far_in, far_out = await pair.accepted.get()
        near_out.write(b"before ")
        assert await far_in.readexactly(7) == b"before "
        pair.fabric.cut([THERE])
        for number in range(100):
            near_out.write(b"%03d " % number)
        far_out.write(b"heard")
        assert await near_in.readexactly(5) == b"heard"  # the other direction is open
        assert await silent(far_in)
        assert pair.fabric.traffic[THERE].held == 400
        assert pair.fabric.traffic[THERE].delivered == 7
        pair.fabric.cut([])
        assert await far_in.readexactly(400) == b"".join(b"%03d " % n for n in range(100))
        near_out.close()
        far_out.close()

    play(scene)


@pytest.mark.parametrize("cut", [THERE, BACK])
def test_a_new_connection_waits_for_both_directions_and_is_never_refused(cut: Link) -> None:
    async def scene(pair: Pair) -> None:
        pair.fabric.cut([cut])
        _, near_out = await pair.dial()
        near_out.write(b"hello")
        await asyncio.sleep(0.1)
        assert pair.accepted.empty()
        pair.fabric.cut([])
        far_in, far_out = await pair.accepted.get()
        assert await far_in.readexactly(5) == b"hello"
        near_out.close()
        far_out.close()

    play(scene)


def test_a_goodbye_is_held_like_any_other_byte() -> None:
    """Else a node would learn through a cut link that its peer has hung up."""

    async def scene(pair: Pair) -> None:
        _, near_out = await pair.dial()
        far_in, far_out = await pair.accepted.get()
        pair.fabric.cut([THERE])
        near_out.write(b"last words")
        near_out.close()
        await near_out.wait_closed()
        assert await silent(far_in)
        assert not far_in.at_eof()
        pair.fabric.cut([])
        assert await far_in.read() == b"last words"
        far_out.close()

    play(scene)


def test_a_held_goodbye_finds_that_the_receiver_was_killed() -> None:
    """Its connection was reset, and nobody has told the proxy yet when the link heals."""

    async def scene(pair: Pair) -> None:
        _, near_out = await pair.dial()
        _, far_out = await pair.accepted.get()
        pair.fabric.cut([THERE])
        near_out.write_eof()
        await asyncio.sleep(0.05)
        at_once = struct.pack("ii", 1, 0)  # close by a reset, as the kernel does for a killed one
        far_out.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, at_once)
        far_out.transport.abort()
        await asyncio.sleep(0)
        pair.fabric.cut([])
        near_out.close()
        await asyncio.sleep(0.05)

    play(scene)


def test_a_sender_is_held_back_and_memory_is_bounded() -> None:
    async def scene(pair: Pair) -> None:
        _, near_out = await pair.dial()
        far_in, far_out = await pair.accepted.get()
        pair.fabric.cut([THERE])
        total = 64 * 1024 * 1024
        sent = 0
        chunk = b"x" * 65536
        try:
            async with asyncio.timeout(1):
                while sent < total:
                    near_out.write(chunk)
                    await near_out.drain()
                    sent += len(chunk)
        except TimeoutError:
            pass
        assert sent < total
        assert pair.fabric.traffic[THERE].held < HOLD_LIMIT + 1024 * 1024
        pair.fabric.cut([])
        assert len(await far_in.readexactly(sent)) == sent
        near_out.close()
        far_out.close()

    play(scene)


def test_next_to_nothing_is_on_the_far_side_of_a_cut_when_the_receiver_does_not_read() -> None:
    """What lay in the proxy's own buffer beyond the cut would cross it once the receiver reads."""

    async def scene(pair: Pair) -> None:
        _, near_out = await pair.dial()
        far_in, far_out = await pair.accepted.get()
        socket: Any = far_out.transport
        socket.pause_reading()
        near_out.write(b"x" * 16_000_000)
        await asyncio.sleep(0.5)
        pair.fabric.cut([THERE])
        beyond = [
            leg.transport.get_write_buffer_size()
            for pipe in pair.fabric._pipes
            for leg in (pipe._source, pipe._sink)
            if leg.transport is not None
        ]
        assert max(beyond) <= PIECE
        socket.resume_reading()
        crossed = pair.fabric.traffic[THERE].delivered
        assert 0 < crossed < 16_000_000
        assert len(await far_in.readexactly(crossed)) == crossed
        assert await silent(far_in)
        near_out.transport.abort()
        far_out.close()

    play(scene)


def test_nobody_listening_there_is_a_hang_up() -> None:
    async def scene(pair: Pair) -> None:
        nobody = await asyncio.start_server(lambda reader, writer: None, "127.0.0.1", 0)
        host, port = nobody.sockets[0].getsockname()[:2]
        nobody.close()
        await nobody.wait_closed()
        address = await pair.fabric.listen(THERE, Address(host, port))
        near_in, near_out = await asyncio.open_connection(*address)
        said = b""
        with contextlib.suppress(ConnectionError):
            said = await near_in.read()
        assert said == b""
        near_out.close()

    play(scene)
