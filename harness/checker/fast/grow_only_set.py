"""Sets that only grow: their reads, each of the whole set, form a chain.

Sorted by size, each read must contain the one before; what is new in it was added in between, and
is all that is kept of it::

    reads    {}        {a}         {a, b, c}
    order    {}   a    {a}   b c   {a, b, c}    then the completed adds of what nobody saw

A completed add can't come earlier than the last read without its element. If an element was added
more than once, the add that started first is what puts it into the set, as early as can be; others
have no effect if they come later and no harm if sooner, as long as they come after the last read
without it. Crashed adds are used only if they are the first. Giving each call its earliest moment
(`harness.checker.fast.moments`) then decides every history of a grow-only set.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from harness.checker.fast.moments import Moments
from harness.model import Call, Decided, Model

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class _Level:
    """The reads that returned the same set, and the adds of each element that is new in it."""

    new: list[list[int]]
    reads: list[int]


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Order the calls, or find those that have no order."""
    adds: dict[Hashable, list[int]] = {}
    for at, call in enumerate(calls):
        if call.f == "add":
            adds.setdefault(call.value, []).append(at)
    numbers = {element: number for number, element in enumerate(adds)}
    adds_of = list(adds.values())
    reads = [at for at, call in enumerate(calls) if call.f != "add"]
    reads.sort(key=lambda at: len(_returned(calls[at])))
    chain: list[_Level] = []
    inside, shown = np.zeros(len(adds), bool), np.zeros(len(adds), bool)  # of a level, of a read
    for at in reads:
        if not _show(_returned(calls[at]), numbers, shown):
            return _conflict([at], calls, adds)
        if (inside & ~shown).any():
            return _conflict([chain[-1].reads[0], at], calls, adds)
        new = np.flatnonzero(shown & ~inside).tolist()
        if new or not chain:
            chain.append(_Level([adds_of[number] for number in new], []))
            inside, shown = shown, inside
        chain[-1].reads.append(at)
    unseen = [adds_of[number] for number in np.flatnonzero(~inside).tolist()]
    return _schedule(calls, adds, chain, unseen)


def _returned(read: Call) -> tuple[Hashable, ...]:
    return cast("tuple[Hashable, ...]", read.result)


def _show(returned: tuple[Hashable, ...], numbers: dict[Hashable, int], shown: Bools) -> bool:
    """Mark what a read returned; False if some of it was never added, or is there twice.

    Reads can be a hundred times larger than the history is long, so what is kept of them are the
    elements that are new in each.
    """
    try:
        found = np.fromiter(map(numbers.__getitem__, returned), np.int32, len(returned))
    except KeyError:
        return False
    shown.fill(False)
    shown[found] = True
    return int(np.count_nonzero(shown)) == len(found)


def _schedule(
    calls: Sequence[Call],
    adds: dict[Hashable, list[int]],
    chain: Sequence[_Level],
    unseen: Sequence[list[int]],
) -> Decided:
    moments = Moments(calls)
    witnesses: list[int] = []
    for level in chain:
        firsts = sorted(mine[0] for mine in level.new)
        others = (at for mine in level.new for at in mine[1:] if not calls[at].crashed)
        failed = _place(moments, others, firsts, level.reads)
        if failed >= 0:
            return _conflict([failed, moments.cause, *witnesses], calls, adds)
        witnesses = level.reads[:1]
    rest = sorted(at for mine in unseen for at in mine if not calls[at].crashed)
    failed = _place(moments, rest, (), ())
    if failed >= 0:
        return _conflict([failed, moments.cause, *witnesses], calls, adds)
    return Decided(moments.order())


def _place(
    moments: Moments, anywhere: Iterable[int], firsts: Iterable[int], reads: Iterable[int]
) -> int:
    """Place the adds between two levels and the reads of the upper; the call that failed, or -1."""
    for at in anywhere:
        if not moments.hang(at):
            return at
    for group in (firsts, reads):
        for at in group:
            if not moments.follow(at):
                return at
    return -1


def _conflict(
    positions: Iterable[int], calls: Sequence[Call], adds: dict[Hashable, list[int]]
) -> Decided:
    """These calls, and all adds of their elements."""
    chosen = set(positions)
    elements: set[Hashable] = set()
    for at in chosen:
        call = calls[at]
        elements.update((call.value,) if call.f == "add" else cast(Iterable[Hashable], call.result))
    chosen.update(at for element in elements for at in adds.get(element, ()))
    return Decided(None, sorted(chosen))
