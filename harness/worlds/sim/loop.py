"""An event loop whose clock is virtual: when nothing is ready, time jumps to what is due next.

asyncio's own callbacks (tasks, futures, time-outs) work as on any loop. The simulated network and
nodes go around them: `schedule` puts a plain call on the heap, without a handle and a context, and
most of what happens in a simulation is such calls::

    ready   deque of handles           run first, in order, until there are none
    heap    (due, number, call, args)  then the earliest; of equal ones the first that was put

The number makes the order of equal times that of their making, so a run is repeated exactly.
"""

from __future__ import annotations

import asyncio
import signal
from collections import deque
from collections.abc import Callable
from contextvars import Context, copy_context
from heapq import heappop, heappush
from types import FrameType
from typing import Any

SPIN = 1_000_000
"""So many callbacks without a step of time mean that something waits in a busy loop."""


class Deadlock(RuntimeError):
    """Nothing is due, and nothing ever will be: the main task waits for what can't come."""


class SimHandle(asyncio.TimerHandle):
    """As asyncio's, without what its debug mode needs, which costs more than all the rest."""

    __slots__ = ()

    def __init__(
        self,
        when: float,
        callback: Callable[..., object],
        args: tuple[Any, ...],
        loop: SimLoop,
        context: Context | None,
    ) -> None:
        self._when = when
        self._callback = callback
        self._args = args
        self._loop = loop
        self._context = copy_context() if context is None else context
        self._cancelled = self._scheduled = False
        self._repr = self._source_traceback = None

    def cancel(self) -> None:
        """See `asyncio.TimerHandle`. One that was scheduled stays on the heap until it is due."""
        self._cancelled = True

    def fire(self) -> None:
        """Make the call, unless it was cancelled."""
        if not self._cancelled:
            self._run()


class SimLoop(asyncio.BaseEventLoop):
    """Starts at time 0 s. It waits for no file, socket or thread."""

    def __init__(self) -> None:
        super().__init__()
        self.now = 0.0
        """The virtual time, in seconds; `time()` returns it."""
        self.events = 0
        """How many scheduled calls have been made."""
        self._soon: deque[SimHandle] = deque()
        self._heap: list[tuple[float, int, Callable[..., object], tuple[Any, ...]]] = []
        self._number = 0
        self._signals: dict[int, Any] = {}

    def time(self) -> float:
        """See `asyncio.loop.time`."""
        return self.now

    def schedule(self, due: float, call: Callable[..., object], *args: Any) -> None:
        """Make this call at that time; it can't be taken back. What it raises ends the run."""
        self._number += 1
        heappush(self._heap, (due, self._number, call, args))

    # What asyncio's tasks and futures ask of a loop

    def call_soon(  # type: ignore[override]
        self, callback: Callable[..., object], *args: Any, context: Context | None = None
    ) -> asyncio.Handle:
        """See `asyncio.loop.call_soon`."""
        handle = SimHandle(self.now, callback, args, self, context)
        self._soon.append(handle)
        return handle

    call_soon_threadsafe = call_soon  # type: ignore[assignment]

    def call_at(  # type: ignore[override]
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """See `asyncio.loop.call_at`."""
        handle = SimHandle(when, callback, args, self, context)
        self.schedule(when, handle.fire)
        return handle

    def call_later(  # type: ignore[override]
        self,
        delay: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """See `asyncio.loop.call_later`."""
        return self.call_at(self.now + delay, callback, *args, context=context)

    def run_in_executor(self, *_: Any) -> Any:  # type: ignore[override]
        """Refused: a thread's time is not the loop's."""
        raise RuntimeError("nothing in the sim world may run on a thread")

    def _run_once(self) -> None:
        """All that happens until the loop is stopped: what is ready, then the next scheduled call.

        asyncio would call this again for each step; a call for each costs too much.
        """
        soon, heap = self._soon, self._heap
        still = 0
        while True:
            while soon and not self._stopping:  # type: ignore[attr-defined]
                soon.popleft().fire()
                still += 1
                if still > SPIN:
                    raise RuntimeError(self._spinning())
            if self._stopping:  # type: ignore[attr-defined]
                return
            if not heap:
                raise Deadlock("nothing is due in the simulation, and nothing ever will be")
            due, _, call, args = heappop(heap)
            if due > self.now:
                self.now = due
                still = 0
            else:
                still += 1
                if still > SPIN:
                    raise RuntimeError(self._spinning())
            self.events += 1
            call(*args)

    def _spinning(self) -> str:
        return f"{SPIN:,} calls at {self.now:g} s, and time does not move on"

    # Signals: the loop never sleeps, so Python's own handlers come in time

    def add_signal_handler(  # type: ignore[override]
        self, sig: int, callback: Callable[..., object], *args: Any
    ) -> None:
        """See `asyncio.loop.add_signal_handler`."""

        def handle(_number: int, _frame: FrameType | None) -> None:
            self.call_soon(callback, *args)

        before = signal.signal(sig, handle)
        self._signals.setdefault(sig, before)

    def remove_signal_handler(self, sig: int) -> bool:
        """See `asyncio.loop.remove_signal_handler`."""
        if sig not in self._signals:
            return False
        signal.signal(sig, self._signals.pop(sig))
        return True

    def close(self) -> None:
        """See `asyncio.loop.close`."""
        for sig in list(self._signals):
            self.remove_signal_handler(sig)
        self._heap.clear()
        self._soon.clear()
        super().close()
