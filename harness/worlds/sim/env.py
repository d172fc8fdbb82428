"""`harness.env.Env` for one life of a simulated process.

Every event of the process goes through `run`: nothing of a process that has ended is ever run
again (it is fenced off, not cancelled: a killed process doesn't tidy up), and what arrives while
it is paused, or busy with its disk, waits its turn::

    frame, timer ─▶ run ─┬─ ended              forgotten
                         ├─ paused, or busy    waits, in order
                         └─ the process' own code; a crash in it ends the process

A process that is resumed finds its sockets full and its timers overdue all at once, and which of
them it looks at first is its runtime's affair: some take timers first, some sockets, and these in
any order. So it is drawn (`_as_found`); only what came from one peer, over one connection or from
the timers keeps its own order::

    came      n2  timer  client  n3  n2'
    handled   client  n2  n2'  timer  n3            or any other order of the four

A sync blocks the process. So within an event time goes on by what its syncs took (`_lag`): what it
sends after a sync leaves later by as much, and its next event waits as long. Until then all of that
is still to come: a process that ends meanwhile never sent it (`ended_at`), its disk has not synced
(`SimDisk.ended`), and an observer has not seen the state after it.
"""

from __future__ import annotations

import traceback
from collections import deque
from collections.abc import Callable
from math import inf
from random import Random
from typing import TYPE_CHECKING, Any

from harness.env import Disk

if TYPE_CHECKING:
    from harness.worlds.sim.connection import SimConnection
    from harness.worlds.sim.node import SimNode

Call = Callable[..., object]

RESOLUTION_S = 1e-9
"""A timer rings so much late. Rounded down it would ring before its time, be set again for a
moment too short to move the clock at all, and so for ever.
"""


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
        self.ended_at = inf
        """When it ended, in virtual seconds."""
        self.paused = False
        """Whether it is stopped by a signal."""
        self.program: Any = None
        """What the program's `main` returned, for an all-knowing observer."""
        self.connections: dict[str, SimConnection] = {}
        self.on_frame: Callable[[str, bytes], None] = _ignore
        self._node = node
        self._loop = node.loop
        self._clock = node.clock
        self._links = node.links
        self._waiting: deque[tuple[Call, tuple[Any, ...]]] = deque()
        self._lag = 0.0
        self._busy_until = 0.0
        self._unseen = False

    # Env

    def now(self) -> float:
        """See `harness.env.Env`."""
        clock = self._clock
        return clock.offset + clock.rate * (self._loop.now + self._lag)

    def after(self, seconds: float, call: Callable[[], None]) -> SimTimer:
        """See `harness.env.Env`. A jump of the clock moves no timer that is set already."""
        timer = SimTimer(call)
        due = self._loop.now + self._lag
        if seconds > 0:
            due += seconds / self._clock.rate + RESOLUTION_S
        self._loop.schedule(due, self._ring, timer)
        return timer

    def send(self, peer: str, frame: bytes) -> None:
        """See `harness.env.Env`."""
        there = self._links.get(peer)
        if there is not None:
            link, node = there
            if self._lag:
                link.carry(frame, self._loop.now + self._lag, node.take_frame, self)
            else:
                link.carry(frame, self._loop.now, node.take_frame)
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
            self.run(self._call_back, timer)

    def _call_back(self, timer: SimTimer) -> None:
        """Unless it was cancelled while it waited for its turn."""
        if timer.call is not None:
            timer.call()

    def run(self, call: Call, *args: Any) -> None:
        """Run code of the process; see the module."""
        if self.ended:
            return
        if self._waiting or self.paused or self._loop.now < self._busy_until:
            self._waiting.append((call, args))
            if len(self._waiting) == 1 and not self.paused:
                self._loop.schedule(self._busy_until, self._go_on)
            return
        self._do(call, args)

    def _go_on(self) -> None:
        """Run what has waited, in order, as far as it comes now."""
        while self._waiting and not self.ended and not self.paused:
            if self._loop.now < self._busy_until:
                self._loop.schedule(self._busy_until, self._go_on)
                return
            call, args = self._waiting.popleft()
            self._do(call, args)

    def _do(self, call: Call, args: tuple[Any, ...]) -> None:
        if self._unseen:
            self._show()
        try:
            call(*args)
        except Killed:
            return
        except SystemExit as end:
            self._node.kill(end.code if isinstance(end.code, int) else 0 if end.code is None else 1)
            return
        except Exception as error:
            self._node.crashed(error, traceback.format_exc())
            return
        if self._lag:
            self._busy_until = self._loop.now + self._lag
            self._lag = 0.0
            self._unseen = True
            self._loop.schedule(self._busy_until, self._over)
        else:
            self._node.look(self)

    def _over(self) -> None:
        """An event that took time has ended: what it did is seen before anybody can hear of it."""
        if not self.ended and self._loop.now >= self._busy_until:
            self._show()

    def _show(self) -> None:
        """Let the observer see the state after an event that took time, now that it is over."""
        if self._unseen:
            self._unseen = False
            self._node.look(self)

    def busy(self, seconds: float) -> float:
        """The process waits that long for its disk; returns its own present, virtual seconds."""
        self._lag += seconds
        return self._loop.now + self._lag

    def pause(self) -> None:
        """Stop it; what comes for it waits. What it does at the moment it does to its end."""
        self.paused = True

    def resume(self) -> None:
        """Let it go on, with all that has waited."""
        if self.paused:
            self.paused = False
            self._as_found()
            self._loop.schedule(max(self._loop.now, self._busy_until), self._go_on)

    def _as_found(self) -> None:
        """Put what has waited in the order in which the process finds it; see the module."""
        sources: dict[Any, list[tuple[Call, tuple[Any, ...]]]] = {}
        for call, args in self._waiting:
            source = None if call == self._call_back else args[0]
            sources.setdefault(source, []).append((call, args))
        found = self._node.rng.sample(list(sources.values()), len(sources))
        self._waiting = deque(waiting for source in found for waiting in source)

    def end(self) -> float:
        """Fence it off: none of its code is run again. Returns when that was, virtual seconds."""
        if self._busy_until <= self._loop.now and not self._lag:
            self._show()
        self.ended = True
        self.ended_at = self._loop.now + self._lag
        self._waiting.clear()
        self.on_frame = _ignore
        return self.ended_at


def _ignore(_sender: str, _frame: bytes) -> None:
    """Nobody listens yet, or any more."""
