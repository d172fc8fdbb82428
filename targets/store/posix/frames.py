"""Frames on TCP: 4 bytes of big-endian length, then that many bytes. An empty one is an echo.

A Protocol, not streams: frames are cut from the buffer as they arrive, without a task in between. A
buffered one: a plain one is given each read as bytes that were allocated for 256 KiB, which has the
kernel map and unmap memory each time, and for a short frame that costs more than the read itself.
"""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from struct import Struct

MAX_FRAME = 16 << 20
MAX_BUFFER = 4 << 20
"""A connection with more than this unsent takes no further frame: its reader is too slow."""

_LENGTH = Struct(">I")

_READ = memoryview(bytearray(64 << 10))
"""Where all connections read into: a node has one thread, and what was read is taken at once."""


class FrameProtocol(asyncio.BufferedProtocol):
    """One connection. `on_frame(self, frame)` and `on_lost(self)` are called as things happen."""

    def __init__(
        self,
        on_frame: Callable[[FrameProtocol, bytes], None],
        on_lost: Callable[[FrameProtocol], None],
    ) -> None:
        self.name = ""
        """Who is at the other end, once that is known."""
        self._on_frame = on_frame
        self._on_lost = on_lost
        self._transport: asyncio.Transport | None = None
        self._buffer = bytearray()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Called by asyncio, which has set TCP_NODELAY."""
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def connection_lost(self, exc: Exception | None) -> None:
        """Called by asyncio."""
        self._transport = None
        self._on_lost(self)

    def get_buffer(self, sizehint: int) -> memoryview:
        """Called by asyncio, which reads into it."""
        return _READ

    def buffer_updated(self, nbytes: int) -> None:
        """Called by asyncio: so much was read."""
        self._buffer += _READ[:nbytes]
        start = 0
        while len(self._buffer) - start >= _LENGTH.size and self._transport is not None:
            (length,) = _LENGTH.unpack_from(self._buffer, start)
            if length > MAX_FRAME:
                self.abort()
                return
            end = start + _LENGTH.size + length
            if end > len(self._buffer):
                break
            frame = bytes(self._buffer[start + _LENGTH.size : end])
            start = end
            self._on_frame(self, frame)
        del self._buffer[:start]

    def send(self, frame: bytes) -> bool:
        """Send a frame; False when it was dropped: no connection, or a reader that is too slow."""
        if self._transport is None or self._transport.is_closing():
            return False
        if self._transport.get_write_buffer_size() > MAX_BUFFER or len(frame) > MAX_FRAME:
            return False
        self._transport.write(_LENGTH.pack(len(frame)) + frame)
        return True

    def abort(self) -> None:
        """Drop the connection and what is unsent."""
        if self._transport is not None:
            self._transport.abort()

    def close(self) -> None:
        """Close after what is unsent."""
        if self._transport is not None:
            self._transport.close()

    def give_up_after(self, seconds: float) -> None:
        """Have the kernel drop the connection when sent bytes stay unacknowledged that long."""
        if self._transport is not None and hasattr(socket, "TCP_USER_TIMEOUT"):
            peer: socket.socket = self._transport.get_extra_info("socket")
            peer.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, int(seconds * 1000))
