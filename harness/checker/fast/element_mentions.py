"""Which read of a set shows which element, as columns.

A million reads of some forty elements are many mentions, and what is asked of them is always the
same: the least or the greatest of something over the elements of each read, or over the reads of
each element. With the mentions in one column, grouped either way, numpy answers in one go::

    by read      R1 R1 R1 R2 R2     element  a b c  b c
    by element   a  b  b  c  c      read     1 1 2  1 2
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import cast

import numpy as np
import numpy.typing as npt

from harness.model import Call

Ints = npt.NDArray[np.int64]


@dataclass(eq=False)
class Mentions:
    """The mentions of elements that were added.

    Args:
        elements: those mentioned, by number.
        reads: positions of the reads that show any.
        element: the element's number of each mention, by read; a read's begin at `of_read`.
        read: the position of each mention's read, by element; an element's begin at `of_element`.
    """

    elements: list[Hashable]
    reads: Ints
    element: Ints
    of_read: Ints
    read: Ints
    of_element: Ints

    @classmethod
    def of(cls, calls: Sequence[Call], reads: Sequence[int]) -> Mentions:
        """All mentions in these reads."""
        full = [at for at in reads if calls[at].result]
        numbers: dict[Hashable, int] = {}
        for at in full:
            for value in shown(calls[at]):
                if value not in numbers:
                    numbers[value] = len(numbers)
        sizes = np.fromiter((len(shown(calls[at])) for at in full), np.int64, len(full))
        everything = chain.from_iterable(shown(calls[at]) for at in full)
        element = np.fromiter(map(numbers.__getitem__, everything), np.int64, int(sizes.sum()))
        positions = np.array(full, np.int64)
        read = np.repeat(positions, sizes)[np.argsort(element, kind="stable")]
        counts = np.bincount(element, minlength=len(numbers)).astype(np.int64)
        return cls(list(numbers), positions, element, _begins(sizes), read, _begins(counts))

    def least_of_reads(self, of_element: Ints) -> Ints:
        """For each read, the least of its elements."""
        return _reduced(np.minimum, of_element[self.element], self.of_read)

    def greatest_of_reads(self, of_element: Ints) -> Ints:
        """For each read, the greatest of its elements."""
        return _reduced(np.maximum, of_element[self.element], self.of_read)

    def least_of_elements(self, of_call: Ints) -> Ints:
        """For each element, the least of its reads."""
        return _reduced(np.minimum, of_call[self.read], self.of_element)

    def greatest_of_elements(self, of_call: Ints) -> Ints:
        """For each element, the greatest of its reads."""
        return _reduced(np.maximum, of_call[self.read], self.of_element)


def shown(read: Call) -> Collection[Hashable]:
    """What a read returned."""
    return cast(Collection[Hashable], read.result)


def _begins(sizes: Ints) -> Ints:
    return cast(Ints, np.cumsum(sizes) - sizes)


def _reduced(what: np.ufunc, values: Ints, begins: Ints) -> Ints:
    return cast(Ints, what.reduceat(values, begins)) if len(begins) else values
