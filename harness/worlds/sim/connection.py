"""A client's connection to a simulated node: a stream, its frames whole, once and in order.

What a real network would retransmit comes late here instead of never: a frame that the weather
loses is sent again after `RETRANSMIT_S`, and so is one that a cut stops, until the cut heals. What
a client sent before it closed still arrives. The stream ends when the process does (reset); when
the node loses its power it goes silent, until the client sends something to the node that is back.
"""

from __future__ import annotations

import asyncio
from collections import deque
from random import Random
from typing import TYPE_CHECKING

from harness.worlds.sim.network import CALM, SimLink

if TYPE_CHECKING:
    from harness.worlds.sim.env import SimEnv
    from harness.worlds.sim.node import SimNode

RETRANSMIT_S = 0.2


class _Way:
    """One direction: what is under way with when it left, and when the next may arrive."""

    def __init__(self, link: SimLink) -> None:
        self.link = link
        self.frames: deque[tuple[bytes, float]] = deque()
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
        self._put(self._there, frame, self._loop.now)

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
        self._put(self._back, frame, at)

    def reset(self, why: str) -> None:
        """The node's end is gone; the client hears of it a little later."""
        self._env.connections.pop(self.name, None)
        due = self._back.due = max(self._back.due, self._loop.now + self._back.link.delay())
        self._loop.schedule(due, self._lose, why)

    # On the way

    def _put(self, way: _Way, frame: bytes, at: float) -> None:
        link, weather = way.link, way.link.weather
        due = at + link.delay()
        if weather is not CALM:
            if weather.reset and self._rng.random() < weather.reset:
                link.resets += 1
                self.reset("the connection was reset")
                return
            due += link.hold_up(len(frame), at)
            while weather.loss and self._rng.random() < weather.loss:
                link.lost += 1
                due += RETRANSMIT_S
        way.due = max(way.due, due)
        way.frames.append((frame, at))
        self._loop.schedule(way.due, self._arrive, way)

    def _arrive(self, way: _Way) -> None:
        """The next frame of this direction is there, unless nothing gets through: try again."""
        if self._lost or (self._closed and way is self._back):
            return
        link, dark = way.link, way is self._there and not self._node.powered
        if link.cut or dark:
            link.stopped += link.cut
            self._loop.schedule(self._loop.now + RETRANSMIT_S, self._arrive, way)
            return
        frame, at = way.frames.popleft()
        if way is self._there:
            link.crossed += 1
            self._reach(frame)
        elif at <= self._env.ended_at:  # else the process ended before it could write this
            link.crossed += 1
            self._arrived.append(frame)
            self._wake()

    def _reach(self, frame: bytes) -> None:
        if self._env.ended:
            self._lose(f"{self._node.name} knows nothing of this connection")
            return
        self._env.run(self._env.on_frame, self.name, frame)

    def _lose(self, why: str) -> None:
        self._lost = self._lost or why
        self._wake()

    def _wake(self) -> None:
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)
