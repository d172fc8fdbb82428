"""Which fault strikes when: a plan made from the seed before the test begins.

Faults of one **lane** come one after the other: quiet, start, wait, stop, and again. Each has its
own slot of the time: one that takes long to inject lasts shorter, but half as long at least, and
a slot that is half over before a fault could begin is left out, so that the last one does not come
when the clients have gone. No kind loses its turn by that, the next one waits for another slot::

    ── quiet ──┤start-partition├── fault ──┤stop-partition├── quiet ──┤start-kill├── …

With an overlap there are several lanes side by side, each with kinds of faults of its own and a
thread of the nemesis to itself, and each begins somewhat later than the one before, so that the
beginnings and the ends of two lanes fall together in ever other ways::

    lane 1   ── quiet ──┤ partition ├── quiet ──┤ kill ├── …
    lane 2      ── quiet ──┤ membership ├── quiet ──┤ clock ├── …

Kinds that would undo each other share a lane: who cuts links (a heal mends them all), and who stops
processes (one that is down can't be paused). Which they are, their `needs` say.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random
from typing import Any

from msgspec import Struct, structs

from harness.generator import (
    NEMESIS_THREAD,
    Context,
    Generator,
    Invocation,
    Pending,
    any_of,
    on_thread,
    once,
    sequence,
    sleep,
    sleep_until,
)
from harness.history import Op
from harness.history.faults import START, STOP
from harness.spec import Cadence

TOUCHED = (frozenset({"kill", "pause", "power", "points"}), frozenset({"cut"}))
"""Capabilities of a world by what they touch: its processes, its links."""


def lanes(needs: Mapping[str, frozenset[str]], overlap: int) -> list[list[str]]:
    """Share kinds of faults out among at most so many lanes, the longest one as short as it goes.

    Args:
        needs: of each nemesis by name, what it needs of a world.
        overlap: how many faults may be in force at once.
    """
    groups: list[tuple[set[int], list[str]]] = []
    for name in sorted(needs):
        touched = {i for i, group in enumerate(TOUCHED) if group & needs[name]}
        with_it = [group for group in groups if group[0] & touched]
        groups = [group for group in groups if group not in with_it]
        together = set().union(touched, *(group[0] for group in with_it))
        groups.append((together, sorted([name, *(n for group in with_it for n in group[1])])))
    found: list[list[str]] = [[] for _ in range(min(overlap, len(groups)))]
    for _, names in sorted(groups, key=lambda group: (-len(group[1]), group[1])):
        min(found, key=len).extend(names)
    return [sorted(names) for names in found]


def threads(count: int) -> tuple[str, ...]:
    """The nemesis' threads for so many lanes, at least one."""
    return (NEMESIS_THREAD, *(f"nemesis {number}" for number in range(2, count + 1)))


def schedule(
    places: Mapping[str, Sequence[str]],
    cadence: Cadence,
    time_limit_s: float,
    rng: Random,
    shared_out: Sequence[Sequence[str]] | None = None,
) -> Generator:
    """Lay out as many faults as fit the time limit.

    Args:
        places: for each nemesis by name, where it may strike; the first is used first, because it
            shows most, the others in random order, all of them before any comes again.
        cadence: seconds of quiet and of fault.
        time_limit_s: seconds of the main phase.
        rng: the schedule's own randomness.
        shared_out: the lanes; None: all in one.
    """
    each = [sorted(places)] if shared_out is None else shared_out
    return any_of(
        *(
            _lane(
                {name: places[name] for name in names},
                cadence,
                time_limit_s,
                rng,
                thread,
                number * cadence.slot_s / len(each),
            )
            for number, (names, thread) in enumerate(zip(each, threads(len(each)), strict=False))
            if names
        )
    )


def _lane(
    places: Mapping[str, Sequence[str]],
    cadence: Cadence,
    time_limit_s: float,
    rng: Random,
    thread: str,
    late_s: float,
) -> Generator:
    """One fault after the other, on one thread, from `late_s` on if each kind can strike then."""
    names = sorted(places)
    queues: dict[str, list[str]] = {name: [] for name in names}
    struck: set[str] = set()
    late_s = min(late_s, max(0.0, time_limit_s - len(names) * cadence.slot_s))
    begins: list[float] = []
    turns: list[tuple[str, dict[str, Any]]] = []
    for number in range(cadence.rounds(time_limit_s - late_s)):
        name = names[number % len(names)]
        if not queues[name]:
            first, *others = places[name]
            queues[name] = [first, *rng.sample(others, len(others))]
            if name in struck:
                queues[name] = rng.sample(queues[name], len(queues[name]))
            struck.add(name)
        turns.append((name, {"where": queues[name].pop(0)}))
        begins.append(late_s + number * cadence.slot_s + cadence.quiet_s)
    return on_thread(thread, _Turns(cadence.fault_s, tuple(begins), tuple(turns)))


class _Turns(Struct, frozen=True):
    """Faults in turn, each in the first slot that is not half over when the one before is done.

    Args:
        fault_s: seconds of a fault.
        begins: when those of the slots that are left begin.
        turns: kinds of faults and where they strike.
        current: the one that has its slot.
    """

    fault_s: float
    begins: tuple[float, ...]
    turns: tuple[tuple[str, dict[str, Any]], ...]
    current: Generator | None = None

    def op(self, ctx: Context) -> tuple[Invocation | Pending | None, Generator]:
        if self.current is not None:
            step, after = self.current.op(ctx)
            if step is not None:
                return step, structs.replace(self, current=after)
        left = [at for at in self.begins if ctx.time <= round((at + self.fault_s / 2) * 1e9)]
        if not left:
            return None, structs.replace(self, begins=(), current=None)
        current = _fault(*self.turns[0], left[0], self.fault_s)
        return _Turns(self.fault_s, tuple(left[1:]), self.turns[1:], current).op(ctx)

    def update(self, ctx: Context, op: Op) -> Generator:
        if self.current is None:
            return self
        current = self.current.update(ctx, op)
        return self if current is self.current else structs.replace(self, current=current)


def _fault(name: str, value: dict[str, Any], begin_s: float, fault_s: float) -> Generator:
    return sequence(
        [
            sleep_until(begin_s),
            once(Invocation(START + name, value)),
            sleep(fault_s / 2),
            sleep_until(begin_s + fault_s),
            once(Invocation(STOP + name, value)),
        ]
    )
