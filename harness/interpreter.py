"""Turns a generator into a history, against clients and a nemesis.

One loop asks the generator, hands invocations to workers (one a thread, one operation at a time),
and records everything in the order in which it happens::

               ┌───────────── update ─────────────┐
               ▼                                  │
          generator ── op ──▶ loop ── invoke ──▶ journal ◀── complete ── loop
                               │ hand over                                ▲
                               ▼                                          │
                     worker 0 … worker n-1, nemesis ── outcome ───────────┘

What a completion says is decided in one place (`_attempt`): a value is `ok`, `DidNotHappen` is
`fail`, anything else, a passed time limit included, is `info`, and then the thread goes on as a new
process with a fresh client, because the old session may still have an operation in flight.

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

from harness.client import Client, DidNotHappen, Indeterminate
from harness.generator import NEMESIS_THREAD, Context, Generator, Invocation, Thread
from harness.history import NEMESIS, Op
from harness.history.op import OpType
from harness.worlds.world import WorldError

log = logging.getLogger(__name__)

OpenClient = Callable[[str, int], Awaitable[Client]]
"""Opens a client on a node, for a process."""

NemesisAction = Callable[[str, Any], Awaitable[Any]]
"""Does the nemesis' `f` with its value and returns the value to record at its end."""


@dataclass(frozen=True)
class Limits:
    """Seconds that each step may take before it is given up."""

    open_client: float = 2.0
    operation: float = 1.0
    nemesis_action: float = 30.0


@dataclass(frozen=True)
class Outcome:
    """What became of an attempt."""

    type: OpType
    value: Any
    error: str | None = None


