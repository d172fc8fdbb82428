"""Sets that only grow: their reads, each of the whole set, form a chain.

Sorted by size, each read must contain the one before; what is new in it was added in between::

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

from harness.checker.fast.moments import Moments
from harness.model import Call, Decided, Model


@dataclass(frozen=True)
class _Level:
    """The reads that returned the same set."""

    elements: frozenset[Hashable]
    reads: list[int]


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Order the calls, or find those that have no order."""
    adds: dict[Hashable, list[int]] = {}
    for at, call in enumerate(calls):
        if call.f == "add":
            adds.setdefault(call.value, []).append(at)
    levels: dict[frozenset[Hashable], _Level] = {}
    for at, call in enumerate(calls):
        if call.f == "add":
            continue
        returned = cast("tuple[Hashable, ...]", call.result)
        elements = frozenset(returned)
        if len(elements) < len(returned) or not elements <= adds.keys():
            return _conflict([at], calls, adds)
        levels.setdefault(elements, _Level(elements, [])).reads.append(at)
    chain = sorted(levels.values(), key=lambda level: len(level.elements))
    below = _Level(frozenset(), [])
    for level in chain:
        if not below.elements <= level.elements:
            return _conflict([below.reads[0], level.reads[0]], calls, adds)
        below = level
    return _schedule(calls, adds, chain)


def _schedule(
    calls: Sequence[Call], adds: dict[Hashable, list[int]], chain: Sequence[_Level]
) -> Decided:
    moments = Moments(calls)
    seen: frozenset[Hashable] = frozenset()
    witnesses: list[int] = []
    for level in chain:
        new = level.elements - seen if seen else level.elements
        firsts = sorted(adds[element][0] for element in new)
        others = (at for element in new for at in adds[element][1:] if not calls[at].crashed)
        failed = _place(moments, others, firsts, level.reads)
        if failed >= 0:
            return _conflict([failed, moments.cause, *witnesses], calls, adds)
        seen = level.elements
        witnesses = level.reads[:1]
    unseen = [element for element in adds if element not in seen]
    rest = sorted(at for element in unseen for at in adds[element] if not calls[at].crashed)
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
