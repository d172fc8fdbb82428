"""Frames over TCP: the `Connection` of every world whose nodes have real sockets.

A frame on the wire is its length, then its bytes; nothing else is ever sent::

     0        4                    4 + length
     ├────────┼────────────────────┤
     │ length │ payload            │ next frame …      length: big-endian, at most 16 MiB
     └────────┴────────────────────┘

It is an asyncio Protocol, not a pair of streams: a Protocol carries several times as many small
frames a second, and the harness must never be the slowest part of a test. A buffered one: a plain
one is given each read as bytes that were allocated for 256 KiB, which has the kernel map and unmap
memory each time, and for a short frame that costs more than the read itself.
"""

from __future__ import annotations

import asyncio
import struct
from collections import deque
from typing import cast

from harness.worlds.world import Address

MAX_FRAME = 16 * 1024 * 1024
"""The longest payload; a longer length is taken for garbage, not for a request for memory."""

READ = 16 * 1024
"""Bytes that one read takes at most."""

_LENGTH = struct.Struct("!I")


class FramedConnection(asyncio.BufferedProtocol):
    """One end of a TCP connection that carries frames. Made by `dial`."""

    def __init__(self) -> None:
        self._transport: asyncio.Transport | None = None
        self._read = memoryview(bytearray(READ))
        self._unparsed = bytearray()
        self._frames: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._lost: str | None = None

    def send(self, frame: bytes) -> None:
        """Queue a frame; raises ConnectionError when the connection is known to be lost."""
        if len(frame) > MAX_FRAME:
            raise ValueError(f"a frame of {len(frame)} bytes; the most is {MAX_FRAME}")
        if self._lost is not None or self._transport is None:
            raise ConnectionError(self._lost or "the connection is not open yet")
        self._transport.write(_LENGTH.pack(len(frame)) + frame)

    async def receive(self) -> bytes:
        """Wait for the next frame; frames that came before the connection was lost come first."""
        while not self._frames:
            if self._lost is not None:
                raise ConnectionError(self._lost)
            if self._waiter is not None:
                raise RuntimeError("two tasks receive from one connection: use one reader")
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._frames.popleft()

    async def lost_within(self, seconds: float) -> bool:
        """Wait until the connection is lost or a frame has come, at most so long; tell which.

        For a world with a forwarder between client and node, which accepts first and hangs up when
        the node then refuses: as long as nothing was sent, that is a refused connection.
        """
        if self._waiter is None and not self._frames and self._lost is None:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await asyncio.wait_for(self._waiter, seconds)
            except TimeoutError:
                pass
            finally:
                self._waiter = None
        return self._lost is not None

    def close(self) -> None:
        """Close at once; what has not left yet never will. Harmless when it is closed already."""
        # transport.close() would wait for the peer to take what is buffered, and a peer behind a
        # cut link never does.
        self._lose("the connection is closed")

    # The callbacks of asyncio.BufferedProtocol.

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Keep the transport: `dial` returns only after this."""
        self._transport = cast(asyncio.Transport, transport)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Where to read into."""
        return self._read

    def buffer_updated(self, nbytes: int) -> None:
        """Cut what came into frames."""
        self._unparsed += self._read[:nbytes]
        start, end = 0, len(self._unparsed)
        while end - start >= _LENGTH.size:
            (length,) = _LENGTH.unpack_from(self._unparsed, start)
            if length > MAX_FRAME:
                self._lose(f"the peer announced a frame of {length} bytes; the most is {MAX_FRAME}")
                return
            stop = start + _LENGTH.size + length
            if stop > end:
                break
            self._frames.append(bytes(self._unparsed[start + _LENGTH.size : stop]))
            start = stop
        if start:
            del self._unparsed[:start]
            self._wake()

    def connection_lost(self, exc: Exception | None) -> None:
        """Remember why, for whoever receives or sends next."""
        self._lose(f"the connection was lost: {exc or 'the peer hung up'}")

    def _lose(self, why: str) -> None:
        if self._lost is None:
            self._lost = why
        if self._transport is not None:
            self._transport.abort()
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)


async def dial(address: Address) -> FramedConnection:
    """Open a framed connection; any failure is a ConnectionError, and nothing has been sent."""
    loop = asyncio.get_running_loop()
    try:
        _, connection = await loop.create_connection(FramedConnection, *address)
    except ConnectionError:
        raise
    except OSError as error:
        raise ConnectionError(f"{address.host}:{address.port}: {error}") from error
    return connection
