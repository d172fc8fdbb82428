"""`harness.env.Env` for one life of a simulated process.

Every event of the process goes through `run`: nothing of a process that has ended is ever run
again (it is fenced off, not cancelled: a killed process doesn't tidy up), and what arrives while
it is paused, or busy with its disk, waits::

    frame, timer ─▶ run ─┬─ ended            forgotten
                         ├─ paused           held until it goes on
                         ├─ disk is busy     later
                         └─ the process' own code; a crash in it ends the process

A sync blocks the process. So within an event time goes on by what its syncs took (`_lag`): what it
sends after a sync leaves later by as much, and its next event waits as long.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from random import Random
from typing import TYPE_CHECKING, Any

from harness.env import Disk

if TYPE_CHECKING:
    from harness.worlds.sim.connection import SimConnection
    from harness.worlds.sim.node import SimNode

Call = Callable[..., object]


class Killed(BaseException):
    """The process has ended in the middle of what it was doing.

    No `Exception`: no handler of the process' own may keep it alive.
    """


class SimTimer:
    """See `harness.env.Timer`; dies with its process."""

    __slots__ = ("call",)

    def __init__(self, call: Call | None) -> None:
        self.call = call

    def cancel(self) -> None:
        """See `harness.env.Timer`."""
        self.call = None


class SimEnv:
    """One life of one process: a restart gets a new one, on the same disk and clock."""

    def __init__(self, node: SimNode, rng: Random) -> None:
        self.name = node.name
        self.rng = rng
        self.disk: Disk = node.disk
        self.ended = False
        self.program: Any = None
        """What the program's `main` returned, for an all-knowing observer."""
        self.connections: dict[str, SimConnection] = {}
        self.on_frame: Callable[[str, bytes], None] = _ignore
        self._node = node
        self._loop = node.loop
        self._clock = node.clock
        self._links = node.links
        self._held: list[tuple[Call, tuple[Any, ...]]] | None = None
        self._lag = 0.0
        self._busy_until = 0.0

    # Env

    def now(self) -> float:
        """See `harness.env.Env`."""
        clock = self._clock
        return clock.offset + clock.rate * (self._loop.now + self._lag)

    def after(self, seconds: float, call: Callable[[], None]) -> SimTimer:
        """See `harness.env.Env`."""
        timer = SimTimer(call)
        due = self._loop.now + self._lag
        if seconds > 0:
            due += seconds / self._clock.rate
        self._loop.schedule(due, self._ring, timer)
        return timer

    def send(self, peer: str, frame: bytes) -> None:
        """See `harness.env.Env`."""
        there = self._links.get(peer)
        if there is not None:
            link, node = there
            link.carry(frame, self._loop.now + self._lag, node.take_frame)
            return
        connection = self.connections.get(peer)
        if connection is not None:
            connection.answer(frame, self._loop.now + self._lag)

    def receive(self, on_frame: Callable[[str, bytes], None]) -> None:
        """See `harness.env.Env`."""
        self.on_frame = on_frame

    def reached(self, point: str) -> None:
        """See `harness.env.Env`."""
        self._node.reached(point)
        if self.ended:
            raise Killed

    # The process

    def _ring(self, timer: SimTimer) -> None:
        if timer.call is not None and not self.ended:
            self.run(timer.call)

    def run(self, call: Call, *args: Any) -> None:
        """Run code of the process; see the module."""
        if self.ended:
            return
        if self._held is not None:
            self._held.append((call, args))
            return
        if self._loop.now < self._busy_until:
            self._loop.schedule(self._busy_until, self.run, call, *args)
            return
        self._lag = 0.0
        try:
            call(*args)
        except Killed:
            return
        except Exception as error:
            self._node.crashed(error, traceback.format_exc())
            return
        finally:
            if self._lag:
                self._busy_until = self._loop.now + self._lag
                self._lag = 0.0
        self._node.look(self)

    def busy(self, seconds: float) -> None:
        """The process waits that long for its disk."""
        self._lag += seconds

    @property
    def paused(self) -> bool:
        """Whether it is stopped by a signal."""
        return self._held is not None

    def pause(self) -> None:
        """Stop it; what comes for it waits."""
        if self._held is None:
            self._held = []

    def resume(self) -> None:
        """Let it go on, with all that has waited, in order."""
        if self._held is not None:
            held, self._held = self._held, None
            for call, args in held:
                self.run(call, *args)

    def end(self) -> None:
        """Fence it off: none of its code is run again."""
        self.ended = True
        self._held = None
        self.on_frame = _ignore


def _ignore(_sender: str, _frame: bytes) -> None:
    """Nobody listens yet, or any more."""
