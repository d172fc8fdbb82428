"""A client's connection to a simulated node: a stream, its frames whole, once and in order.

What a real network would retransmit comes late here instead of never: a frame that the weather
loses is sent again after `RETRANSMIT_S`, and so is one that a cut stops, until the cut heals. The
stream ends when the process does (reset), and goes silent when the node loses its power.
"""

from __future__ import annotations

import asyncio
from collections import deque
from random import Random
from typing import TYPE_CHECKING

from harness.worlds.sim.network import SimLink

if TYPE_CHECKING:
    from harness.worlds.sim.env import SimEnv
    from harness.worlds.sim.node import SimNode

RETRANSMIT_S = 0.2


class _Way:
    """One direction of the stream: a queue, and when its next frame may arrive."""

    def __init__(self, link: SimLink) -> None:
        self.link = link
        self.frames: deque[bytes] = deque()
        self.due = 0.0


class SimConnection:
    """See `harness.worlds.world.Connection`."""

    def __init__(
        self, name: str, node: SimNode, env: SimEnv, there: SimLink, back: SimLink
    ) -> None:
        self.name = name
        self._node = node
        self._env = env
        self._loop = node.loop
        self._rng: Random = node.rng
        self._there = _Way(there)
        self._back = _Way(back)
        self._arrived: deque[bytes] = deque()
        self._waiter: asyncio.Future[None] | None = None
        self._lost = ""
        self._closed = False
        env.connections[name] = self

    # The client's end

    def send(self, frame: bytes) -> None:
        """See `harness.worlds.world.Connection`."""
        if self._lost:
            raise ConnectionResetError(self._lost)
        self._put(self._there, frame, self._loop.now, self._reach)

    async def receive(self) -> bytes:
        """See `harness.worlds.world.Connection`."""
        while not self._arrived:
            if self._lost:
                raise ConnectionResetError(self._lost)
            self._waiter = self._loop.create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._arrived.popleft()

    def close(self) -> None:
        """See `harness.worlds.world.Connection`."""
        self._closed = True
        self._env.connections.pop(self.name, None)

    # The node's end

    def answer(self, frame: bytes, at: float) -> None:
        """The node writes a frame at that time."""
        self._put(self._back, frame, at, self._come_back)

    def reset(self, why: str) -> None:
        """The node's end is gone; the client hears of it a little later."""
        self._env.connections.pop(self.name, None)
        due = self._back.due = max(self._back.due, self._loop.now + self._back.link.delay())
        self._loop.schedule(due, self._lose, why)

    # On the way

    def _put(self, way: _Way, frame: bytes, at: float, arrive: object) -> None:
        weather = way.link.weather
        due = at + way.link.delay() + weather.delay_s * self._rng.random()
        if weather.reset and self._rng.random() < weather.reset:
            self.reset("the connection was reset")
            return
        while weather.loss and self._rng.random() < weather.loss:
            way.link.lost += 1
            due += RETRANSMIT_S
        way.due = max(way.due, due)
        way.frames.append(frame)
        self._loop.schedule(way.due, self._arrive, way, arrive)

    def _arrive(self, way: _Way, arrive: object) -> None:
        """The next frame of this direction is there, unless the link is cut."""
        if not way.frames:
            return
        if way.link.cut:
            way.link.stopped += 1
            self._loop.schedule(self._loop.now + RETRANSMIT_S, self._arrive, way, arrive)
            return
        way.link.crossed += 1
        arrive(way.frames.popleft())  # type: ignore[operator]

    def _reach(self, frame: bytes) -> None:
        if self._closed or self._lost:
            return
        if self._env.ended:
            if self._node.powered:
                self._lose(f"{self._node.name} knows nothing of this connection")
            return
        self._env.run(self._env.on_frame, self.name, frame)

    def _come_back(self, frame: bytes) -> None:
        if not self._lost:
            self._arrived.append(frame)
            self._wake()

    def _lose(self, why: str) -> None:
        self._lost = self._lost or why
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
