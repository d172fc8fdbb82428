"""Which calls can have observed which, from what each leaves behind and what each goes by.

A call **leaves** facts ("x was added", "k holds 3") and **wants** facts. Whatever wants a fact may
have observed all that left it, unless real time forbids; how, a fact says in its first part::

    a call that went              ├─────────┤

    BEFORE     ├─wants─┤ over before it was invoked: it can't have been seen
    LAST       the same; nor can it where a completed call that left the same fact, and stays, lies
               wholly between it and the one that wants: that one is what was seen
    AFTER      invoked after it was over ├─wants─┤: what is wanted is that it comes later, or never
    EVER       nothing forbids: they stay together, or go together

A part is licensed if it has, for each of its calls, all that the call may have observed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Final, NamedTuple

from harness.model import Call

BEFORE: Final = "before"
LAST: Final = "last"
AFTER: Final = "after"
EVER: Final = "ever"

Fact = tuple[Hashable, ...]


class Facts(NamedTuple):
    """What one call leaves and wants."""

    leaves: Iterable[Fact] = ()
    wants: Iterable[Fact] = ()


MOST_SORTED = 1_000_000
"""Calls are sorted by what they want, if these are no more: of reads each may want all there is."""


class FactsLicence:
    """The licensed parts of one object's calls, given the facts of each."""

    def __init__(self, calls: Sequence[Call], facts: Callable[[Call], Facts]) -> None:
        self.calls = calls
        self._facts = facts
        self._left: dict[Fact, _Left] = {}
        self._leavers: dict[Fact, list[int]] = {}
        for at, call in enumerate(calls):
            for fact in facts(call).leaves:
                self._leavers.setdefault(fact, []).append(at)
        self._wanters = self._sort_by_wants()

    def without(self, part: frozenset[int], unwanted: Iterable[int]) -> frozenset[int]:
        """See `Licence`."""
        lost = set(part.intersection(unwanted))
        kept = set(part)
        while lost:
            kept -= lost
            missed = {fact for at in lost for fact in self._facts(self.calls[at]).leaves}
            seen = {fact: self._seen(fact, kept) for fact in missed}
            lost = self._lost(kept, seen) if seen else set()
        return frozenset(kept)

    def support(self, part: frozenset[int]) -> frozenset[int]:
        """See `Licence`. For each call all that it may have observed, were everything there."""
        kept = set(part)
        todo = list(part)
        widest: dict[Fact, tuple[int, int]] = {}  # of each fact the widest window taken so far
        while todo:
            call = self.calls[todo.pop()]
            for fact in self._facts(call).wants:
                left = self._left_of(fact)
                hidden, low, high = left.window(call)
                if fact in widest and widest[fact][0] <= hidden:
                    low = max(low, widest[fact][1])
                if fact not in widest or (hidden <= widest[fact][0] and high >= widest[fact][1]):
                    widest[fact] = hidden, high
                observed = [at for at in left.over_since(hidden, low, high) if at not in kept]
                kept.update(observed)
                todo += observed
        return frozenset(kept)

    def _left_of(self, fact: Fact) -> _Left:
        if fact not in self._left:
            self._left[fact] = _Left(fact, self._leavers.get(fact, ()), self.calls)
        return self._left[fact]

    def _seen(self, fact: Fact, kept: set[int]) -> _Seen:
        leavers = self._leavers[fact]
        gone = [self.calls[at] for at in leavers if at not in kept]
        return _Seen(fact, gone, [self.calls[at] for at in leavers if at in kept])

    def _lost(self, kept: set[int], seen: dict[Fact, _Seen]) -> set[int]:
        """Of some calls those that may have observed what went."""
        calls, wanters = self.calls, self._wanters
        if wanters is not None:
            return {
                at
                for fact, about in seen.items()
                for at in wanters.get(fact, ())
                if at in kept and about.by(calls[at])
            }
        return {
            at
            for at in kept
            if any(
                fact in seen and seen[fact].by(calls[at]) for fact in self._facts(calls[at]).wants
            )
        }

    def _sort_by_wants(self) -> dict[Fact, list[int]] | None:
        """The calls that want each fact; None when that would take too much memory."""
        wanters: dict[Fact, list[int]] = {}
        room = MOST_SORTED
        for at, call in enumerate(self.calls):
            for fact in self._facts(call).wants:
                wanters.setdefault(fact, []).append(at)
                room -= 1
            if room < 0:
                return None
        return wanters


class _Left:
    """All that left a fact, by rising start, and which of it a call may have observed, were
    everything there: what is in a window of starts, and was not over too early.
    """

    def __init__(self, fact: Fact, leavers: Sequence[int], calls: Sequence[Call]) -> None:
        self._bounded = fact[0] in (BEFORE, LAST)
        self._leavers = leavers
        self._starts = [calls[at].start for at in leavers]
        self._ends = [calls[at].end for at in leavers]
        self._latest_end = list(accumulate(self._ends, max))
        self._all = _Seen(fact, (), [calls[at] for at in leavers])

    def window(self, call: Call) -> tuple[int, int, int]:
        """What ended before the first of these can't have been observed, nor what is not between
        the other two.
        """
        hidden = self._all.hidden_before(call)
        high = bisect_left(self._starts, call.end) if self._bounded else len(self._starts)
        return hidden, bisect_left(self._latest_end, hidden), high

    def over_since(self, hidden: int, low: int, high: int) -> Iterator[int]:
        """The positions of those in a window that were not over before `hidden`."""
        return (self._leavers[at] for at in range(low, high) if self._ends[at] >= hidden)


class _Seen:
    """Of a fact: what left it and went, and what left it and stays."""

    def __init__(self, fact: Fact, gone: Sequence[Call], stays: Iterable[Call]) -> None:
        self._how = fact[0]
        self._starts = [call.start for call in gone]
        self._latest_end = list(accumulate((call.end for call in gone), max))
        by_end = sorted((call.end, call.start) for call in stays)
        self._ends = [end for end, _ in by_end]
        self._latest_start = list(accumulate((start for _, start in by_end), max))

    def by(self, call: Call) -> bool:
        """Whether a call that wants the fact may have observed any that went."""
        candidates = len(self._starts)
        if self._how in (BEFORE, LAST):
            candidates = bisect_left(self._starts, call.end)
        return candidates > 0 and self._latest_end[candidates - 1] >= self.hidden_before(call)

    def hidden_before(self, call: Call) -> int:
        """What ended before this can't have been observed by the call."""
        if self._how == AFTER:
            return call.start
        over = bisect_left(self._ends, call.start) if self._how == LAST else 0
        return self._latest_start[over - 1] if over else -1
