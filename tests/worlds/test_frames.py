"""Frames over real TCP on loopback: whole, in order, and never a silent loss."""

from __future__ import annotations

import asyncio
import struct
from collections.abc import Awaitable, Callable

import pytest

from harness.worlds.frames import MAX_FRAME, FramedConnection, dial
from harness.worlds.world import Address

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


def with_server(serve: Serve, use: Callable[[FramedConnection], Awaitable[None]]) -> None:
    async def main() -> None:
        async def closing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            try:
                await serve(reader, writer)
            finally:
                writer.close()

        server = await asyncio.start_server(closing, "127.0.0.1", 0)
        async with server:
            host, port = server.sockets[0].getsockname()
            connection = await dial(Address(host, port))
            try:
                await use(connection)
            finally:
                connection.close()
                await asyncio.sleep(0.01)

    asyncio.run(asyncio.wait_for(main(), 10))


async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)


async def hang_up(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    pass


async def be_silent(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    await reader.read()


def sending(data: bytes, *, piece: int = 1 << 20) -> Serve:
    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        for start in range(0, len(data), piece):
            writer.write(data[start : start + piece])
            await writer.drain()
            await asyncio.sleep(0)

    return serve


def test_frames_of_every_size_come_back_whole_and_in_order() -> None:
    frames = [b"", b"x", b"y" * 65_536, b"z" * MAX_FRAME, b"last"]

    async def use(connection: FramedConnection) -> None:
        for frame in frames:
            connection.send(frame)
        assert [await connection.receive() for _ in frames] == frames

    with_server(echo, use)


def test_a_frame_that_comes_byte_by_byte_is_one_frame() -> None:
    async def use(connection: FramedConnection) -> None:
        assert await connection.receive() == b"slow"
        assert await connection.receive() == b"!"

    with_server(sending(b"\0\0\0\x04slow\0\0\0\x01!", piece=1), use)


def test_what_came_before_the_loss_is_still_received() -> None:
    async def use(connection: FramedConnection) -> None:
        await asyncio.sleep(0.05)
        assert await connection.receive() == b"ok"
        with pytest.raises(ConnectionError, match="hung up"):
            await connection.receive()
        with pytest.raises(ConnectionError, match="hung up"):
            connection.send(b"more")

    with_server(sending(b"\0\0\0\x02ok\0\0\0\x09torn"), use)


def test_a_waiting_receiver_learns_of_the_loss() -> None:
    async def use(connection: FramedConnection) -> None:
        with pytest.raises(ConnectionError):
            await connection.receive()

    with_server(hang_up, use)


def test_a_length_beyond_the_limit_ends_the_connection() -> None:
    async def use(connection: FramedConnection) -> None:
        with pytest.raises(ConnectionError, match="announced a frame of 16777217 bytes"):
            await connection.receive()

    with_server(sending(struct.pack("!I", MAX_FRAME + 1)), use)


def test_a_frame_beyond_the_limit_is_not_sent() -> None:
    async def use(connection: FramedConnection) -> None:
        with pytest.raises(ValueError, match="the most is"):
            connection.send(bytes(MAX_FRAME + 1))
        connection.send(b"still works")
        assert await connection.receive() == b"still works"

    with_server(echo, use)


def test_closing_twice_is_harmless_and_wakes_the_receiver() -> None:
    async def use(connection: FramedConnection) -> None:
        receiving = asyncio.create_task(connection.receive())
        await asyncio.sleep(0)
        connection.close()
        connection.close()
        with pytest.raises(ConnectionError, match="closed"):
            await receiving
        with pytest.raises(ConnectionError, match="closed"):
            connection.send(b"late")

    with_server(be_silent, use)


def test_a_cancelled_receive_loses_no_frame() -> None:
    async def use(connection: FramedConnection) -> None:
        with pytest.raises(TimeoutError):
            await asyncio.wait_for(connection.receive(), 0.01)
        connection.send(b"after")
        assert await connection.receive() == b"after"

    with_server(echo, use)


def test_two_readers_at_once_are_a_mistake() -> None:
    async def use(connection: FramedConnection) -> None:
        first = asyncio.create_task(connection.receive())
        await asyncio.sleep(0)
        with pytest.raises(RuntimeError, match="two tasks"):
            await connection.receive()
        connection.send(b"for the first")
        assert await first == b"for the first"

    with_server(echo, use)


def test_lost_within_tells_a_hang_up_from_silence_and_keeps_an_early_frame() -> None:
    async def lost(connection: FramedConnection) -> None:
        assert await connection.lost_within(5)

    async def silent(connection: FramedConnection) -> None:
        assert not await connection.lost_within(0.01)

    async def early(connection: FramedConnection) -> None:
        assert not await connection.lost_within(5)
        assert await connection.receive() == b"hi"

    with_server(hang_up, lost)
    with_server(be_silent, silent)
    with_server(sending(b"\0\0\0\x02hi"), early)


def test_a_refused_connection_is_a_connection_error() -> None:
    async def main() -> None:
        server = await asyncio.start_server(hang_up, "127.0.0.1", 0)
        port = server.sockets[0].getsockname()[1]
        server.close()
        await server.wait_closed()
        with pytest.raises(ConnectionRefusedError):
            await dial(Address("127.0.0.1", port))
        with pytest.raises(ConnectionError, match="no-such-host"):
            await dial(Address("no-such-host.invalid", 1))

    asyncio.run(main())
