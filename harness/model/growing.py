"""A set that only grows, as an immutable state that costs little to extend.

Copying a set for each added element is quadratic, so all states of one line of growth share one
insertion-ordered dict, and a state is how much of it is its own::

    elements   a  b  c  d  e        shared
    size       └──────┘ 3           this state is {a, b, c}

Adding to the newest state puts one element into the dict; adding to an older one, as a search does
when it turns back, copies the older state's share first. The trick is that of Baker's arrays
("Shallow binding makes functional arrays fast", SIGPLAN Notices 26(8), 1991), one way only.
"""

from __future__ import annotations

from collections.abc import Collection, Hashable, Iterator, Set
from itertools import islice


class GrowingSet(Set[Hashable]):
    """An immutable set; `with_element` makes the next."""

    __slots__ = ("_mixed", "_places", "_size")

    def __init__(self) -> None:
        self._places: dict[Hashable, int] = {}
        self._size = 0
        self._mixed = 0

    def with_element(self, element: Hashable) -> GrowingSet:
        """This set and one more element; itself if the element is in it."""
        if element in self:
            return self
        places = self._places
        if len(places) != self._size:
            places = dict(islice(places.items(), self._size))
        places[element] = self._size
        grown = GrowingSet.__new__(GrowingSet)
        grown._places = places
        grown._size = self._size + 1
        grown._mixed = self._mixed ^ hash((element,))  # of a tuple: small integers would cancel out
        return grown

    def is_exactly(self, elements: Collection[Hashable]) -> bool:
        """Whether these are its elements, each there once."""
        if len(elements) != self._size:
            return False
        try:
            places = set(map(self._places.__getitem__, elements))
        except KeyError:
            return False
        return len(places) == self._size and max(places, default=-1) < self._size

    def __contains__(self, element: object) -> bool:
        place = self._places.get(element)
        return place is not None and place < self._size

    def __iter__(self) -> Iterator[Hashable]:
        return islice(iter(self._places), self._size)

    def __len__(self) -> int:
        return self._size

    def __hash__(self) -> int:
        return self._mixed

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, GrowingSet):
            return NotImplemented
        if self._size != other._size or self._mixed != other._mixed:
            return False
        return self._places is other._places or all(element in other for element in self)

    def __repr__(self) -> str:
        return f"GrowingSet({list(self)!r})"
