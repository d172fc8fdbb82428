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

A read of a whole collection wants a fact for each element that it **shows**, and reads can be a
thousand times larger than the history is long. So what they show is left as they returned it, and
gone through, element by element, only for the few reads that anything hangs on.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from itertools import accumulate, filterfalse
from typing import Final, NamedTuple

from harness.model import Call

BEFORE: Final = "before"
LAST: Final = "last"
AFTER: Final = "after"
EVER: Final = "ever"

Fact = tuple[Hashable, ...]


class Facts(NamedTuple):
    """What one call leaves and wants.

    Args:
        leaves: facts.
        wants: facts, too.
        shows: how a fact begins, and many things: with each it makes another fact that is wanted.
    """

    leaves: Iterable[Fact] = ()
    wants: Iterable[Fact] = ()
    shows: tuple[str, Collection[Hashable]] = (EVER, ())


class FactsLicence:
    """The licensed parts of one object's calls, given the facts of each."""

    least = True

    def __init__(self, calls: Sequence[Call], facts: Callable[[Call], Facts]) -> None:
        self.calls = calls
        self._facts = [facts(call) for call in calls]
        self._left: dict[Fact, _Left] = {}
        self._leavers: dict[Fact, list[int]] = {}
        for at, about in enumerate(self._facts):
            for fact in about.leaves:
                self._leavers.setdefault(fact, []).append(at)
        self._wanting = {
            at for at, about in enumerate(self._facts) if about.wants or about.shows[1]
        }

    def without(self, part: frozenset[int], unwanted: Iterable[int]) -> frozenset[int]:
        """See `Licence`."""
        lost = set(part.intersection(unwanted))
        kept = set(part)
        while lost:
            kept -= lost
            missed = {fact for at in lost for fact in self._facts[at].leaves}
            lost = self._lost(kept, missed) if missed else set()
        return frozenset(kept)

    def support(self, part: frozenset[int]) -> frozenset[int]:
        """See `Licence`. For each call all that it may have observed, were everything there.

        No licensed part around these has less: where not everything is there less is hidden, and
        what hides others may have been observed itself.
        """
        kept = set(part)
        todo = list(part)
        widest: dict[Fact, tuple[int, int]] = {}  # of each fact the widest window taken so far
        there: defaultdict[str, set[Hashable]] = defaultdict(set)  # shown, and all of it is kept
        while todo:
            at = todo.pop()
            call, about = self.calls[at], self._facts[at]
            observed = [one for fact in about.wants for one in self._observed(call, fact, widest)]
            how, things = about.shows
            for thing in filterfalse(there[how].__contains__, things):
                fact = (how, thing)
                by_this = self._observed(call, fact, widest)
                if len(by_this) == len(self._leavers.get(fact, ())):
                    there[how].add(thing)
                observed += by_this
            new = set(observed) - kept
            kept |= new
            todo += new
        return frozenset(kept)

    def _observed(
        self, call: Call, fact: Fact, widest: dict[Fact, tuple[int, int]]
    ) -> Sequence[int]:
        """What a call that wants a fact may have observed, but for what others did already."""
        leavers = self._leavers.get(fact)
        if leavers is None:
            return ()
        if len(leavers) == 1:
            return leavers if may_be_seen(self.calls[leavers[0]], call, fact[0]) else ()
        if fact not in self._left:
            self._left[fact] = _Left(fact, leavers, self.calls)
        left = self._left[fact]
        hidden, low, high = left.window(call)
        if fact in widest and widest[fact][0] <= hidden:
            low = max(low, widest[fact][1])
        if fact not in widest or (hidden <= widest[fact][0] and high >= widest[fact][1]):
            widest[fact] = hidden, high
        return list(left.over_since(hidden, low, high))

    def _lost(self, kept: set[int], missed: set[Fact]) -> set[int]:
        """Of some calls those that may have observed what went."""
        seen: dict[Fact, _Seen] = {}
        things: defaultdict[Hashable, dict[Hashable, None]] = defaultdict(dict)
        for fact in missed:
            if len(fact) == 2:  # it may be shown
                things[fact[0]][fact[1]] = None

        def observed(facts: Iterable[Fact], call: Call) -> bool:
            for fact in facts:
                if fact not in seen:
                    seen[fact] = self._seen(fact, kept)
                if seen[fact].by(call):
                    return True
            return False

        lost = set()
        for at in self._wanting & kept:
            call, about = self.calls[at], self._facts[at]
            how, shown = about.shows
            if observed(missed.intersection(about.wants), call) or (
                how in things
                and observed(((how, thing) for thing in things[how].keys() & shown), call)
            ):
                lost.add(at)
        return lost

    def _seen(self, fact: Fact, kept: set[int]) -> _Seen:
        leavers = self._leavers[fact]
        gone = [self.calls[at] for at in leavers if at not in kept]
        return _Seen(fact, gone, [self.calls[at] for at in leavers if at in kept])


def may_be_seen(leaver: Call, call: Call, how: Hashable) -> bool:
    """Whether a call may have observed the only one that left what it wants."""
    if how == AFTER:
        return leaver.end >= call.start
    return how == EVER or leaver.start < call.end


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
