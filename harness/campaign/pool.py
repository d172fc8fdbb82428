"""Worker processes that make the same call on one task after another.

::

             task ──▶ ┌────────┐           one pipe a worker, both ways: whoever's end of it closes
    campaign          │ worker │           is dead, and the other knows at once
             ◀─ answer└────────┘

- **A worker that is killed** costs its task one more try, on a fresh worker; the second time the
  task is lost, and only it. So does one that takes too long.
- **A campaign that is killed**, with `kill -9` too, takes its workers with it: a thread in each
  waits for tasks, and ends the process when the pipe closes, whatever else it is doing.
- **Ctrl-C** goes to every process of a terminal's job. Workers never see it (it is blocked before
  they are started): what is to become of them is the campaign's to decide.

`concurrent.futures` would call the whole pool broken for one killed worker.
"""

from __future__ import annotations

import gc
import os
import queue
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from multiprocessing import connection, get_context, resource_tracker
from multiprocessing.connection import Connection
from types import TracebackType
from typing import Any, Generic, TypeVar

Task = TypeVar("Task")
Answer = TypeVar("Answer")

_UNHEARD = {signal.SIGINT, signal.SIGTERM}
_TRIES = 2
_MOST_LOST_AT_ONCE = 4


class PoolBroken(RuntimeError):
    """Workers die as fast as they are started."""


@dataclass(frozen=True)
class Lost:
    """A task has no answer; one line says why."""

    reason: str


class _Worker:
    """One process and our end of its pipe."""

    def __init__(self, call: Callable[[Any], Any]) -> None:
        context = get_context("spawn")  # a fork would inherit the other workers' pipes
        self.pipe, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs, call), daemon=True)
        resource_tracker.ensure_running()  # it would unblock the signals when it is started
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _UNHEARD)
        try:
            self._process.start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)
            theirs.close()
        self.ticket: int | None = None
        self.task: Any = None
        self.tries = 0
        self.began = 0.0

    def give(self, ticket: int, task: Any, tries: int) -> None:
        """Send it a task. A worker that is dead is found out by `collect`."""
        self.ticket, self.task, self.tries = ticket, task, tries
        self.began = time.monotonic()
        try:
            self.pipe.send(task)
        except OSError:
            return

    def end(self) -> str:
        """End it, whatever it is doing; returns how it ended."""
        self._process.kill()
        self._process.join()
        code = self._process.exitcode or 0
        self.pipe.close()
        self._process.close()
        return f"by signal {-code}" if code < 0 else f"with exit code {code}"


class Pool(Generic[Task, Answer]):
    """`workers` processes for `call`; a context manager, at whose end none of them is left.

    Args:
        call: a function of a module: it, the tasks and the answers are pickled.
        workers: how many tasks are worked on at the same time.
        patience_s: a worker that takes longer for a task is killed.
    """

    def __init__(
        self, call: Callable[[Task], Answer], workers: int, *, patience_s: float = 300.0
    ) -> None:
        self.size = workers
        self._call = call
        self._patience_s = patience_s
        self._workers: list[_Worker] = []
        self._tickets = 0
        self._lost_at_once = 0

    def __enter__(self) -> Pool[Task, Answer]:
        try:
            for _ in range(self.size):
                self._workers.append(_Worker(self._call))
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """End all workers, whatever they are doing; harmless when they have ended."""
        while self._workers:
            self._workers.pop().end()

    @property
    def free(self) -> int:
        """How many workers have nothing to do."""
        return sum(worker.ticket is None for worker in self._workers)

    @property
    def busy(self) -> int:
        """How many tasks are being worked on."""
        return len(self._workers) - self.free

    def submit(self, task: Task) -> int:
        """Give a task to a free worker; returns the ticket its answer comes with.

        Raises:
            RuntimeError: no worker is free.
        """
        for worker in self._workers:
            if worker.ticket is None:
                self._tickets += 1
                worker.give(self._tickets, task, 1)
                return self._tickets
        raise RuntimeError("no worker is free")

    def collect(self, timeout_s: float) -> list[tuple[int, Answer | Lost]]:
        """Wait until some task is done, at most so long; returns the tickets with the answers.

        Raises:
            PoolBroken: one worker after the other has died.
        """
        pipes = {worker.pipe: worker for worker in self._workers if worker.ticket is not None}
        answers: list[tuple[int, Answer | Lost]] = []
        for pipe in connection.wait(list(pipes), timeout_s):
            assert isinstance(pipe, Connection)
            worker = pipes.pop(pipe)
            assert worker.ticket is not None
            try:
                answers.append((worker.ticket, pipe.recv()))
            except (EOFError, OSError):
                answers += self._replace(worker, "its worker ended {how}")
            else:
                worker.ticket = worker.task = None
                self._lost_at_once = 0
        late = time.monotonic() - self._patience_s
        for worker in pipes.values():
            if worker.began < late:
                answers += self._replace(worker, f"it took more than {self._patience_s:g} s")
        return answers

    def _replace(self, worker: _Worker, why: str) -> list[tuple[int, Answer | Lost]]:
        """Start another worker for this one, and try its task once more."""
        ticket, task, tries = worker.ticket, worker.task, worker.tries
        assert ticket is not None
        how = worker.end()
        self._workers.remove(worker)
        self._lost_at_once += 1
        if self._lost_at_once > _MOST_LOST_AT_ONCE:
            raise PoolBroken(f"{self._lost_at_once} workers died one after the other, {how}")
        fresh = _Worker(self._call)
        self._workers.append(fresh)
        if tries < _TRIES:
            fresh.give(ticket, task, tries + 1)
            return []
        return [(ticket, Lost(why.format(how=how)))]


def _serve(pipe: Connection, call: Callable[[Any], Any]) -> None:
    """A worker's life. Its main thread works, as the calls may want to handle signals."""
    tasks: queue.SimpleQueue[Any] = queue.SimpleQueue()
    threading.Thread(target=_take, args=(pipe, tasks), daemon=True).start()
    gc.freeze()  # what has been imported stays: no collection needs to look at it
    gc.set_threshold(10_000, 20, 20)  # a test keeps most of what it makes: seldom is enough
    while True:
        task = tasks.get()
        try:
            answer = call(task)
        except Exception as error:
            text = " ".join(str(error).split())
            answer = Lost(f"{type(error).__name__}: {text}")
        try:
            pipe.send(answer)
        except OSError:  # nobody is there to take it
            return


def _take(pipe: Connection, tasks: queue.SimpleQueue[Any]) -> None:
    """Take tasks as they come, and end the process when there is nobody to work for."""
    while True:
        try:
            tasks.put(pipe.recv())
        except (EOFError, OSError):
            os._exit(0)
