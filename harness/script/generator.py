"""A plan as a generator: every operation on its own thread at its time, faults on the nemesis'."""

from __future__ import annotations

from bisect import bisect
from collections.abc import Mapping, Sequence

from msgspec import Struct

from harness.generator import Context, Generator, Invocation, Pending, Thread, phases
from harness.history import Op
from harness.history.faults import START, STOP
from harness.script.plan import Plan, Trouble

_Entry = tuple[int, int, Invocation]
"""When (ns), which of all this is (for equal times), and what."""


class _Timetable(Struct, frozen=True):
    """Each thread's invocations in order, with the times at which they are due.

    One that finds its thread busy waits for it::

        ready    what each idle thread does next  ───▶  the first is given when it is due
          ▲                                                    │ and what its thread does next
          └──── once the thread has completed it ──── waiting ◀┘

    So a step costs the same for a thousand threads as for ten, but for the copies of these two.
    """

    ready: tuple[_Entry, ...]
    waiting: Mapping[Thread, _Entry]
    following: Mapping[int, _Entry]
    """What a thread does after this one, by its number."""

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        ready = self.ready
        idle = (at for at in range(len(ready)) if ready[at][2].thread in ctx.free)
        first = next(idle, None)  # mostly the very first
        if first is None:
            return (Pending() if ready or self.waiting else None), self
        time, number, invocation = ready[first]
        if time > ctx.time:
            return Pending(time), self
        waiting = self.waiting
        if number in self.following:
            assert invocation.thread is not None
            waiting = {**waiting, invocation.thread: self.following[number]}
        return invocation, _Timetable(ready[:first] + ready[first + 1 :], waiting, self.following)

    def update(self, ctx: Context, op: Op) -> Generator:
        if op.type == "invoke" or not self.waiting:
            return self
        thread = ctx.thread_of(op)
        if thread is None or thread not in self.waiting:
            return self
        waiting = dict(self.waiting)
        entry = waiting.pop(thread)
        at = bisect(self.ready, entry)
        ready = (*self.ready[:at], entry, *self.ready[at:])
        return _Timetable(ready, waiting, self.following)


def timetable(entries: Sequence[tuple[int, Invocation]]) -> Generator:
    """Each invocation at its time (ns), on its own thread; of equal times the first first.

    A thread of the nemesis has one at most: its completions don't say whose they are.
    """
    last: dict[Thread, int] = {}
    ready: list[_Entry] = []
    following: dict[int, _Entry] = {}
    numbered = [(time, number, invocation) for number, (time, invocation) in enumerate(entries)]
    for entry in sorted(numbered, key=lambda entry: entry[:2]):
        _, number, invocation = entry
        thread = invocation.thread
        assert thread is not None
        if thread in last:
            assert isinstance(thread, int)
            following[last[thread]] = entry
        else:
            ready.append(entry)
        last[thread] = number
    return _Timetable(tuple(ready), {}, following)


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
