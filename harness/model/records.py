"""The records of a log, as an immutable state that costs little to extend.

Copying all records for each append is quadratic, so all states of one line of growth share one list
of values, and one record of which offsets are known, in the order in which they became so. A state
is how much of either is its own::

    values     a  b  c  d  e                     shared
    offsets    0: 0   1: 2   3: 7   2: 3         shared: place, and the record's offset there
               └─────── told 3 ────┘
               └ size 4 ┘                        this state is [0 a] [2 b] [? c] [7 d]

What is new is added to what is shared if the state is the newest, as it mostly is; else the state's
share is copied first. This is `harness.model.growing.GrowingSet` for a list that learns.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from itertools import islice
from typing import TypeAlias, overload

Record: TypeAlias = tuple[int | None, Hashable]


class Records(Sequence[Record]):
    """An immutable list of [offset, value], an offset being null until it is known."""

    __slots__ = ("_mixed", "_offsets", "_places", "_size", "_told", "_values")

    def __init__(self) -> None:
        self._values: list[Hashable] = []
        self._offsets: dict[int, tuple[int, int]] = {}  # by place: its number in told, the offset
        self._places: dict[int, int] = {}  # by offset
        self._size = self._told = self._mixed = 0

    def with_record(self, value: Hashable) -> Records:
        """These records and one more, whose offset is not known."""
        values, size = self._values, self._size
        if len(values) != size:
            values = values[:size]
        values.append(value)
        grown = self._copy()
        grown._values = values
        grown._size = size + 1
        grown._mixed ^= hash((size, None, value))
        return grown

    def with_offset(self, place: int, offset: int) -> Records:
        """These records, the offset of one of them being known now."""
        offsets, places, told = self._offsets, self._places, self._told
        if len(offsets) != told:
            offsets = dict(islice(offsets.items(), told))
            places = {known: at for at, (_, known) in offsets.items()}
        offsets[place] = told, offset
        places[offset] = place
        grown = self._copy()
        grown._offsets, grown._places = offsets, places
        grown._told = told + 1
        value = self._values[place]
        grown._mixed ^= hash((place, None, value)) ^ hash((place, offset, value))
        return grown

    def offset(self, place: int) -> int | None:
        """The offset of a record, if it is known."""
        number, offset = self._offsets.get(place, (self._told, 0))
        return offset if number < self._told else None

    def place(self, offset: int) -> int | None:
        """Where the record stands that is known to have an offset, if there is one."""
        place = self._places.get(offset)
        return place if place is not None and self.offset(place) == offset else None

    @overload
    def __getitem__(self, at: int) -> Record: ...
    @overload
    def __getitem__(self, at: slice) -> Sequence[Record]: ...
    def __getitem__(self, at: int | slice) -> Record | Sequence[Record]:
        places = range(self._size)[at]
        if isinstance(places, int):
            return self.offset(places), self._values[places]
        return tuple([(self.offset(place), self._values[place]) for place in places])

    def __iter__(self) -> Iterator[Record]:
        return iter(self[:])

    def __len__(self) -> int:
        return self._size

    def __hash__(self) -> int:
        return self._mixed

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Records):
            return NotImplemented
        if (self._size, self._told, self._mixed) != (other._size, other._told, other._mixed):
            return False
        shared = self._values is other._values and self._offsets is other._offsets
        return shared or self[:] == other[:]

    def __repr__(self) -> str:
        return f"Records({list(self)!r})"

    def _copy(self) -> Records:
        copy = Records.__new__(Records)
        copy._values, copy._offsets, copy._places = self._values, self._offsets, self._places
        copy._size, copy._told, copy._mixed = self._size, self._told, self._mixed
        return copy
