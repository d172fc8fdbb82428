"""The calls of all keys as the sessions made them.

A session is what one process did, one call after the other. A crashed call belongs to it, but only
as its end: nothing comes after what may take effect at any later time. Where a process goes on
after a crash all the same (in an import it may), the crashed call becomes a session of its own that
waits for what was before::

    process 3    write 1 ── write 2 crashed
                    └────── read 1
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field

from harness.checker.licence import writes
from harness.checker.promises.versions import FIRST
from harness.model import Call


@dataclass(frozen=True, eq=False)
class Program:
    """The calls of all keys, by session.

    Args:
        calls: of all keys, by row.
        key: for each call, the number of its key.
        keys: how many there are.
        sessions: positions in program order; a crashed call stands last.
        moment: when each call is best tried.
        after: for each call, how many others must come before it, whatever the order.
        followers: for each call, those that it must come before.
        needs: for a write, what must come before its last readers is done: sessions, and how many
            of their calls (`harness.checker.promises.saturate`).
    """

    calls: Sequence[Call]
    key: Sequence[int]
    keys: int
    sessions: Sequence[Sequence[int]]
    moment: Sequence[int]
    after: Sequence[int] = ()
    followers: Sequence[Sequence[int]] = ()
    needs: Mapping[int, Sequence[tuple[int, int]]] = field(default_factory=dict)


def program_of(
    keys: Sequence[Sequence[Call]],
    chosen: Sequence[Iterable[int]],
    moments: Sequence[Sequence[int]],
) -> tuple[Program, list[dict[int, int]]]:
    """The program, and for each key the positions of its calls in it.

    Args:
        keys: the calls of each key.
        chosen: positions of those that are in the program.
        moments: when each is best tried.
    """
    items = sorted(
        (keys[number][at].row, number, at)
        for number, positions in enumerate(chosen)
        for at in positions
    )
    places: list[dict[int, int]] = [{} for _ in keys]
    for place, (_, number, at) in enumerate(items):
        places[number][at] = place
    calls = [keys[number][at] for _, number, at in items]
    by_process: dict[int, list[int]] = {}
    for place, call in enumerate(calls):
        by_process.setdefault(call.process, []).append(place)
    sessions: list[list[int]] = []
    after = [0] * len(calls)
    followers: list[list[int]] = [[] for _ in calls]
    for mine in by_process.values():
        session = [place for place in mine if not calls[place].crashed]
        for place in mine:
            if not calls[place].crashed:
                continue
            before = bisect_left(session, place)
            if place == mine[-1]:
                session.append(place)
                continue
            sessions.append([place])
            if before:
                followers[session[before - 1]].append(place)
                after[place] += 1
        if session:
            sessions.append(session)
    program = Program(
        calls=calls,
        key=[number for _, number, _ in items],
        keys=len(keys),
        sessions=sessions,
        moment=[moments[number][at] for _, number, at in items],
        after=after,
        followers=followers,
    )
    return program, places


def moments_of(calls: Sequence[Call], order: Sequence[int] | None) -> list[int]:
    """When each call is best tried: at its place in a linearization, or else at its start."""
    moments = [call.start << 32 for call in calls]
    if order is not None:
        latest = 0
        for rank, at in enumerate(order):
            latest = max(latest, calls[at].start)
            moments[at] = latest << 32 | rank
    return moments


def late_moments_of(calls: Sequence[Call], saw: Mapping[int, int]) -> list[int]:
    """Another guess: a write when it was first known to have happened."""
    known = [call.end if writes(call) is not None else call.start for call in calls]
    for at, source in saw.items():
        if source != FIRST:
            known[source] = min(known[source], calls[at].end)
    return [moment << 32 for moment in known]
