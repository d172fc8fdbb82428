"""A plan as a generator: every operation on its own thread at its time, faults on the nemesis'."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from harness.generator import Context, Generator, Invocation, Pending, Thread, phases
from harness.history import Op
from harness.history.faults import START, STOP
from harness.script.plan import Plan, Trouble


@dataclass(frozen=True)
class _Timetable:
    """Each thread's invocations in order, with the times (ns) at which they are due.

    One that finds its thread busy waits for it.
    """

    due: Mapping[Thread, Sequence[tuple[int, int, Invocation]]]
    """For each thread: when, which of all this is (for equal times), and what."""
    taken: Mapping[Thread, int]
    """How many each thread has done."""

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        first: tuple[int, int, Invocation] | None = None
        left = False
        for thread, entries in self.due.items():
            at = self.taken[thread]
            if at == len(entries):
                continue
            left = True
            if thread in ctx.free and (first is None or entries[at][:2] < first[:2]):
                first = entries[at]
        if first is None:
            return (Pending() if left else None), self
        time, _, invocation = first
        if time > ctx.time:
            return Pending(time), self
        assert invocation.thread is not None
        taken = {**self.taken, invocation.thread: self.taken[invocation.thread] + 1}
        return invocation, replace(self, taken=taken)

    def update(self, ctx: Context, op: Op) -> Generator:
        return self


def timetable(entries: Sequence[tuple[int, Invocation]]) -> Generator:
    """Each invocation at its time (ns), on its own thread; of equal times the first first."""
    due: dict[Thread, list[tuple[int, int, Invocation]]] = {}
    for number, (time, invocation) in enumerate(entries):
        assert invocation.thread is not None
        due.setdefault(invocation.thread, []).append((time, number, invocation))
    for each in due.values():
        each.sort(key=lambda entry: entry[:2])
    return _Timetable(due, dict.fromkeys(due, 0))


def threads(plan: Plan) -> tuple[str, ...]:
    """The nemesis' threads: one for each beginning and end of a fault, so that none waits."""
    return tuple(f"nemesis {number}" for number in range(1, max(1, 2 * len(plan.troubles)) + 1))


def generator(plan: Plan) -> Generator:
    """The whole script; what is still broken once every operation has come back is mended."""
    entries = [
        (call.at, Invocation(call.f, call.value, call.key, call.process)) for call in plan.calls
    ]
    last: list[tuple[int, Invocation]] = []
    own = threads(plan)
    for number, trouble in enumerate(plan.troubles):
        begin, end = own[2 * number : 2 * number + 2]
        entries.append((trouble.begins.at, _strike(START, trouble, begin)))
        if trouble.end is None:
            last.append((0, _strike(STOP, trouble, end)))
        else:
            entries.append((trouble.end, _strike(STOP, trouble, end)))
    return phases(timetable(entries), timetable(last))


def _strike(what: str, trouble: Trouble, thread: str) -> Invocation:
    return Invocation(what + trouble.name, {"where": f"step {trouble.number}"}, thread=thread)
