"""Which read of a set shows which element, as runs of reads.

A hundred thousand reads of some hundreds of elements are many mentions, too many to go through more
than once. But with the reads in the order of their starts, an element is in nearly every read from
the first that shows it to the last, so that a few **runs** say the same::

    reads       0   1   2   3   4   5
    a           ├───────┤                  a: 0-2
    b               ├───┤   ├───┤          b: 1-2, 4-5 (3 began late and took effect early)

What is asked is always the least or the greatest of something, over the reads of each element or
over the elements of each read. The first is a range minimum, answered by a table of the minima of
all ranges whose lengths are powers of two (Bender & Farach-Colton, "The LCA problem revisited",
LATIN 2000, section 3). The second is the same table the other way round: a run puts its value onto
the two such ranges that cover it, and each range hands it down to its halves. All is O((runs +
reads) log reads), on columns.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
import numpy.typing as npt

from harness.model import Call

Ints = npt.NDArray[np.int64]


@dataclass(eq=False)
class Runs:
    """The runs of all elements that reads show. Reads are known by rank: by start, from 0.

    Args:
        elements: those shown; an element's place here is its number.
        count: how many reads there are.
        first, last: the ranks of each run's reads, by element and then by rank.
        begins: where each element's runs begin.
    """

    elements: list[Hashable]
    count: int
    first: Ints
    last: Ints
    begins: Ints

    @classmethod
    def of(cls, reads: Sequence[Call]) -> Runs | int:
        """All runs of these reads; the rank of a read instead that shows an element twice."""
        numbers: dict[Hashable, int] = {}
        open_since: dict[Hashable, int] = {}
        of_run: list[int] = []
        first: list[int] = []
        last: list[int] = []
        before: frozenset[Hashable] = frozenset()
        for rank, read in enumerate(reads):
            now = frozenset(shown(read))
            if len(now) < len(shown(read)):
                return rank
            for value in now ^ before:
                if value in now:
                    open_since[value] = rank
                    numbers.setdefault(value, len(numbers))
                else:
                    of_run.append(numbers[value])
                    first.append(open_since.pop(value))
                    last.append(rank - 1)
            before = now
        for value, since in open_since.items():
            of_run.append(numbers[value])
            first.append(since)
            last.append(len(reads) - 1)
        element = np.array(of_run, np.int64)
        order = np.lexsort((np.array(first, np.int64), element))
        counts = np.bincount(element, minlength=len(numbers)).astype(np.int64)
        return cls(
            list(numbers),
            len(reads),
            np.array(first, np.int64)[order],
            np.array(last, np.int64)[order],
            cast(Ints, np.cumsum(counts) - counts),
        )

    def least_of_elements(self, of_read: Ints) -> Ints:
        """For each element, the least of its reads."""
        if not self.elements:
            return np.empty(0, np.int64)
        found = np.empty(len(self.first), np.int64)
        level, table = 0, of_read
        lengths = self._levels()
        while True:
            chosen = np.flatnonzero(lengths == level)
            ends = self.last[chosen] + 1 - (1 << level)
            found[chosen] = np.minimum(table[self.first[chosen]], table[ends])
            half = 1 << level
            if len(table) <= half:
                break
            table, level = np.minimum(table[:-half], table[half:]), level + 1
        return cast(Ints, np.minimum.reduceat(found, self.begins))

    def greatest_of_elements(self, of_read: Ints) -> Ints:
        """For each element, the greatest of its reads."""
        return -self.least_of_elements(-of_read)

    def least_of_reads(self, of_element: Ints, default: int) -> Ints:
        """For each read, the least of its elements; the default if it shows none."""
        counts = np.diff(np.append(self.begins, len(self.first)))
        values = np.repeat(of_element, counts)
        lengths = self._levels()
        top = int(lengths.max(initial=0))
        handed = np.full(max(0, self.count + 1 - (1 << top)), default, np.int64)
        for level in range(top, -1, -1):
            chosen = np.flatnonzero(lengths == level)
            np.minimum.at(handed, self.first[chosen], values[chosen])
            np.minimum.at(handed, self.last[chosen] + 1 - (1 << level), values[chosen])
            if level:
                half = 1 << (level - 1)
                below = np.full(len(handed) + half, default, np.int64)
                below[: len(handed)] = handed
                np.minimum(below[half:], handed, out=below[half:])
                handed = below
        return handed

    def greatest_of_reads(self, of_element: Ints, default: int) -> Ints:
        """For each read, the greatest of its elements; the default if it shows none."""
        return -self.least_of_reads(-of_element, -default)

    def of_element(self, number: int) -> list[tuple[int, int]]:
        """The first and the last rank of each run of an element."""
        begin = int(self.begins[number])
        following = number + 1 < len(self.begins)
        end = int(self.begins[number + 1]) if following else len(self.first)
        return list(zip(self.first[begin:end].tolist(), self.last[begin:end].tolist(), strict=True))

    def _levels(self) -> Ints:
        """The greatest power of two, as an exponent, that is no longer than each run."""
        return np.frexp((self.last - self.first + 1).astype(np.float64))[1].astype(np.int64) - 1


def shown(read: Call) -> Collection[Hashable]:
    """What a read returned."""
    return cast(Collection[Hashable], read.result)
