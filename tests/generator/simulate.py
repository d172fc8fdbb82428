"""Runs a generator without a clock: operations take as long as the test says."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Any

from harness.generator import (
    NEMESIS_THREAD,
    Context,
    Generator,
    Invocation,
    Processes,
    Thread,
)
from harness.history import NEMESIS, Op


def simulate(
    generator: Generator,
    *,
    threads: Sequence[Thread] = (0, 1),
    nemesis: bool = False,
    took_ns: Callable[[Invocation], int] = lambda step: 10,
    outcome: Callable[[Invocation], str] = lambda step: "ok",
    value: Callable[[Invocation], Any] = lambda step: step.value,
    seed: int = 0,
    most: int = 1000,
) -> list[Op]:
    """Ask the generator, complete every operation after `took_ns`, and return the history.

    What is ok has the value that `value` gives, everything else that of its invocation.
    """
    everyone = [*threads, NEMESIS_THREAD] if nemesis else list(threads)
    processes = Processes(
        {thread: NEMESIS if thread == NEMESIS_THREAD else thread for thread in everyone}
    )
    history: list[Op] = []
    running: list[tuple[int, Thread, Invocation]] = []
    now, rng = 0, Random(seed)

    def context() -> Context:
        busy = {thread for _, thread, _ in running}
        free = tuple(thread for thread in everyone if thread not in busy)
        return Context(now, free, processes, rng)

    def record(thread: Thread, kind: str, step: Invocation) -> Generator:
        op = Op(
            index=len(history),
            time=now,
            type=kind,  # type: ignore[arg-type]
            process=processes[thread],
            f=step.f,
            value=value(step) if kind == "ok" else step.value,
            key=step.key,
        )
        history.append(op)
        return generator.update(context(), op)

    while len(history) < most:
        running.sort(key=lambda item: item[0])
        if running and running[0][0] <= now:
            _, thread, step = running.pop(0)
            generator = record(thread, outcome(step), step)
            continue
        answer, following = generator.op(context())
        if isinstance(answer, Invocation):
            thread = context().free[0] if answer.thread is None else answer.thread
            assert thread in context().free
            generator = following
            running.append((now + took_ns(answer), thread, answer))
            generator = record(thread, "invoke", answer)
            continue
        if answer is None and not running:
            return history
        due = [at for at, _, _ in running]
        if answer is not None:
            generator = following
            due += [] if answer.until is None else [answer.until]
        assert due, "the generator waits for an event, but nothing is running"
        now = max(now, min(due))
    return history


def invoked(history: Sequence[Op]) -> list[Op]:
    """The invocations of a history."""
    return [op for op in history if op.type == "invoke"]
