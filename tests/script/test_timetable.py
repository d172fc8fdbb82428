"""A timetable gives what is due first of all whose threads are free, and is quick with many."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from time import process_time

import pytest

from harness.generator import Context, Generator, Invocation, Pending, Processes, Thread
from harness.history import NEMESIS, Op
from harness.script.generator import timetable

Entries = Sequence[tuple[int, Invocation]]


class Plain:
    """What a timetable means, in the plainest words: it looks at every thread each time."""

    def __init__(self, entries: Entries) -> None:
        self._due: dict[Thread, list[tuple[int, int, Invocation]]] = {}
        for number, (time, invocation) in enumerate(entries):
            assert invocation.thread is not None
            self._due.setdefault(invocation.thread, []).append((time, number, invocation))
        for due in self._due.values():
            due.sort(key=lambda entry: entry[:2])

    def op(self, ctx: Context) -> Invocation | Pending | None:
        """The next thing to do; it is done, if it is one."""
        heads = [due[0] for thread, due in self._due.items() if due and thread in ctx.free]
        if not heads:
            return Pending() if any(self._due.values()) else None
        time, _, invocation = min(heads, key=lambda entry: entry[:2])
        if time > ctx.time:
            return Pending(time)
        assert invocation.thread is not None
        self._due[invocation.thread].pop(0)
        return invocation


def run_by(entries: Entries, threads: Sequence[Thread], rng: Random) -> None:
    """Run a timetable, each operation taking some time, beside the plain one."""
    generator: Generator = timetable(entries)
    expected = Plain(entries)
    processes = Processes({t: t if isinstance(t, int) else NEMESIS for t in threads})
    running: dict[Thread, int] = {}
    now = 0
    while True:
        for thread, end in sorted(running.items(), key=lambda item: item[1]):
            if end > now:
                continue
            ctx = _context(now, threads, running, processes, rng)
            kind = "info" if isinstance(thread, str) else "ok"
            generator = generator.update(ctx, _op(now, kind, processes[thread]))
            del running[thread]
        ctx = _context(now, threads, running, processes, rng)
        step, following = generator.op(ctx)
        assert step == expected.op(ctx)
        if isinstance(step, Invocation):
            assert step.thread is not None
            generator = following
            running[step.thread] = now + rng.choice([1, 5, 50])
            ctx = _context(now, threads, running, processes, rng)
            kind = "info" if isinstance(step.thread, str) else "invoke"
            generator = generator.update(ctx, _op(now, kind, processes[step.thread]))
            continue
        if step is None and not running:
            return
        until = [] if step is None or step.until is None else [step.until]
        now = min([*running.values(), *until])


def _context(
    now: int, threads: Sequence[Thread], running: object, processes: Processes, rng: Random
) -> Context:
    assert isinstance(running, dict)
    return Context(now, tuple(t for t in threads if t not in running), processes, rng)


def _op(now: int, kind: str, process: int | str) -> Op:
    return Op(index=0, time=now, type=kind, process=process, f="f", value=None)  # type: ignore[arg-type]


@pytest.mark.parametrize("seed", range(200))
def test_a_timetable_is_what_it_means(seed: int) -> None:
    rng = Random(seed)
    threads: list[Thread] = [*range(rng.randint(1, 6)), "nemesis 1", "nemesis 2"]
    workers = rng.choices(range(len(threads) - 2), k=rng.randint(0, 40))
    entries = [
        (rng.randrange(rng.choice([1, 20, 400])), Invocation("f", number, thread=thread))
        for number, thread in enumerate(workers)
    ]
    entries += [(rng.randrange(100), Invocation("strike", thread=name)) for name in threads[-2:]]
    rng.shuffle(entries)
    run_by(entries, threads, rng)


def test_a_thousand_threads_take_a_step_as_quickly_as_a_few() -> None:
    """It took 200 times as long: each step looked at each thread, and looked it up in a list."""

    def cost(count: int) -> float:
        """CPU seconds of a step of a timetable alone."""
        entries = [(n, Invocation("f", n, thread=n % count)) for n in range(2000)]
        generator = timetable(entries)
        processes = Processes({thread: thread for thread in range(count)})
        free = tuple(range(count))
        began = process_time()
        for now in range(2000):
            ctx = Context(now, free, processes, Random(0))
            step, generator = generator.op(ctx)
            assert isinstance(step, Invocation)
            generator = generator.update(ctx, _op(now, "ok", processes[step.thread]))  # type: ignore[index]
        return process_time() - began

    few = min(cost(10) for _ in range(3))
    many = min(cost(1000) for _ in range(3))
    assert many < 10 * few
