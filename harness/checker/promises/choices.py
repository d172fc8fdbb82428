"""Which write each read saw, when values repeat: a good guess is a proof, and few guesses are all.

A guarantee was kept if *some* choice of versions keeps it, so one lucky choice proves it valid, and
only all choices, or what holds in all of them, prove it broken. The guesses follow an order of the
writes: by invocation, by completion, and half-way between; each session reads the earliest
version of the right value that is not before what it saw and wrote already.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterator
from itertools import product

from harness.checker.licence import expects, writes
from harness.checker.promises.graph import Edge
from harness.checker.promises.guarantees import (
    GUARANTEES,
    MONOTONIC_READS,
    READ_YOUR_WRITES,
    edges_of,
    violation,
)
from harness.checker.promises.versions import FIRST, Candidates, Versions
from harness.model import FOREVER, Call

MOST_CHOICES = 400
"""So many choices of versions are tried one by one."""

Found = tuple[Versions, list[Edge]]
"""A cycle of edges, and the versions it is about."""


def judge(candidates: Candidates, out_of_time: Callable[[], bool]) -> dict[str, bool | Found]:
    """For each guarantee that can be decided: True, or what breaks it."""
    answers: dict[str, bool | Found] = {}
    broken: dict[str, Found] = {}

    def look(versions: Versions) -> None:
        edges = edges_of(versions)
        for guarantee in GUARANTEES:
            if answers.get(guarantee) is not True:
                cycle = violation(guarantee, edges)
                if cycle is None:
                    answers[guarantee] = True
                else:
                    broken[guarantee] = (versions, cycle)

    for versions in _guesses(candidates):
        if out_of_time() or len(answers) == len(GUARANTEES):
            return answers
        look(versions)
    _surely_broken(candidates, answers)
    choices = _all(candidates)
    if choices is None or len(answers) == len(GUARANTEES):
        return answers
    for versions in choices:
        if out_of_time() or len(answers) == len(GUARANTEES):
            return answers
        look(versions)
    return {**broken, **answers}


def _surely_broken(candidates: Candidates, answers: dict[str, bool | Found]) -> None:
    """What breaks already by the reads that leave no choice; more reads only add edges."""
    readers = candidates.readers
    sure = {at: candidates.of(at)[0] for at in readers if candidates.count(at) == 1}
    versions = candidates.chosen(sure)
    edges = edges_of(versions)
    for guarantee in (READ_YOUR_WRITES, MONOTONIC_READS):
        if guarantee not in answers and (cycle := violation(guarantee, edges)) is not None:
            answers[guarantee] = (versions, cycle)


def _all(candidates: Candidates) -> Iterator[Versions] | None:
    """Every choice, None if they are too many."""
    readers = list(candidates.readers)
    readers += [at for at, call in enumerate(candidates.calls) if call.crashed and call.f == "cas"]
    count = 1
    for at in readers:
        count *= candidates.count(at) or 1
        if count > MOST_CHOICES:
            return None
    known = [(at, found) for at in readers if (found := candidates.of(at))]
    return (
        candidates.chosen(dict(zip((at for at, _ in known), chosen, strict=True)))
        for chosen in product(*(found for _, found in known))
    )


def _guesses(candidates: Candidates) -> Iterator[Versions]:
    for rank in (_by_start, _by_end, _between):
        yield candidates.chosen(_follow(candidates, rank))


def _by_start(call: Call) -> int:
    return call.start


def _by_end(call: Call) -> int:
    return call.start + 1 if call.end == FOREVER else call.end


def _between(call: Call) -> int:
    return (call.start + _by_end(call)) // 2


def _follow(candidates: Candidates, rank: Callable[[Call], int]) -> dict[int, int]:
    """Let each session walk along the versions in this order."""
    calls = candidates.calls
    ranks: dict[int, tuple[int, int]] = {FIRST: (-1, FIRST)}
    for at, call in enumerate(calls):
        if writes(call) is not None:
            ranks[at] = (rank(call), at)
    lines: dict[Hashable, list[tuple[int, int]]] = {}
    reached: dict[int, tuple[int, int]] = {}
    saw: dict[int, int] = {}
    readers = set(candidates.readers)
    for at, call in enumerate(calls):
        before = reached.get(call.process, (-1, FIRST))
        if (at in readers or call.f == "cas") and candidates.count(at):
            line = lines.get(expects(call))
            if line is None:
                sources = candidates.of_value(at)
                line = lines[expects(call)] = sorted(ranks[source] for source in sources)
            place = min(bisect_left(line, before), len(line) - 1)
            if line[place][1] == at:  # a cas to the same value
                place += 1 if place + 1 < len(line) else -1
            saw[at] = line[place][1]
            before = max(before, line[place])
        if at in ranks and not call.crashed:
            before = max(before, ranks[at])
        reached[call.process] = before
    return saw
