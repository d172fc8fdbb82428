"""Turns a generator into a history, against clients and a nemesis.

One loop asks the generator, hands invocations to workers (one a thread, one operation at a time),
and records everything in the order in which it happens::

               ┌───────────── update ─────────────┐
               ▼                                  │
          generator ── op ──▶ loop ── invoke ──▶ journal ◀── complete ── loop
                               │ hand over                                ▲
                               ▼                                          │
                     worker 0 … worker n-1, nemesis ── outcome ───────────┘

What a completion says is decided in `harness.session`. A thread whose operation came back `info`
goes on as a new process.

Time is the event loop's, so that under virtual time the same code runs unchanged.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from random import Random
from typing import Any

from harness.generator import NEMESIS_THREAD, Context, Generator, Invocation, Processes, Thread
from harness.history import NEMESIS, Op
from harness.history.op import OpType
from harness.session import ClientThread, Limits, OpenClient, Outcome, describe
from harness.worlds.world import WorldError

log = logging.getLogger(__name__)

NemesisAction = Callable[[str, Any], Awaitable[Any]]
"""Does the nemesis' `f` with its value and returns the value to record at its end."""


@dataclass
class Interpreter:
    """Runs one generator. `run` may be cancelled: what was recorded stays, no worker stays.

    Args:
        open_client: see `OpenClient`.
        nemesis: see `NemesisAction`.
        nodes: client thread i is pinned to `nodes[i mod len(nodes)]`.
        concurrency: client threads.
        record: called with every op in order, before anything else happens.
        rng: the generator's randomness.
        limits: see `Limits`.
        nemeses: the nemesis' threads. One does a fault after the other; more let one fault begin
            while another one's proof is still being measured.
    """

    open_client: OpenClient
    nemesis: NemesisAction
    nodes: tuple[str, ...]
    concurrency: int
    record: Callable[[Op], None]
    rng: Random
    limits: Limits = field(default_factory=Limits)
    nemeses: tuple[str, ...] = (NEMESIS_THREAD,)
    unhandled: list[str] = field(default_factory=list)
    """Exceptions that a client raised and the harness had no name for, one line each."""

    def __post_init__(self) -> None:
        self._clients = [
            ClientThread(
                thread,
                self.nodes[thread % len(self.nodes)],
                self.open_client,
                self.limits,
                self.unhandled,
            )
            for thread in range(self.concurrency)
        ]
        self._running: dict[Thread, asyncio.Task[None]] = {}
        self._finished: deque[tuple[Thread, Invocation, Outcome]] = deque()
        self._wake = asyncio.Event()
        self._broken: WorldError | None = None
        self._index = 0
        self._time: Callable[[], float] = float
        self._begin = 0.0
        self._processes = self._current_processes()
        self._free = tuple(self._processes)

    async def run(self, generator: Generator) -> None:
        """Run the generator to its end, and every operation with it.

        Raises WorldError when the world breaks under it, and whatever `generator` or `record`
        raise: a bug in a plugin, or a full disk.
        """
        self._time = asyncio.get_running_loop().time
        self._begin = self._time()
        try:
            await self._loop(generator)
        finally:
            for task in list(self._running.values()):
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            for client in self._clients:
                await client.close()

    async def _loop(self, generator: Generator) -> None:
        while True:
            self._wake.clear()
            while self._finished:
                generator = self._complete(generator, *self._finished.popleft())
            if self._broken is not None:
                raise self._broken
            ctx = self._context()
            step, following = generator.op(ctx)
            if step is None:
                if not self._running:
                    return
                await self._wake.wait()
            elif not isinstance(step, Invocation):
                generator = following
                if step.until is None and not self._running:
                    raise RuntimeError("the generator waits for an event, but nothing is running")
                await self._wait_until(step.until)
            else:
                generator = self._invoke(following, step, ctx)
                # Workers get the loop between any two invocations, however fast these come.
                await asyncio.sleep(0)

    def _context(self) -> Context:
        return Context(self._now(), self._free, self._processes, self.rng)

    def _free_threads(self) -> tuple[Thread, ...]:
        """Which threads have nothing to do, now that one has begun or ended something."""
        running = self._running
        return tuple([thread for thread in self._processes if thread not in running])

    def _current_processes(self) -> Processes:
        """Which process each thread is, now that one has changed."""
        found: dict[Thread, int | str] = {
            thread: client.process for thread, client in enumerate(self._clients)
        }
        found.update(dict.fromkeys(self.nemeses, NEMESIS))
        return Processes(found)

    def _now(self) -> int:
        return round((self._time() - self._begin) * 1e9)

    async def _wait_until(self, time: int | None) -> None:
        if time is None:
            await self._wake.wait()
            return
        timer = asyncio.get_running_loop().call_at(self._begin + time / 1e9, self._wake.set)
        try:
            await self._wake.wait()
        finally:
            timer.cancel()

    def _write(
        self, generator: Generator, kind: OpType, step: Invocation, **rest: Any
    ) -> Generator:
        thread = step.thread
        client = self._clients[thread] if isinstance(thread, int) else None
        op = Op(
            index=self._index,
            time=self._now(),
            type=kind,
            process=NEMESIS if client is None else client.process,
            f=step.f,
            key=step.key,
            node=None if client is None else client.node,
            **rest,
        )
        self._index += 1
        self.record(op)
        return generator.update(self._context(), op)

    def _invoke(self, generator: Generator, step: Invocation, ctx: Context) -> Generator:
        thread = step.thread
        if thread not in ctx.free:
            raise RuntimeError(
                f"the generator gave {step.f} to thread {thread!r}, which is not free"
            )
        kind: OpType = "info" if isinstance(thread, str) else "invoke"
        # The thread is busy from here on, so that the generator's update sees it so.
        self._running[thread] = asyncio.create_task(
            self._perform(thread, step), name=f"thread {thread}"
        )
        self._free = self._free_threads()
        return self._write(generator, kind, step, value=step.value)

    def _complete(
        self, generator: Generator, thread: Thread, step: Invocation, outcome: Outcome
    ) -> Generator:
        generator = self._write(
            generator, outcome.type, step, value=outcome.value, error=outcome.error
        )
        del self._running[thread]
        self._free = self._free_threads()
        if isinstance(thread, int) and outcome.type == "info":
            self._clients[thread].process += self.concurrency
            self._processes = self._current_processes()
        return generator

    async def _perform(self, thread: Thread, step: Invocation) -> None:
        """Do a step on its thread, and hand its outcome to the loop."""
        try:
            if isinstance(thread, int):
                outcome = await self._clients[thread].perform(step)
            else:
                outcome = await self._strike(step)
        except WorldError as error:
            # The world itself has failed: nothing that follows would be worth anything.
            self._broken = error
            outcome = Outcome("info", step.value, str(error))
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                raise
            outcome = Outcome("info", step.value, f"{step.f} cancelled itself")
        self._finished.append((thread, step, outcome))
        self._wake.set()

    async def _strike(self, step: Invocation) -> Outcome:
        limit = self.limits.nemesis_action
        try:
            async with asyncio.timeout(limit):
                return Outcome("info", await self.nemesis(step.f, step.value))
        except TimeoutError:
            return Outcome("info", step.value, f"{step.f} took longer than {limit:g} s")
        except WorldError:
            raise
        except Exception as error:
            log.exception("nemesis %s failed", step.f)
            return Outcome("info", step.value, describe(error))
