"""The simulated network: one link for each ordered pair, each with its own latency and weather.

A link carries whole frames. Its latency is drawn for each frame::

    least ──── spread (evenly) ──── and, one time in `TAIL_EVERY`, up to `tail` more

Frames of one link arrive in the order they were sent unless the weather reorders them; it may also
lose and double them, and a narrow link makes them queue. A cut link takes in nothing and lets
nothing out: what was under way is lost.

Only comparisons, sums and products go into a delay: no logarithm whose last bit could differ from
one machine's library to another's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any

from harness.worlds.sim.loop import SimLoop
from harness.worlds.world import CLIENTS, Weather

TAIL_EVERY = 100


@dataclass(frozen=True)
class Latency:
    """Seconds: the least, how much more evenly at random, and the length of the rare tail."""

    least: float
    spread: float
    tail: float

    @staticmethod
    def drawn(rng: Random) -> Latency:
        """One link's own: some pairs of nodes are near to each other, others are not."""
        least = rng.uniform(0.0001, 0.002)
        return Latency(least, least * rng.uniform(0.2, 2.0), rng.uniform(0.0, 0.03))


CALM = Weather()


class SimLink:
    """One direction between two ends; see the module."""

    def __init__(self, src: str, dst: str, loop: SimLoop, rng: Random) -> None:
        self.src = src
        self.dst = dst
        self.cut = False
        self.weather = CALM
        self.crossed = 0
        """Frames that arrived at the other end."""
        self.stopped = 0
        """Frames that a cut kept from arriving."""
        self.lost = self.doubled = self.delayed = 0
        """Frames that the weather has lost, doubled, or delayed."""
        self._loop = loop
        self._rng = rng
        self._latency = Latency.drawn(rng)
        self._free_at = 0.0
        self._last_due = 0.0

    def delay(self) -> float:
        """Draw one frame's latency, in seconds."""
        random = self._rng.random
        latency = self._latency
        delay = latency.least + latency.spread * random()
        draw = random() * TAIL_EVERY
        if draw < 1.0:
            delay += latency.tail * draw
        return delay

    def carry(self, frame: bytes, at: float, deliver: Callable[[str, bytes], object]) -> None:
        """Take a frame in at that time, and hand it over as `deliver(src, frame)`, or not."""
        if self.cut:
            self.stopped += 1
            return
        due = at + self.delay()
        if self.weather is not CALM:
            self._in_weather(frame, at, due, deliver)
            return
        if due < self._last_due:
            due = self._last_due
        self._last_due = due
        self._loop.schedule(due, self._arrive, frame, deliver)

    def _in_weather(
        self, frame: bytes, at: float, due: float, deliver: Callable[[str, bytes], object]
    ) -> None:
        weather, random = self.weather, self._rng.random
        if random() < weather.loss:
            self.lost += 1
            return
        due = self._queued(frame, at, due)
        if weather.delay_s:
            self.delayed += 1
            due += weather.delay_s * random()
        if random() < weather.reorder:
            self.delayed += 1
            due += weather.reorder_s * random()
        else:
            due = self._last_due = max(due, self._last_due)
        self._loop.schedule(due, self._arrive, frame, deliver)
        if random() < weather.duplicate:
            self.doubled += 1
            again = due + max(weather.reorder_s, 0.01) * random()
            self._loop.schedule(again, self._arrive, frame, deliver)

    def _queued(self, frame: bytes, at: float, due: float) -> float:
        """Wait for the frames before this one to leave through a narrow link."""
        if not self.weather.bytes_per_s:
            return due
        took = len(frame) / self.weather.bytes_per_s
        self._free_at = max(self._free_at, at) + took
        return due + self._free_at - at

    def _arrive(self, frame: bytes, deliver: Callable[[str, bytes], object]) -> None:
        if self.cut:
            self.stopped += 1
            return
        self.crossed += 1
        deliver(self.src, frame)


class Network:
    """All links, between the nodes and to and from the clients."""

    def __init__(self, names: tuple[str, ...], loop: SimLoop, seed: Any) -> None:
        ends = (*names, CLIENTS)
        self.links = {
            (src, dst): SimLink(src, dst, loop, Random(f"{seed}/link {src}>{dst}"))
            for src in ends
            for dst in ends
            if src != dst
        }
