"""The definitions of the weaker promises, by brute force; no code shared with the checker.

Each is "there are a choice of versions and an order of them, such that …" or "there is an order of
the operations, such that …"; here all choices and all orders are tried.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain, combinations, permutations, product
from typing import Any

from harness.history.op import Op, Operation, pair
from tests.checker.oracle import same

FIRST = -1


@dataclass(frozen=True)
class Event:
    """One operation that happened or may have: what it read and wrote, each in a tuple if at all.

    `ended` is None if it crashed; `session` is who did it; `at` its place in the history.
    """

    at: int
    key: Any
    session: Any
    began: tuple[int, int]
    ended: tuple[int, int] | None
    read: tuple[Any] | None
    wrote: tuple[Any] | None
    f: str


def events(history: Sequence[Op]) -> list[Event]:
    """The operations of all keys; crashed reads tell nothing."""
    found = []
    for at, operation in enumerate(pair(history)):
        if operation.outcome != "fail" and not (
            operation.outcome == "info" and operation.invocation.f == "read"
        ):
            found.append(_event(at, operation))
    return found


def _event(at: int, operation: Operation) -> Event:
    asked, done = operation.invocation, operation.completion
    ended = None
    if done is not None and done.type == "ok":
        ended = (done.time, done.index)
    read = wrote = None
    if asked.f == "read":
        assert done is not None
        read = (done.value,)
    elif asked.f == "write":
        wrote = (asked.value,)
    else:
        read, wrote = (asked.value[0],), (asked.value[1],)
    return Event(
        at, asked.key, asked.process, (asked.time, asked.index), ended, read, wrote, asked.f
    )


def sequentially_consistent(happened: Sequence[Event]) -> bool:
    """Whether all operations have one order that agrees with every session."""

    def before(one: Event, two: Event) -> bool:
        return one.session == two.session and one.at < two.at and one.ended is not None

    return ordered(happened, before)


def coherent(happened: Sequence[Event]) -> bool:
    """Whether each key by itself is sequentially consistent."""
    return all(sequentially_consistent(of_key) for of_key in by_key(happened))


def by_key(happened: Sequence[Event]) -> list[list[Event]]:
    """The operations of each key."""
    keys: dict[Any, list[Event]] = {}
    for event in happened:
        keys.setdefault(event.key, []).append(event)
    return list(keys.values())


def ordered(happened: Sequence[Event], before: Callable[[Event, Event], bool]) -> bool:
    """Whether registers could have done this in an order that respects `before`."""
    count = len(happened)
    first = [
        sum(1 << a for a in range(count) if before(happened[a], happened[b])) for b in range(count)
    ]
    needed = sum(1 << at for at, event in enumerate(happened) if event.ended is not None)
    todo: list[tuple[int, tuple[tuple[Any, Any], ...]]] = [(0, ())]
    met = set(map(repr, todo))
    while todo:
        placed, state = todo.pop()
        if placed & needed == needed:
            return True
        values = dict(state)
        for at, event in enumerate(happened):
            if placed >> at & 1 or first[at] & ~placed:
                continue
            if event.read is not None and not same(event.read[0], values.get(event.key)):
                continue
            after = dict(values)
            if event.wrote is not None:
                after[event.key] = event.wrote[0]
            step = (placed | 1 << at, tuple(sorted(after.items(), key=repr)))
            if repr(step) not in met:
                met.add(repr(step))
                todo.append(step)
    return False


def guarantees(happened: Sequence[Event]) -> dict[str, bool]:
    """The four session guarantees, over all keys."""
    tests = {
        "read your writes": _reads_its_writes,
        "monotonic reads": _reads_forward,
        "monotonic writes": _writes_in_order,
        "writes follow reads": _writes_after_reads,
    }
    return {
        name: all(any(test(*choice) for choice in _choices(of_key)) for of_key in by_key(happened))
        for name, test in tests.items()
    }


Saw = dict[int, int]


def _choices(of_key: Sequence[Event]) -> Iterator[tuple[list[Event], Saw]]:
    """Every choice of crashed operations, all of them seen, and of what each read saw."""
    crashed = _possible(of_key)
    for chosen in chain.from_iterable(combinations(crashed, n) for n in range(len(crashed) + 1)):
        there = [event for event in of_key if event.ended is not None or event in chosen]
        readers = [event for event in there if event.read is not None]
        options = [
            ([FIRST] if same(reader.read[0], None) else [])  # type: ignore[index]
            + [
                event.at
                for event in there
                if event is not reader
                and event.wrote is not None
                and same(event.wrote[0], reader.read[0])  # type: ignore[index]
            ]
            for reader in readers
        ]
        for saw in product(*options):
            if all(event.at in _seen(there, readers, saw) for event in chosen):
                yield there, {reader.at: s for reader, s in zip(readers, saw, strict=True)}


def _possible(of_key: Sequence[Event]) -> list[Event]:
    """The crashed operations, but for each cas that could only have found its own consequences."""
    there = [None, *(e.wrote[0] for e in of_key if e.wrote and (e.ended or not e.read))]
    possible = [e for e in of_key if e.ended is None and not e.read]
    waiting = [e for e in of_key if e.ended is None and e.read]
    while True:
        found = [e for e in waiting if any(same(e.read[0], value) for value in there)]  # type: ignore[index]
        if not found:
            return possible
        waiting = [e for e in waiting if e not in found]
        possible += found
        there += [e.wrote[0] for e in found if e.wrote]


def _seen(there: Sequence[Event], readers: Sequence[Event], saw: Sequence[int]) -> set[int]:
    """The writes that a completed operation saw, or one that was itself seen."""
    ended = {event.at for event in there if event.ended is not None}
    seen: set[int] = set()
    while True:
        more = {
            s for reader, s in zip(readers, saw, strict=True) if reader.at in ended | seen
        } - seen
        if not more:
            return seen
        seen |= more


def _orders(there: Sequence[Event]) -> Iterator[dict[int, int]]:
    """Every order of the versions, as the place of each."""
    for order in permutations([event.at for event in there if event.wrote is not None]):
        yield {FIRST: 0, **{at: place for place, at in enumerate(order, 1)}}


def _in_session(there: Sequence[Event]) -> Iterator[tuple[Event, Event]]:
    for one in there:
        for two in there:
            if one.session == two.session and one.at < two.at and one.ended is not None:
                yield one, two


def _reads_its_writes(there: list[Event], saw: Saw) -> bool:
    return any(
        all(
            (two.at not in saw or one.wrote is None or place[one.at] <= place[saw[two.at]])
            and (two.wrote is None or one.wrote is None or place[one.at] < place[two.at])
            for one, two in _in_session(there)
        )
        for place in _orders(there)
    )


def _reads_forward(there: list[Event], saw: Saw) -> bool:
    return any(
        all(
            one.at not in saw or two.at not in saw or place[saw[one.at]] <= place[saw[two.at]]
            for one, two in _in_session(there)
        )
        for place in _orders(there)
    )


def _writes_in_order(there: list[Event], saw: Saw) -> bool:
    return _classes_fit(
        there,
        saw,
        [
            (o.at, t.at)
            for o, t in _in_session(there)
            if o.wrote is not None and t.wrote is not None
        ],
    )


def _writes_after_reads(there: list[Event], saw: Saw) -> bool:
    demands = [
        (saw[one.at], two.at)
        for one, two in _in_session(there)
        if one.at in saw and two.wrote is not None
    ]
    demands += [(saw[e.at], e.at) for e in there if e.at in saw and e.wrote is not None]
    return all(one != two for one, two in demands) and _classes_fit(there, saw, demands)


def _classes_fit(there: list[Event], saw: Saw, demands: list[tuple[int, int]]) -> bool:
    """Whether the versions, those seen in both orders taken as one, have an order that fits."""
    versions = [FIRST, *(event.at for event in there if event.wrote is not None)]
    later = {(v, v) for v in versions}
    later |= {(saw[o.at], saw[t.at]) for o, t in _in_session(there) if o.at in saw and t.at in saw}
    if any(two == FIRST != one for one, two in later):
        later |= {
            (FIRST, v) for v in versions if any(v in pair for pair in later if pair != (v, v))
        }
    for middle in versions:
        for one in versions:
            for two in versions:
                if (one, middle) in later and (middle, two) in later:
                    later.add((one, two))
    name = {v: min(w for w in versions if (v, w) in later and (w, v) in later) for v in versions}
    for order in permutations(sorted(set(name.values()))):
        place = {v: order.index(name[v]) for v in versions}
        if all(place[a] <= place[b] for a, b in later) and all(
            place[a] <= place[b] for a, b in demands
        ):
            return True
    return False


def staleness(happened: Sequence[Event]) -> int | None:
    """The least shift of reads, in nanoseconds, that makes it linearizable; None if none does."""
    shifts = {0, 1}
    for read in happened:
        for other in happened:
            if read.f == "read" and other.ended is not None:
                shifts.add(max(0, read.began[0] - other.ended[0]))
    for shift in sorted(shifts):
        if all(ordered(of_key, _precedes(shift)) for of_key in by_key(happened)):
            return shift
    return None


def _precedes(shift: int) -> Callable[[Event, Event], bool]:
    def before(one: Event, two: Event) -> bool:
        if one.ended is None:
            return False
        if shift and two.f == "read":
            return one.ended[0] < two.began[0] - shift
        return one.ended[1] < two.began[1]

    return before


def most_behind(happened: Sequence[Event]) -> int:
    """The most versions that certainly came between a read and what it saw."""
    most = 0
    for read in happened:
        if read.f != "read" or read.read is None or read.ended is None:
            continue
        mine = [e for e in happened if e.key == read.key and e.wrote is not None]
        counts = [
            sum(
                w.ended is not None and w.ended[1] < read.began[1] and since < w.began[1]
                for w in mine
            )
            for since in _ends_of_seen(read, mine)
        ]
        most = max(most, min(counts, default=0))
    return most


def _ends_of_seen(read: Event, mine: Sequence[Event]) -> Iterator[float]:
    assert read.read is not None
    assert read.ended is not None
    if same(read.read[0], None):
        yield -1
    for write in mine:
        assert write.wrote is not None
        if same(write.wrote[0], read.read[0]) and write.began[1] < read.ended[1]:
            yield float("inf") if write.ended is None else write.ended[1]
