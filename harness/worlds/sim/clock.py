"""A node's own clock: it drifts by a rate, and faults move it.

::

    node's time = offset + rate · virtual time
"""

from __future__ import annotations

from harness.worlds.sim.loop import SimLoop


class NodeClock:
    """What a node reads; setting the rate keeps what it reads at this moment."""

    def __init__(self, loop: SimLoop, rate: float) -> None:
        self._loop = loop
        self.rate = rate
        self.offset = 0.0

    def at(self, time: float) -> float:
        """What this clock reads at that virtual time; both in seconds."""
        return self.offset + self.rate * time

    def read(self) -> float:
        """What this clock reads now, in seconds."""
        return self.offset + self.rate * self._loop.now

    def jump(self, seconds: float) -> None:
        """Move it by so much, back for a negative number."""
        self.offset += seconds

    def drift(self, rate: float) -> None:
        """From now on `rate` of its seconds pass in one of the loop's."""
        self.offset += (self.rate - rate) * self._loop.now
        self.rate = rate
