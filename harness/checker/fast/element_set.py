"""Sets with removes, if every element is added at most once.

Then an element has one life: its add, the reads that show it, its removal. So what must come before
what is mostly known, and what is not known is only whether a read without an element comes before
its add or after its removal, where its interval allows both::

    add a    ├──────────────────x─┤                      must happen at its end
    read     ├──────x─────────────────────┤  {}          must then have happened: a stays
    add b             ├────x────────────────────┤        happens on the way to the next
    read          ├─────────x──────────┤  {b}            likewise

1. **Lives** (`element_lives`): which calls belong to an element's life, and the windows that are
   left of the calls' intervals.
2. **Sides** (`element_sides`): before or after, as far as anything tells.
3. **The walk** (`element_walk`) goes through the ends of the windows and does what must be done.

An order found so is a linearization: every step was legal and inside its interval. If the walk gets
stuck, all that it did was forced, but for its choices. So it is done again with the last choice
turned round; when all were, there is no order. Turning back is for when choices hang together, and
they hardly do: reads that nothing tells apart can mostly be in either order (for reads alone, whose
orders a PQ-tree has, each node can be ordered by itself: Klavík, Kratochvíl, Otachi, Saitoh &
Vyskočil, "Extending partial representations of interval graphs", Algorithmica 78, 2017, section 3;
the adds' and removes' own intervals can tie nodes together). After `WORK` calls the search decides.

One walk takes O(calls * reads open at a time), and the sides at most O(sides that windows do not
tell * the reads of an element * their sizes), of which there are few.

**A conflict.** Mostly some read shows what it can't or not what it must (`element_zones`).
Otherwise the calls around the moment at which the walk got stuck are tried, then more and more. If
some element is doubtful (`element_lives`), only a conflict without it counts.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence, Set
from dataclasses import dataclass
from itertools import filterfalse

import msgspec

from harness.checker.fast.element_lives import Lives
from harness.checker.fast.element_runs import Runs, shown
from harness.checker.fast.element_walk import Choice, Walk
from harness.checker.fast.element_zones import contradiction, with_changes
from harness.model import FOREVER, Call, Decided, Model

NARROW = 64
"""How far around the moment of a failure its reasons are looked for first, in indices."""

FEW = 100
"""So few calls are mostly a part of some that have no order, so it is looked first for what two to
four of them contradict; and where that is nothing, all of them are few enough for a conflict.
"""

WORK = 100_000
"""How many calls may be walked through in all, each time with another choice."""


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Order the calls, or find those that have no order; None if neither is found."""
    reads = _reads(calls)
    runs = Runs.of([calls[at] for at in reads])
    if isinstance(runs, int):
        return Decided(None, [reads[runs]])
    added = [call.value for call in calls if call.f == "add"]
    strange = set(runs.elements).difference(added)
    if strange:
        return Decided(None, [next(at for at in reads if not strange.isdisjoint(shown(calls[at])))])
    few = len(calls) <= FEW and len(set(added)) == len(added)
    conflict = contradiction(calls, reads, runs) if few else []
    if conflict:
        return Decided(None, conflict)
    found = _order(calls, reads, runs)
    if isinstance(found, list):
        return Decided(found)
    if found is None:
        return None
    conflict = _all(calls, found) if few else contradiction(calls, reads, runs)
    conflict = conflict or _around(calls, found)
    return Decided(None, conflict) if conflict else None


@dataclass(frozen=True)
class _Stuck:
    """What is known where no order was found.

    Args:
        moment: at which it got no further.
        tried: whether every choice was tried.
        doubtful: elements that may be the reason though the calls have an order.
    """

    moment: int
    tried: bool
    doubtful: frozenset[Hashable]

    @property
    def certain(self) -> bool:
        """Whether there is none."""
        return self.tried and not self.doubtful


def _reads(calls: Sequence[Call]) -> list[int]:
    return [at for at, call in enumerate(calls) if call.f == "read"]


def _order(calls: Sequence[Call], reads: list[int], runs: Runs) -> list[int] | _Stuck | None:
    """An order, or where the search for one ended; None if an element was added twice."""
    lives = Lives.of(calls, reads, runs)
    if lives is None:
        return None
    doubtful = frozenset(lives.values[at] for at in lives.doubtful)
    chosen: list[Choice] = []
    moment = -1
    for _ in range(max(1, WORK // (len(calls) + 1))):
        walk = Walk(lives, chosen)
        order = walk.order()
        if order is not None:
            return order
        moment = max(moment, walk.now)
        chosen += walk.choices
        while chosen and chosen[-1][1]:
            chosen.pop()
        if walk.too_deep or not chosen:
            break
        side, _ = chosen.pop()
        chosen.append((side, True))
    tried = not chosen and not walk.too_deep
    return _Stuck(moment, tried, doubtful)


def _around(calls: Sequence[Call], stuck: _Stuck) -> list[int]:
    """The calls around a moment that have no order, as few as will do; empty if none are found."""
    reach = NARROW
    while True:
        near = (
            at
            for at, call in enumerate(calls)
            if call.start <= stuck.moment + reach and stuck.moment - reach <= call.end < FOREVER
        )
        part = with_changes(near, calls)
        if 2 * len(part) > len(calls):
            return _all(calls, stuck)
        if _has_none([calls[at] for at in part]):
            return part
        reach *= 4


def _all(calls: Sequence[Call], stuck: _Stuck) -> list[int]:
    """All calls, if these certainly have no order; if not they, what they say of some elements."""
    known = stuck.certain or _has_none(_without(calls, stuck.doubtful), 1)
    return list(range(len(calls))) if known else []


def _has_none(calls: Sequence[Call], times: int = 2) -> bool:
    """Whether the calls certainly have no order, or else what they say of some elements."""
    for _ in range(times):
        reads = _reads(calls)
        runs = Runs.of([calls[at] for at in reads])
        assert not isinstance(runs, int)
        found = _order(calls, reads, runs)
        if not isinstance(found, _Stuck) or found.certain:
            return isinstance(found, _Stuck)
        calls = _without(calls, found.doubtful)
    return False


def _without(calls: Sequence[Call], doubtful: Set[Hashable]) -> list[Call]:
    """What the calls say of all other elements: without one, a set is still a set."""
    rest = []
    for call in calls:
        if call.f == "read":
            left = tuple(filterfalse(doubtful.__contains__, shown(call)))
            same = len(left) == len(shown(call))
            rest.append(call if same else msgspec.structs.replace(call, result=left))
        elif call.value not in doubtful:
            rest.append(call)
    return rest
