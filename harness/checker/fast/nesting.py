"""How the stays of a stack's elements can nest: one around all others, again and again.

Only elements that have a stay matter, that is whose put ended before their take began; any other is
put in and taken out on the spot, while both are open. Cut the history at the gaps between stays
(`harness.checker.fast.gaps`). Over each island of stays, from `low`, the first end of a put in it,
to `high`, the last start of a take, the stack is never empty, so one element lies at its bottom all
the time::

    bottom  put ├────┤                                     ├────┤ take
                     (────────────────────────────────────)
    others          ├──┤  (──────)   ├─┤   ├┤  (────)
                     low ........................... high

Its put must span `low` and its take must span `high`. If no element's do, there is no order; and
the stays that cover the island without a gap suffice to say so. If one's do, it can be put in at
`low` and taken out at `high`: the others of the island, whatever their order, can be moved to
between, for all their puts end after `low` and all their takes begin before `high`. So it goes, and
what is left falls into islands again. Which one goes does not matter: what was linearizable remains
so without it. (The idea of shrinking a history by one value at a time is from Lee & Mathur,
"Efficient decrease-and-conquer linearizability monitoring", arXiv 2410.04581, 2024.)

The islands are visited from left to right, outer before inner, so `low` only rises. Candidates are
the elements whose puts are open at `low`, never more than there were clients; the end of an island
is found by leaps, each to the furthest end of the stays that begin before the last one's
(`Ranges`). With n elements and c clients that is O(n (c + the cube root of n)) and a few leaps.
"""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass

import numpy as np

from harness.checker.fast.elements import Integers

_GONE = -1


@dataclass(slots=True)
class Nest:
    """Elements, outer before inner, and when to put them in and take them out."""

    element: Integers
    low: Integers
    high: Integers


class Ranges:
    """Numbers that can be struck out, and the greatest in any range: blocks of blocks."""

    def __init__(self, numbers: list[int]) -> None:
        self._size = size = max(2, round(len(numbers) ** (1 / 3)))
        self._levels = [numbers[:]]
        for _ in range(2):
            below = self._levels[-1]
            self._levels.append([max(below[at : at + size]) for at in range(0, len(below), size)])

    def strike(self, at: int) -> None:
        """Take out the number at an index."""
        size = self._size
        self._levels[0][at] = _GONE
        for below, level in zip(self._levels, self._levels[1:], strict=False):
            at //= size
            level[at] = max(below[at * size : (at + 1) * size])

    def greatest(self, low: int, high: int) -> int:
        """The greatest number at indices in [low, high), which is not empty."""
        size, greatest = self._size, _GONE
        for level in self._levels:
            first, last = -(-low // size), high // size
            if first >= last or level is self._levels[-1]:
                return max(greatest, max(level[low:high], default=_GONE))
            greatest = max(
                greatest,
                max(level[low : first * size], default=_GONE),
                max(level[last * size : high], default=_GONE),
            )
            low, high = first, last
        return greatest


class _Islands:
    """One run over the stays, by rising end of put; indices are into that order."""

    def __init__(
        self, put_start: Integers, put_end: Integers, take_start: Integers, take_end: Integers
    ) -> None:
        self.put_start: list[int] = put_start.tolist()
        self.put_end: list[int] = put_end.tolist()
        self.take_start: list[int] = take_start.tolist()
        self.take_end: list[int] = take_end.tolist()
        self._ranges = Ranges(self.take_start)
        self._gone = bytearray(len(put_start))
        self._by_start: list[int] = np.argsort(put_start, kind="stable").tolist()
        self._begun = 0
        self._open: list[int] = []
        self.bottoms: list[int] = []
        self.lows: list[int] = []
        self.highs: list[int] = []

    def run(self) -> tuple[int, int] | None:
        """Nest everything; or the island, from its first stay to its end, that has no bottom."""
        for first, low in enumerate(self.put_end):
            while not self._gone[first]:
                high = self._end_of_island(first)
                bottom = self._bottom(low, high)
                if bottom < 0:
                    return first, high
                self._gone[bottom] = 1
                self._ranges.strike(bottom)
                self.bottoms.append(bottom)
                self.lows.append(low)
                self.highs.append(high)
        return None

    def _end_of_island(self, first: int) -> int:
        reach, seen = self.take_start[first], first + 1
        while True:
            until = bisect_left(self.put_end, reach, seen)
            further = self._ranges.greatest(seen, until) if until > seen else _GONE
            if further <= reach:
                return reach
            reach, seen = further, until

    def _bottom(self, low: int, high: int) -> int:
        """An element whose put spans `low` and whose take spans `high`."""
        starts, by_start, open_ = self.put_start, self._by_start, self._open
        while self._begun < len(by_start) and starts[by_start[self._begun]] <= low:
            open_.append(by_start[self._begun])
            self._begun += 1
        for place, one in enumerate(open_):
            if self.take_start[one] <= high <= self.take_end[one]:
                open_[place] = open_[-1]
                open_.pop()
                return one
        return -1

    def cover(self, first: int, high: int) -> list[int]:
        """A few stays, still there, that leave no gap in an island."""
        chosen, reach = [first], self.take_start[first]
        while reach < high:
            before = range(bisect_left(self.put_end, reach))
            alive = [one for one in before if not self._gone[one]]
            chosen.append(max(alive, key=self.take_start.__getitem__))
            reach = self.take_start[chosen[-1]]
        return chosen


def nest(
    elements: Integers,
    puts: tuple[Integers, Integers],
    takes: tuple[Integers, Integers],
) -> Nest | list[int]:
    """Nest the stays of some elements, or return the few that already can't be nested."""
    (put_start, put_end), (take_start, take_end) = puts, takes
    chosen = elements[put_end[elements] < take_start[elements]]
    chosen = chosen[np.argsort(put_end[chosen], kind="stable")]
    islands = _Islands(put_start[chosen], put_end[chosen], take_start[chosen], take_end[chosen])
    stuck = islands.run()
    if stuck is not None:
        return [int(chosen[one]) for one in islands.cover(*stuck)]
    return Nest(
        chosen[np.array(islands.bottoms, np.int64)],
        np.array(islands.lows, np.int64),
        np.array(islands.highs, np.int64),
    )
