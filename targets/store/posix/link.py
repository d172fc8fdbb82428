"""The way from this node to one peer: a connection that is dialled again until it stands.

::

    n1 ── link ──▶ n2      frames of n1; n2 writes back only echoes (empty frames)
    n1 ◀── link ── n2      the other way is n2's own link

A cut may hold bytes or drop packets without either end seeing an error, and once it heals the
kernel's retransmission may have backed off for seconds. So a link on which nothing came back for
`SILENCE` is dropped and dialled afresh, again and again: it recovers soon after the network.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

from targets.store.posix.frames import FrameProtocol

SILENCE = 1.0
DIAL_LIMIT = 0.5
BACKOFF_MIN = 0.02
BACKOFF_MAX = 0.2
ECHO = 0.1
"""The receiving end sends at most one echo in so many seconds."""


class Link:
    """Frames to one peer, best effort."""

    def __init__(self, name: str, host: str, port: int) -> None:
        self._hello = json.dumps([name]).encode()
        self._host = host
        self._port = port
        self._loop = asyncio.get_running_loop()
        self._connection: FrameProtocol | None = None
        self._lost = asyncio.Event()
        self._unanswered: float | None = None
        self._backoff = BACKOFF_MIN
        self._task = self._loop.create_task(self._keep_dialling())

    def send(self, frame: bytes) -> None:
        """Send a frame, or drop it when the peer can't be reached."""
        if self._connection is None:
            return
        now = self._loop.time()
        if self._unanswered is None:
            self._unanswered = now
        elif now - self._unanswered > SILENCE:
            self._connection.abort()
            return
        self._connection.send(frame)

    async def close(self) -> None:
        """Stop dialling and close."""
        self._task.cancel()
        await asyncio.gather(self._task, return_exceptions=True)
        if self._connection is not None:
            self._connection.close()

    async def _keep_dialling(self) -> None:
        while True:
            try:
                async with asyncio.timeout(DIAL_LIMIT):
                    await self._loop.create_connection(self._make, self._host, self._port)
            except (OSError, TimeoutError):
                pass
            else:
                await self._lost.wait()
            await asyncio.sleep(self._backoff)
            self._backoff = min(2 * self._backoff, BACKOFF_MAX)

    def _make(self) -> FrameProtocol:
        return _Outgoing(self._on_made, self._on_echo, self._on_lost)

    def _on_made(self, connection: FrameProtocol) -> None:
        self._lost.clear()
        self._connection = connection
        self._unanswered = None
        connection.give_up_after(SILENCE)
        connection.send(self._hello)

    def _on_echo(self, _connection: FrameProtocol, _frame: bytes) -> None:
        self._unanswered = None
        self._backoff = BACKOFF_MIN

    def _on_lost(self, connection: FrameProtocol) -> None:
        if self._connection is connection:
            self._connection = None
            self._lost.set()


class _Outgoing(FrameProtocol):
    def __init__(
        self,
        on_made: Callable[[FrameProtocol], None],
        on_frame: Callable[[FrameProtocol, bytes], None],
        on_lost: Callable[[FrameProtocol], None],
    ) -> None:
        super().__init__(on_frame, on_lost)
        self._on_made = on_made

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        super().connection_made(transport)
        self._on_made(self)