@dataclass
class _Worker:
    """A client thread: its node, its process at present, and its session if one is open."""

    thread: int
    node: str
    process: int
    client: Client | None = None


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
    """

    open_client: OpenClient
    nemesis: NemesisAction
    nodes: tuple[str, ...]
    concurrency: int
    record: Callable[[Op], None]
    rng: Random
    limits: Limits = field(default_factory=Limits)
    unhandled: list[str] = field(default_factory=list)
    """Exceptions that a client raised and the harness had no name for, one line each."""

    def __post_init__(self) -> None:
        self._workers = [
            _Worker(thread, self.nodes[thread % len(self.nodes)], thread)
            for thread in range(self.concurrency)
        ]
        self._running: dict[Thread, asyncio.Task[None]] = {}
        self._finished: deque[tuple[Thread, Invocation, Outcome]] = deque()
        self._wake = asyncio.Event()
        self._broken: WorldError | None = None
        self._index = 0
        self._begin = 0.0

    async def run(self, generator: Generator) -> None:
        """Run the generator to its end, and every operation with it.

        Raises WorldError when the world breaks under it, and whatever `generator` or `record`
        raise: a bug in a plugin, or a full disk.
        """
        self._begin = asyncio.get_running_loop().time()
        try:
            await self._loop(generator)
        finally:
            for task in list(self._running.values()):
                task.cancel()
            await asyncio.gather(*self._running.values(), return_exceptions=True)
            for worker in self._workers:
                await self._close(worker)

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
        processes: dict[Thread, int | str] = {w.thread: w.process for w in self._workers}
        processes[NEMESIS_THREAD] = NEMESIS
        free = tuple(thread for thread in processes if thread not in self._running)
        return Context(self._now(), free, processes, self.rng)

    def _now(self) -> int:
        return round((asyncio.get_running_loop().time() - self._begin) * 1e9)

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
        worker = self._workers[thread] if isinstance(thread, int) else None
        op = Op(
            index=self._index,
            time=self._now(),
            type=kind,
            process=NEMESIS if worker is None else worker.process,
            f=step.f,
            key=step.key,
            node=None if worker is None else worker.node,
            **rest,
        )
        self._index += 1
        self.record(op)
        return generator.update(self._context(), op)

    def _invoke(self, generator: Generator, step: Invocation, ctx: Context) -> Generator:
        if step.thread not in ctx.free:
            raise RuntimeError(f"the generator gave {step.f} to thread {step.thread!r}, not free")
        thread = step.thread
        work = self._strike(step) if thread == NEMESIS_THREAD else self._operate(step)
        kind: OpType = "info" if thread == NEMESIS_THREAD else "invoke"
        # The thread is busy from here on, so that the generator's update sees it so.
        self._running[thread] = asyncio.create_task(work, name=f"thread {thread}")
        return self._write(generator, kind, step, value=step.value)

    def _complete(
        self, generator: Generator, thread: Thread, step: Invocation, outcome: Outcome
    ) -> Generator:
        generator = self._write(
            generator, outcome.type, step, value=outcome.value, error=outcome.error
        )
        del self._running[thread]
        if isinstance(thread, int) and outcome.type == "info":
            self._workers[thread].process += self.concurrency
        return generator

    def _finish(self, step: Invocation, outcome: Outcome) -> None:
        assert step.thread is not None
        self._finished.append((step.thread, step, outcome))
        self._wake.set()

    async def _strike(self, step: Invocation) -> None:
        limit = self.limits.nemesis_action
        try:
            async with asyncio.timeout(limit):
                value = await self.nemesis(step.f, step.value)
            outcome = Outcome("info", value)
        except TimeoutError:
            outcome = Outcome("info", step.value, f"{step.f} took longer than {limit:g} s")
        except WorldError as error:
            outcome = self._break("info", step.value, error)
        except Exception as error:
            log.exception("nemesis %s failed", step.f)
            outcome = Outcome("info", step.value, _describe(error))
        self._finish(step, outcome)

    async def _operate(self, step: Invocation) -> None:
        assert isinstance(step.thread, int)
        worker = self._workers[step.thread]
        outcome = await self._open(worker, step) or await self._attempt(worker, step)
        if outcome.type == "info":
            await self._close(worker)
        self._finish(step, outcome)

    async def _open(self, worker: _Worker, step: Invocation) -> Outcome | None:
        """Open the worker's client unless it is open; the outcome if that failed."""
        if worker.client is not None:
            return None
        limit = self.limits.open_client
        try:
            async with asyncio.timeout(limit):
                worker.client = await self.open_client(worker.node, worker.process)
        except TimeoutError:
            return Outcome(
                "fail", step.value, f"no-client: {worker.node} gave none within {limit:g} s"
            )
        except ConnectionError as error:
            return Outcome("fail", step.value, f"no-client: {error}")
        except WorldError as error:
            return self._break("fail", step.value, error)
        except Exception as error:
            log.exception("opening a client on %s failed", worker.node)
            self.unhandled.append(f"opening a client on {worker.node}: {_describe(error)}")
            return Outcome("fail", step.value, f"no-client: {_describe(error)}")
        return None

    def _break(self, kind: OpType, value: Any, error: WorldError) -> Outcome:
        """The world itself has failed: nothing that follows would be worth anything."""
        self._broken = error
        return Outcome(kind, value, str(error))

    async def _attempt(self, worker: _Worker, step: Invocation) -> Outcome:
        assert worker.client is not None
        limit = self.limits.operation
        try:
            async with asyncio.timeout(limit):
                value = await worker.client.call(step.f, step.key, step.value)
        except DidNotHappen as error:
            return Outcome("fail", step.value, str(error))
        except TimeoutError:
            return Outcome("info", step.value, f"no answer within {limit:g} s")
        except (Indeterminate, ConnectionError) as error:
            return Outcome("info", step.value, str(error) or type(error).__name__)
        except Exception as error:
            log.exception("%s on %s raised", step.f, worker.node)
            self.unhandled.append(f"{step.f} on {worker.node}: {_describe(error)}")
            return Outcome("info", step.value, f"indeterminate: {_describe(error)}")
        return Outcome("ok", value)

    async def _close(self, worker: _Worker) -> None:
        client, worker.client = worker.client, None
        if client is None:
            return
        try:
            async with asyncio.timeout(self.limits.open_client):
                await client.close()
        except Exception as error:
            self.unhandled.append(f"closing a client on {worker.node}: {_describe(error)}")


def _describe(error: Exception) -> str:
    return f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
