"""Histories of queues and stacks for tests, and an oracle that tries every order.

It shares nothing with the checker but the shape of a call: the specifications are written down
again, on plain lists.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from random import Random
from typing import Any

from harness.model import FOREVER, UNKNOWN, Call

KINDS = ("fifo-queue", "unordered-queue", "priority-queue", "stack")


STATES = 150_000


class TooMany(Exception):
    """There are too many orders to try."""


def verbs(kind: str) -> tuple[str, str]:
    """How a kind names its put and its take."""
    return ("push", "pop") if kind == "stack" else ("enqueue", "dequeue")


def takeable(kind: str, held: Sequence[int]) -> list[int]:
    """What a take could return, of elements in the order in which they came."""
    if not held:
        return []
    if kind == "fifo-queue":
        return [held[0]]
    if kind == "stack":
        return [held[-1]]
    return [min(held)] if kind == "priority-queue" else list(dict.fromkeys(held))


def after(kind: str, held: tuple[int, ...], call: Call) -> list[tuple[int, ...]]:
    """Every state that a call can lead to."""
    if call.f == verbs(kind)[0]:
        assert isinstance(call.value, int)
        return [(*held, call.value)]
    can = takeable(kind, held)
    if call.result is None:
        return [] if held else [held]
    if call.result is UNKNOWN:
        return [_less(kind, held, one) for one in can] or [held]
    return [_less(kind, held, one) for one in can if one == call.result]


def _less(kind: str, held: tuple[int, ...], one: int) -> tuple[int, ...]:
    at = len(held) - 1 if kind == "stack" else held.index(one)
    return held[:at] + held[at + 1 :]


def linearizable(kind: str, calls: Sequence[Call]) -> bool:
    """Whether some order of the calls fits, by trying all; `TooMany` when they are.

    Crashed takes differ in their starts alone, so they are used by rising start.
    """
    must = sum(1 << at for at, call in enumerate(calls) if call.end != FOREVER)
    latest_first = sorted(range(len(calls)), key=lambda at: -calls[at].end)
    spares = [at for at, call in enumerate(calls) if call.result is UNKNOWN and call.value is None]
    spares.sort(key=lambda at: calls[at].start)
    before = {at: spares[max(0, spares.index(at) - 1) : spares.index(at)] for at in spares}
    seen: set[tuple[int, tuple[int, ...]]] = set()
    todo: list[tuple[int, tuple[int, ...]]] = [(0, ())]
    while todo:
        done, held = todo.pop()
        if len(seen) > STATES:
            raise TooMany
        if done & must == must:
            return True
        left = [at for at in latest_first if not done >> at & 1]
        limit = calls[left[-1]].end
        for at in left:
            if calls[at].start > limit or any(
                not done >> other & 1 for other in before.get(at, ())
            ):
                continue
            for state in after(kind, held, calls[at]):
                canonical = state if kind in ("fifo-queue", "stack") else tuple(sorted(state))
                step = (done | 1 << at, canonical)
                if step not in seen:
                    seen.add(step)
                    todo.append(step)
    return False


def replays(kind: str, calls: Sequence[Call], order: Sequence[int]) -> bool:
    """Whether an order has every completed call once, respects real time, and is legal."""
    if len(set(order)) != len(order):
        return False
    left_out = set(range(len(calls))) - set(order)
    if any(calls[at].end != FOREVER for at in left_out):
        return False
    latest = -1
    states: set[tuple[int, ...]] = {()}
    for at in order:
        if calls[at].end < latest:
            return False
        latest = max(latest, calls[at].start)
        states = {state for held in states for state in after(kind, held, calls[at])}
    return bool(states)


@dataclass
class Shape:
    """What a random history is like."""

    operations: int
    clients: int
    crash: float = 0.0
    puts: float = 0.5
    late: float = 0.3
    """How often a crashed call takes effect late."""


def simulate(kind: str, shape: Shape, rng: Random) -> list[Call]:
    """A linearizable history: calls take effect on a real collection between start and end."""
    put, take = verbs(kind)
    held: list[int] = []
    values = list(range(1, shape.operations + 1))
    rng.shuffle(values)
    calls: list[Call] = []
    open_: dict[int, tuple[int, Callable[[], Any] | None]] = {}
    results: dict[int, Any] = {}
    late: list[Callable[[], Any]] = []
    clock = 0

    def effect(f: str, value: int | None) -> Callable[[], Any]:
        def act() -> Any:
            if f == put:
                assert value is not None
                held.append(value)
                return value
            can = takeable(kind, held)
            if not can:
                return None
            one = rng.choice(can)
            held[:] = _less(kind, tuple(held), one)
            return one

        return act

    while len(calls) < shape.operations or open_:
        clock += 2
        if late and rng.random() < 0.1:
            late.pop(rng.randrange(len(late)))()
        client = rng.randrange(shape.clients)
        if client not in open_:
            if len(calls) >= shape.operations:
                continue
            f = put if rng.random() < shape.puts else take
            value = values.pop() if f == put else None
            open_[client] = (len(calls), effect(f, value))
            calls.append(Call(clock, FOREVER, f, value, UNKNOWN, client, len(calls)))
            continue
        at, act = open_[client]
        crashed = rng.random() < shape.crash / 2
        if crashed:
            if act is not None and rng.random() < shape.late:
                late.append(act)
            del open_[client]
        elif act is not None:
            results[at] = act()
            open_[client] = (at, None)
        else:
            call = calls[at]
            calls[at] = Call(
                call.start, clock + 1, call.f, call.value, results[at], call.process, at
            )
            del open_[client]
    return calls


def corrupt(kind: str, calls: list[Call], rng: Random) -> list[Call]:
    """The same calls with other results, or other intervals."""
    put, take = verbs(kind)
    calls = list(calls)
    for _ in range(rng.choice((1, 1, 1, 2, 3))):
        answered = [at for at, call in enumerate(calls) if call.f == take and call.end != FOREVER]
        seen = [calls[at].result for at in answered]
        way = rng.randrange(6)
        at = rng.randrange(len(calls))
        call = calls[at]
        if way < 2 and len(answered) > 1:
            one, two = rng.sample(answered, 2)
            first, second = calls[one].result, calls[two].result
            calls[one], calls[two] = _with(calls[one], second), _with(calls[two], first)
        elif way == 2 and answered:
            at = rng.choice(answered)
            calls[at] = _with(calls[at], None)
        elif way == 3 and answered:
            at = rng.choice(answered)
            untaken = [c.value for c in calls if c.f == put and c.value not in seen]
            calls[at] = _with(calls[at], rng.choice(untaken or [len(calls) + 1]))
        elif way == 4 and call.end != FOREVER:
            end = rng.randrange(call.start, call.end) | 1
            if all(other.end != end for other in calls):
                calls[at] = Call(call.start, end, call.f, call.value, call.result, call.process, at)
        elif way == 5 and call.f == take:
            calls[at] = Call(call.start, FOREVER, call.f, None, UNKNOWN, call.process, at)
    return calls


def _with(call: Call, result: Any) -> Call:
    return Call(call.start, call.end, call.f, call.value, result, call.process, call.row)


def any_history(kind: str, rng: Random, small: bool) -> list[Call]:
    """One of many sorts of histories: right, nearly right, or right for another kind."""
    shape = Shape(
        operations=min(12, rng.randint(1, 18)) if small else rng.randint(15, 40),
        clients=rng.randint(1, 5) if small else rng.randint(2, 4),
        crash=rng.choice((0, 0, 0.15, 0.4)) if small else rng.choice((0, 0, 0.03, 0.08)),
        puts=rng.choice((0.4, 0.5, 0.6)),
        late=rng.choice((0.2, 0.6, 1.0)),
    )
    sort = rng.random()
    if sort < 0.1:
        other = rng.choice(KINDS)
        calls = simulate(other, replace(shape, clients=2), rng)
        names = dict(zip(verbs(other), verbs(kind), strict=True))
        return [
            Call(c.start, c.end, names[c.f], c.value, c.result, c.process, c.row) for c in calls
        ]
    calls = simulate(kind, shape, rng)
    if sort < 0.75:
        calls = corrupt(kind, calls, rng)
    return coarse(calls, rng.choice((6, 10))) if rng.random() < 0.15 else calls


def coarse(calls: Sequence[Call], grain: int) -> list[Call]:
    """The same calls under a coarser clock: equal times are concurrent, and starts may be equal."""
    return [
        Call(
            c.start // grain * 2,
            c.end if c.end == FOREVER else c.end // grain * 2 + 1,
            c.f,
            c.value,
            c.result,
            c.process,
            c.row,
        )
        for c in calls
    ]


def without(calls: Sequence[Call], chosen: Sequence[int]) -> list[Call]:
    """Only the calls at some positions."""
    return [calls[at] for at in chosen]
