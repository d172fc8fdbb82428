"""Makes a case smaller, step by step, as long as it fails: one kind of thing after the other.

What costs most to run goes first: everything after the failure, other keys, nodes. Then what a
reader must keep in mind: faults, operations, clients. It is repeated until nothing more can go.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import combinations
from typing import TypeVar

from harness.script.steps import Call
from harness.shrink.case import Case, Trouble
from harness.shrink.court import Court, Witness

Part = TypeVar("Part")
Keep = Callable[[Case], None]
"""Told of each smaller case that fails, so that an interrupt loses none."""


def reduce(case: Case, court: Court, keep: Keep) -> Case:
    """Leave out what is not needed. Raises OutOfBudget; what was found by then was kept."""
    witnesses = court.witnesses(case)
    found = court.first(around(case, witnesses)) if witnesses else None
    case = _halved(case, court, keep) if found is None else _kept(found, keep)
    while True:
        before = case
        for smaller in (fewer_nodes, fewer_faults, fewer_calls, simpler_faults, fewer_clients):
            case = smaller(case, court, keep)
        if case == before:
            return case


def around(case: Case, witnesses: Sequence[Witness]) -> list[Case]:
    """What a counterexample shows is often all that it takes; else its key; else all until then."""
    clients = max((call.process for call in case.calls), default=0) + 1
    last = max((witness.time for witness in witnesses), default=0)
    keys = {repr(witness.key) for witness in witnesses}
    exact = {(witness.process % clients, witness.time) for witness in witnesses}
    early = case.until(last)
    seen = tuple(call for call in early.calls if (call.process, call.at) in exact)
    near = tuple(call for call in early.calls if repr(call.key) in keys)
    return [replace(early, calls=seen), replace(early, calls=near), early]


def _halved(case: Case, court: Court, keep: Keep) -> Case:
    """Leave out the end: by and by the half of it, a quarter, …"""
    times = case.times()
    low, high = 0, len(times)
    while low < high:
        middle = (low + high) // 2
        found = court.first([case.until(times[middle])])
        if found is None:
            low = middle + 1
        else:
            case, high = _kept(found, keep), middle
    return case


def fewer_nodes(case: Case, court: Court, keep: Keep) -> Case:
    """Two nodes less, because that leaves majorities what they are; or one."""
    while len(case.nodes) > 1:
        found = court.first(_without_nodes(case))
        if found is None:
            return case
        case = _kept(found, keep)
    return case


def _without_nodes(case: Case) -> Iterator[Case]:
    names = case.nodes
    if len(names) > 9:  # too many pairs: halves and quarters first
        for chunk in _chunks(names):
            yield case.only_nodes([name for name in names if name not in chunk])
        return
    # Those that the script needs least go first.
    used = {name: _uses(case, name) for name in names}
    by_use = sorted(names, key=lambda name: (used[name], names.index(name)))
    for moved in (False, True):
        for size in (2, 1):
            for gone in combinations(by_use, size) if size < len(names) else ():
                kept = [name for name in names if name not in gone]
                if not moved:
                    yield case.only_nodes(kept)
                elif any(call.node in gone for call in case.calls):
                    yield case.moved(kept).only_nodes(kept)


def _uses(case: Case, name: str) -> int:
    return sum(call.node == name for call in case.calls) + sum(
        name in each.begins.nodes for each in case.troubles
    )


def fewer_faults(case: Case, court: Court, keep: Keep) -> Case:
    """Leave out faults."""

    def only(case: Case, left: Sequence[Trouble]) -> Case:
        return replace(case, troubles=tuple(left))

    return _fewer(case, case.troubles, only, court, keep)


def fewer_calls(case: Case, court: Court, keep: Keep) -> Case:
    """Leave out operations: all of a key, all of a client, then any."""

    def keys(case: Case, left: Sequence[str]) -> Case:
        return replace(case, calls=tuple(c for c in case.calls if repr(c.key) in left))

    def clients(case: Case, left: Sequence[int]) -> Case:
        return replace(case, calls=tuple(c for c in case.calls if c.process in left))

    def only(case: Case, left: Sequence[Call]) -> Case:
        return replace(case, calls=tuple(left))

    case = _fewer(case, _distinct(repr(c.key) for c in case.calls), keys, court, keep)
    case = _fewer(case, _distinct(c.process for c in case.calls), clients, court, keep)
    return _fewer(case, case.calls, only, court, keep)


def _distinct(parts: Iterable[Part]) -> list[Part]:
    return list(dict.fromkeys(parts))


def _fewer(
    case: Case,
    parts: Sequence[Part],
    of: Callable[[Case, Sequence[Part]], Case],
    court: Court,
    keep: Keep,
) -> Case:
    """Leave out ever smaller chunks, until no single part can go: delta debugging (Zeller and
    Hildebrandt, Simplifying and Isolating Failure-Inducing Input, 2002, section 3).
    """
    size = len(parts)
    while size and parts:
        rests = [[*parts[:at], *parts[at + size :]] for at in range(0, len(parts), size)]
        candidates = [of(case, rest) for rest in rests]
        found = court.first(candidates)
        if found is None:
            size //= 2
        else:
            parts = next(r for r, c in zip(rests, candidates, strict=True) if c is found)
            case = _kept(found, keep)
            size = min(size, len(parts))
    return case


def simpler_faults(case: Case, court: Court, keep: Keep) -> Case:
    """Faults that last to the end, of fewer links and nodes."""
    while (found := court.first(_simpler(case))) is not None:
        case = _kept(found, keep)
    return case


def _simpler(case: Case) -> Iterator[Case]:
    for at, trouble in enumerate(case.troubles):
        for simpler in _simpler_each(trouble):
            yield replace(case, troubles=(*case.troubles[:at], simpler, *case.troubles[at + 1 :]))


def _simpler_each(trouble: Trouble) -> Iterator[Trouble]:
    if trouble.end is not None:
        yield replace(trouble, end=None)
    links = trouble.begins.links
    for at in range(len(links)) if len(links) > 1 else ():
        yield replace(trouble, begins=replace(trouble.begins, links=links[:at] + links[at + 1 :]))
    for at, each in enumerate(links):
        smaller = [replace(each, src=side) for side in _one_less(each.src)]
        smaller += [replace(each, dst=side) for side in _one_less(each.dst)]
        for fewer in smaller:
            changed = (*links[:at], fewer, *links[at + 1 :])
            yield replace(trouble, begins=replace(trouble.begins, links=changed))


def _one_less(side: tuple[str, ...]) -> list[tuple[str, ...]]:
    if len(side) == 1:
        return []
    return [side[:at] + side[at + 1 :] for at in range(len(side))]


def fewer_clients(case: Case, court: Court, keep: Keep) -> Case:
    """One client does what two did; then they are numbered in the order in which they appear."""
    while (found := court.first(_merged(case))) is not None:
        case = _kept(found, keep)
    numbers = {
        process: number
        for number, process in enumerate(dict.fromkeys(call.process for call in case.calls))
    }
    numbered = case.with_calls(lambda call: replace(call, process=numbers[call.process]))
    if numbered != case and court.first([numbered]) is not None:
        case = _kept(numbered, keep)
    return case


def _merged(case: Case) -> Iterator[Case]:
    homes = {call.process: call.node for call in case.calls}
    for stays, goes in combinations(homes, 2):
        calls = tuple(
            replace(call, process=stays, node=homes[stays]) if call.process == goes else call
            for call in case.calls
        )
        yield replace(case, calls=calls)


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    size = len(names) // 2
    while size:
        for at in range(0, len(names), size):
            if size < len(names):
                yield names[at : at + size]
        size //= 2


def _kept(case: Case, keep: Keep) -> Case:
    keep(case)
    return case
