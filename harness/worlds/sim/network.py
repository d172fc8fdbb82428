"""The simulated network: one link for each ordered pair, each with its own latency and weather.

A link carries whole frames. Its latency is drawn for each frame::

    least ──── spread (evenly) ──── and, one time in `TAIL_EVERY`, up to `tail` more

Frames of one link arrive in the order they were sent unless the weather reorders them; it may also
lose and double them, and a narrow link makes them queue. A cut link takes in nothing and lets
nothing out: what was under way is lost. Whatever happens to a frame is counted.

Only comparisons, sums and products go into a delay: no logarithm whose last bit could differ from
one machine's library to another's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from random import Random
from typing import Any, Protocol

from harness.worlds.faults import Traffic
from harness.worlds.sim.loop import SimLoop
from harness.worlds.world import CLIENTS, Weather

TAIL_EVERY = 100

QUEUE_S = 0.5
"""Seconds that a frame may wait before a narrow link; one that would wait longer is lost."""


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


class Sender(Protocol):
    """Who may end before a frame of his has left."""

    ended_at: float


class SimLink:
    """One direction between two ends; see the module."""

    def __init__(self, src: str, dst: str, loop: SimLoop, rng: Random) -> None:
        self.src = src
        self.dst = dst
        self.cut = False
        self.weather = CALM
        self.crossed = self.stopped = self.lost = self.doubled = self.overtaken = 0
        self.delayed = self.queued = self.resets = 0
        self.late_s = 0.0
        """See `harness.worlds.faults.Traffic`."""
        self._loop = loop
        self._rng = rng
        self._latency = Latency.drawn(rng)
        self._free_at = 0.0
        self._last_due = 0.0
        self._number = self._newest = 0

    def traffic(self) -> Traffic:
        """What has become of its frames."""
        return Traffic(
            self.crossed, self.stopped, self.lost, self.doubled, self.overtaken,
            self.delayed, self.queued, self.late_s, self.resets,
        )  # fmt: skip

    def delay(self) -> float:
        """Draw one frame's latency, in seconds."""
        random = self._rng.random
        latency = self._latency
        delay = latency.least + latency.spread * random()
        draw = random() * TAIL_EVERY
        if draw < 1.0:
            delay += latency.tail * draw
        return delay

    def carry(
        self,
        frame: bytes,
        at: float,
        deliver: Callable[[str, bytes], object],
        sender: Sender | None = None,
    ) -> None:
        """Take a frame in at that time, and hand it over as `deliver(src, frame)`, or not.

        A `sender` is given where `at` is still to come: if it ends before, the frame never leaves.
        """
        if self.cut:
            self.stopped += 1
            return
        due = at + self.delay()
        if self.weather is not CALM or sender is not None:
            self._carry_with_care(frame, at, due, deliver, sender)
            return
        if due < self._last_due:
            due = self._last_due
        self._last_due = due
        self._loop.schedule(due, self._arrive, frame, deliver)

    def _carry_with_care(
        self,
        frame: bytes,
        at: float,
        due: float,
        deliver: Callable[[str, bytes], object],
        sender: Sender | None,
    ) -> None:
        weather, random = self.weather, self._rng.random
        overflows = weather.bytes_per_s and self._free_at > at + QUEUE_S
        if overflows or (weather.loss and random() < weather.loss):
            self.lost += 1
            return
        due += self.hold_up(len(frame), at)
        if weather.reorder and random() < weather.reorder:
            due += weather.reorder_s * random()
        else:
            due = self._last_due = max(due, self._last_due)
        self._number += 1
        on_the_way = (frame, deliver, self._number, at, sender)
        self._loop.schedule(due, self._arrive_with_care, *on_the_way)
        if weather.duplicate and random() < weather.duplicate:
            self.doubled += 1
            again = due + max(weather.reorder_s, 0.01) * random()
            self._loop.schedule(again, self._arrive_with_care, *on_the_way)

    def hold_up(self, size: int, at: float) -> float:
        """Seconds by which the weather delays a frame of so many bytes that comes at that time.

        On a narrow link it waits for those before it to leave.
        """
        weather, late = self.weather, 0.0
        if weather.bytes_per_s:
            self._free_at = max(self._free_at, at) + size / weather.bytes_per_s
            late = self._free_at - at
            self.queued += 1
        if weather.delay_s:
            late += weather.delay_s * self._rng.random()
            self.delayed += 1
        self.late_s += late
        return late

    def _arrive(self, frame: bytes, deliver: Callable[[str, bytes], object]) -> None:
        if self.cut:
            self.stopped += 1
            return
        self.crossed += 1
        deliver(self.src, frame)

    def _arrive_with_care(
        self,
        frame: bytes,
        deliver: Callable[[str, bytes], object],
        number: int,
        at: float,
        sender: Sender | None,
    ) -> None:
        if sender is not None and sender.ended_at < at:
            return
        if number < self._newest:
            self.overtaken += 1
        self._newest = max(number, self._newest)
        self._arrive(frame, deliver)


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
