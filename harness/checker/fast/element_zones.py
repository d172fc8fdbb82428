"""A read that shows what it can't or not what it must, if every element was added at most once.

Two or three calls about one element and one read are then in conflict, however far apart they are.
`harness.checker.fast.element_set` only knows that there is a conflict, and has the picture. Reads
are gone through by start, with the zones that are open there; with a small set those are few.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from heapq import heappop, heappush

import numpy as np

from harness.checker.fast.element_runs import Runs, shown
from harness.model import FOREVER, Call


@dataclass(slots=True)
class Life:
    """The calls of one element, and the reads that bound its presence.

    Args:
        add: the only add.
        removes: all of its removes.
        first: the call that shows earliest that it had been added: the add or a read.
        last: the read that started last of those that show it, -1 without one.
    """

    add: int
    removes: list[int] = field(default_factory=list)
    first: int = -1
    last: int = -1

    def until(self, calls: Sequence[Call]) -> int:
        """The moment up to which it was not removed: the start of a remove, or of a read."""
        added = calls[self.add].start
        starts = (calls[at].start for at in self.removes if calls[at].end > added)
        return max(min(starts, default=FOREVER), calls[self.last].start if self.last >= 0 else -1)

    def removal(self, calls: Sequence[Call]) -> int:
        """The first remove to end of those that certainly came after the add, -1 without one."""
        since = calls[self.first].end
        certain = [at for at in self.removes if since < calls[at].start]
        return min(certain, key=lambda at: calls[at].end, default=-1)


def contradiction(calls: Sequence[Call], reads: Sequence[int], runs: Runs) -> list[int]:
    """The calls around a read that shows what it can't or not what it must; empty without one."""
    lives = {call.value: Life(at, first=at) for at, call in enumerate(calls) if call.f == "add"}
    for at, call in enumerate(calls):
        if call.f == "remove" and (life := lives.get(call.value)) is not None:
            life.removes.append(at)
    found = _impossible(calls, reads, runs, lives) or _missing(calls, reads, lives)
    return with_changes(found, calls)


def _impossible(
    calls: Sequence[Call], reads: Sequence[int], runs: Runs, lives: dict[Hashable, Life]
) -> list[int]:
    """A read that shows what was not added yet, or is removed; notes what reads show."""
    starts = np.array([calls[at].start for at in reads], np.int64)
    ends = np.array([calls[at].end for at in reads], np.int64)
    at_end = {calls[at].end: at for at in reads}
    at_start = {calls[at].start: at for at in reads}
    first_ends = runs.least_of_elements(ends).tolist()
    last_starts = runs.greatest_of_elements(starts).tolist()
    for value, first_end, last_start in zip(runs.elements, first_ends, last_starts, strict=True):
        life = lives[value]
        life.last = at_start[last_start]
        if first_end < calls[life.add].start:
            return [at_end[first_end], life.add]
        if first_end < calls[life.add].end:
            life.first = at_end[first_end]
        removal = life.removal(calls)
        if removal >= 0 and calls[removal].end < last_start:
            return [life.add, life.first, removal, life.last]
    return []


def _missing(calls: Sequence[Call], reads: Sequence[int], lives: dict[Hashable, Life]) -> list[int]:
    """A read inside the zone of an element that it does not show."""
    zones = sorted(
        (
            (calls[life.first].end, until, value)
            for value, life in lives.items()
            if (until := life.until(calls)) > calls[life.first].end
        ),
        key=lambda zone: zone[:2],
    )
    open_zones: dict[Hashable, int] = {}
    closing: list[tuple[int, int]] = []
    opened = 0
    for at in reads:
        read = calls[at]
        while opened < len(zones) and zones[opened][0] < read.start:
            _, until, value = zones[opened]
            open_zones[value] = until
            heappush(closing, (until, opened))
            opened += 1
        while closing and closing[0][0] < read.start:
            open_zones.pop(zones[heappop(closing)[1]][2])
        for value in open_zones.keys() - set(shown(read)):
            if open_zones[value] > read.end:
                life = lives[value]
                return [at, life.add, life.first, *([life.last] if life.last >= 0 else [])]
    return []


def with_changes(positions: Iterable[int], calls: Sequence[Call]) -> list[int]:
    """These calls, and all adds and removes of what they change or show."""
    chosen = set(positions)
    values: set[Hashable] = set()
    for at in chosen:
        values.update(shown(calls[at]) if calls[at].f == "read" else (calls[at].value,))
    changes = (at for at, call in enumerate(calls) if call.f != "read" and call.value in values)
    return sorted(chosen.union(changes))
