"""Append-only lists to which some value was appended more than once.

The longest read says in which order values came, if all others are prefixes of it; what it does not
say is which append of a value was which. A walk through the starts and ends of the calls finds out.
It appends only when it must, because a call that was not placed yet ends::

    append 1 (a)   ├────────────┤                      longest read   [1 1 2]
    append 1 (b)      ├─────────────────────┤
    append 2               ├─────────┤                 ends: 1, 1 and 2 must be there by now
    walk           ·············a····b2····

- To wait until it must is never worse: what a read does not show comes after it, and whatever may
  be appended now may be appended as well when it must be. A crashed append, which never ends, makes
  nothing necessary.
- Of equal values that may be appended, the one that ends first is taken, a crashed one last: where
  an order has the other one here, this one comes later or (crashed) never, and the two can change
  places.
- A call that ends takes the next place of its value, and without one it comes after all of the
  longest read: where an order has another one there, the two can change places likewise.
- A read is placed as soon as what it shows is there, as that changes nothing.

So each step is forced, and the walk decides every history in O(calls * log calls), beside holding
what reads returned against the longest of them. (Nothing here needs values to repeat; where they do
not, `list_append` says more closely what is in each other's way.)
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Sequence
from heapq import heappop, heappush
from itertools import islice
from typing import cast

from harness.checker.fast.moments import events
from harness.model import Call, Decided

Values = tuple[Hashable, ...]


def decide(calls: Sequence[Call]) -> Decided:
    """Order the calls, or find those that have no order."""
    reads = [at for at, call in enumerate(calls) if call.f != "append"]
    reads.sort(key=lambda at: len(_returned(calls[at])))
    longest: Values = _returned(calls[reads[-1]]) if reads else ()
    for at in reads:
        returned = _returned(calls[at])
        if returned != longest[: len(returned)]:
            return Decided(None, [at, reads[-1]])
    return _Walk(calls, reads, longest).decide()


class _Walk:
    """What is placed when the walk has come to some moment.

    Args:
        calls: by rising start.
        reads: by rising length.
        longest: what the longest one returned.
    """

    def __init__(self, calls: Sequence[Call], reads: Sequence[int], longest: Values) -> None:
        self._calls = calls
        self._reads = reads
        self._longest = longest
        self._size = 0
        self._order: list[int] = []
        self._placed: set[int] = set()
        self._open: defaultdict[Hashable, list[tuple[int, int]]] = defaultdict(list)
        self._waiting: defaultdict[int, list[int]] = defaultdict(list)
        self._forced = -1
        """The call at whose end something was appended last."""

    def decide(self) -> Decided:
        """Go through all starts and ends."""
        for at, is_end in events(self._calls):
            if not (self._finish(at) if is_end else self._begin(at)):
                return Decided(None, self._conflict(at))
        return Decided(self._order)

    def _begin(self, at: int) -> bool:
        """Note a call; false for a read that does not show what is there."""
        call = self._calls[at]
        if call.f == "append":
            heappush(self._open[call.value], (call.end, at))
            return True
        size = len(_returned(call))
        if size == self._size:
            self._place(at)
        else:
            self._waiting[size].append(at)
        return size >= self._size

    def _finish(self, at: int) -> bool:
        """Place a call that ends, with all that must come before it; false if something can't."""
        call = self._calls[at]
        if at not in self._placed:
            self._forced = at
        while at not in self._placed:
            shown = self._size < len(self._longest)
            candidates = self._open[self._longest[self._size] if shown else call.value]
            if not candidates:
                return False
            self._place(heappop(candidates)[1])
            self._size += 1
            for read in self._waiting.pop(self._size, ()):
                self._place(read)
        return True

    def _place(self, at: int) -> None:
        self._order.append(at)
        self._placed.add(at)

    def _conflict(self, at: int) -> Sequence[int]:
        """Who could not be placed, who forced what is there, and who shows what had to come, with
        all appends of what these show; or everything, where that is not enough.
        """
        chosen = {at, self._forced} - {-1}
        for size in (self._size, self._size + 1):
            shows = (one for one in self._reads if len(_returned(self._calls[one])) >= size)
            chosen.update(islice(shows, 1))
        values = {value for one in chosen for value in _values(self._calls[one])}
        part = [
            one
            for one, call in enumerate(self._calls)
            if one in chosen or (call.f == "append" and call.value in values)
        ]
        if len(part) < len(self._calls):
            some = decide([self._calls[one] for one in part])
            return range(len(self._calls)) if some.order is not None else part
        return part


def _values(call: Call) -> Values:
    return (call.value,) if call.f == "append" else _returned(call)


def _returned(read: Call) -> Values:
    return cast(Values, read.result)
