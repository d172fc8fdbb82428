"""The loop under virtual time: order, jumps of the clock, and what it refuses."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import Coroutine
from typing import Any, TypeVar

import pytest

from harness.worlds.sim import loop as sim_loop
from harness.worlds.sim.loop import Deadlock, SimLoop

Result = TypeVar("Result")


def run(main: Coroutine[Any, Any, Result]) -> Result:
    with asyncio.Runner(loop_factory=SimLoop) as runner:
        return runner.run(main)


def here() -> SimLoop:
    loop = asyncio.get_running_loop()
    assert isinstance(loop, SimLoop)
    return loop


def test_an_hour_passes_at_once_and_exactly() -> None:
    async def main() -> float:
        await asyncio.sleep(3600)
        return here().time()

    begin = time.monotonic()
    assert run(main()) == 3600.0
    assert time.monotonic() - begin < 60


def test_what_is_due_first_is_done_first_and_equal_times_in_the_order_of_their_making() -> None:
    """Asyncio's timers and plain scheduled calls share one heap."""

    async def main() -> list[str]:
        done: list[str] = []
        loop = here()
        loop.schedule(2.0, done.append, "b")
        loop.call_at(2.0, done.append, "c")
        loop.schedule(1.0, done.append, "a")
        loop.call_later(2.0, done.append, "d")
        loop.schedule(0.0, done.append, "at once")
        await asyncio.sleep(3)
        return done

    assert run(main()) == ["at once", "a", "b", "c", "d"]


def test_what_is_ready_comes_before_anything_that_is_due() -> None:
    """A callback made ready at some moment runs at that moment, before the clock moves on."""

    async def main() -> list[tuple[str, float]]:
        done: list[tuple[str, float]] = []
        loop = here()

        def first() -> None:
            loop.call_soon(lambda: done.append(("ready", loop.time())))
            done.append(("first", loop.time()))

        loop.schedule(1.0, first)
        loop.schedule(1.0, lambda: done.append(("second", loop.time())))
        await asyncio.sleep(2)
        return done

    assert run(main()) == [("first", 1.0), ("ready", 1.0), ("second", 1.0)]


def test_a_call_that_was_due_in_the_past_does_not_turn_the_clock_back() -> None:
    async def main() -> float:
        await asyncio.sleep(5)
        done = asyncio.get_running_loop().create_future()
        here().schedule(1.0, done.set_result, None)
        await done
        return here().time()

    assert run(main()) == 5.0


def test_a_cancelled_timer_is_never_called() -> None:
    async def main() -> list[str]:
        done: list[str] = []
        here().call_later(1, done.append, "cancelled").cancel()
        await asyncio.sleep(2)
        return done

    assert run(main()) == []


def test_time_outs_are_virtual() -> None:
    async def main() -> float:
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(30):
                await asyncio.get_running_loop().create_future()
        return here().time()

    assert run(main()) == 30.0


def test_waiting_for_what_can_never_come_is_a_deadlock_and_no_hang() -> None:
    async def main() -> None:
        await asyncio.get_running_loop().create_future()

    with pytest.raises(Deadlock, match="nothing ever will be"):
        run(main())


def test_a_busy_loop_that_lets_no_time_pass_is_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sim_loop, "SPIN", 1000)

    async def main() -> None:
        while True:
            await asyncio.sleep(0)

    with pytest.raises(RuntimeError, match="time does not move on"):
        run(main())


def test_threads_are_refused() -> None:
    async def main() -> None:
        await asyncio.to_thread(time.sleep, 0)

    with pytest.raises(RuntimeError, match="on a thread"):
        run(main())


def test_what_a_scheduled_call_raises_ends_the_run() -> None:
    """A simulation with a broken part in it would go on to prove things about something else."""

    async def main() -> None:
        here().schedule(1.0, lambda: 1 / 0)
        await asyncio.sleep(2)

    with pytest.raises(ZeroDivisionError):
        run(main())


def test_an_interrupt_comes_through_and_the_old_handler_comes_back() -> None:
    before = signal.getsignal(signal.SIGUSR1)

    async def main() -> bool:
        came = asyncio.Event()
        here().add_signal_handler(signal.SIGUSR1, came.set)
        here().schedule(1.0, os.kill, os.getpid(), signal.SIGUSR1)
        async with asyncio.timeout(10):
            await came.wait()
        return True

    assert run(main())
    assert signal.getsignal(signal.SIGUSR1) is before
