"""Crashed writes and cas of a register, counted by what they ask.

Identical ones can stand in for each other, so the one invoked first is used first, and how many of
each class are used is all there is to know. The counts are bit fields of one number, each with a
spare bit on top, so that "used no more of any class" is one subtraction::

    used     0 010 | 0 001        guard = 1 000 | 1 000
    other    0 001 | 0 001        (used | guard) - other keeps every guard bit: other used no more
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

from harness.model import Call


class CrashedClass:
    """Crashed calls that ask the same: told apart by nothing but when they were invoked."""

    __slots__ = ("field", "new", "one", "positions", "shift", "starts")

    def __init__(self, new: Hashable, positions: list[int], starts: list[int], shift: int) -> None:
        self.new = new
        self.positions = positions
        self.starts = starts
        self.shift = shift
        self.one = 1 << shift
        self.field = (1 << len(starts).bit_length()) - 1

    def next_start(self, used: int) -> float:
        """When the first one not used yet was invoked."""
        count = used >> self.shift & self.field
        return self.starts[count] if count < len(self.starts) else float("inf")

    def next_unused(self, used: int) -> int:
        """The position of the first one not used yet."""
        return self.positions[used >> self.shift & self.field]


class Crashed:
    """All crashed calls of one register.

    Attributes:
        writes: the class of the writes of each value.
        swaps: the classes of the cas from each value.
        to: the classes of all that leads to each value.
        classes: all of them.
        guard: the spare bits of all fields.
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        members: dict[tuple[str, Hashable], list[int]] = {}
        for position, call in enumerate(calls):
            if call.crashed:
                members.setdefault((call.f, call.value), []).append(position)
        self.writes: dict[Hashable, CrashedClass] = {}
        self.swaps: dict[Hashable, list[CrashedClass]] = {}
        self.to: dict[Hashable, list[CrashedClass]] = {}
        self.classes: list[CrashedClass] = []
        self._of_one: dict[int, CrashedClass] = {}
        self.guard = shift = 0
        for (f, value), positions in members.items():
            old: Hashable = None
            new = value
            if f == "cas":
                assert isinstance(value, tuple)
                old, new = value
            if f == "cas" and old == new:
                continue  # it changes nothing
            group = CrashedClass(new, positions, [calls[at].start for at in positions], shift)
            width = group.field.bit_length()
            self.guard |= 1 << (shift + width)
            shift += width + 1
            self.classes.append(group)
            self._of_one[group.one] = group
            self.to.setdefault(new, []).append(group)
            if f == "write":
                self.writes[value] = group
            else:
                self.swaps.setdefault(old, []).append(group)

    def of_one(self, one: int) -> CrashedClass:
        """The class of which one call is counted so."""
        return self._of_one[one]

    def most(self, one: int, other: int) -> int:
        """For each class, the more of two counts."""
        guard = self.guard
        if ((one | guard) - other) & guard == guard:
            return one
        if ((other | guard) - one) & guard == guard:
            return other
        most = 0
        for group in self.classes:
            field = group.field << group.shift
            most |= max(one & field, other & field)
        return most

    def count(self, used: int) -> int:
        """How many calls of all classes together are used."""
        return sum(used >> group.shift & group.field for group in self.classes)

    def can_swap(self, value: Hashable, used: int, before: int) -> bool:
        """Whether a cas from a value is left that was invoked before a moment."""
        return any(group.next_start(used) < before for group in self.swaps.get(value, ()))

    def swaps_from(self, value: Hashable, used: int, before: int) -> Iterator[CrashedClass]:
        """The classes of cas from a value with one left that was invoked before a moment."""
        for group in self.swaps.get(value, ()):
            if group.next_start(used) < before:
                yield group
