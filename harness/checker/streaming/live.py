"""The operations that a stream still has to do with, and the events that move it.

An operation is known by one bit for as long as some configuration may have placed it before its
completion, and its bit is used again afterwards. Operations of unknown outcome stay for ever, so
those that ask the same are counted, not told apart: the one invoked first is used first. The
counts are bit fields of one number, each with a spare bit on top (`Crashed.guard`), so that "used
no more of any class" is one subtraction.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Hashable, Iterator
from enum import Enum
from typing import Final

import msgspec

from harness.model import UNKNOWN

FIELD_BITS: Final = 20
"""Of a count; a key with more identical crashed operations is given up."""

MOST: Final = (1 << FIELD_BITS) - 1


class Outcome(Enum):
    """What is known so far of an operation."""

    OPEN = "open"
    OK = "ok"
    FAIL = "fail"
    CRASHED = "crashed"


OPEN, OK, FAIL, CRASHED = Outcome


class TooMuch(Exception):
    """What was asked for takes more work than it may."""


class Live(msgspec.Struct, eq=False):
    """One operation; `end` and `result` are what its completion will say."""

    bit: int
    start: int
    f: str
    value: Hashable
    reads: bool
    outcome: Outcome = OPEN
    end: int = -1
    result: Hashable = UNKNOWN


class Event(msgspec.Struct, frozen=True, eq=False):
    """An operation came back ok while the others were open."""

    op: Live
    others: tuple[Live, ...]


class CrashedClass(msgspec.Struct, frozen=True, eq=False):
    """Crashed operations that ask the same, by their starts; `unit` is one in their field."""

    f: str
    value: Hashable
    shift: int
    starts: list[int]

    @property
    def unit(self) -> int:
        """What using one more adds to the counts."""
        return 1 << self.shift

    def available(self, used: int, before: int) -> bool:
        """Whether one that was invoked before an index is not used yet."""
        count = (used >> self.shift) & MOST
        return count < len(self.starts) and self.starts[count] < before


class Crashed:
    """The operations of unknown outcome of one key, by class."""

    def __init__(self) -> None:
        self.guard = 0
        self.by_question: dict[tuple[str, Hashable], CrashedClass] = {}

    def add(self, op: Live) -> CrashedClass:
        """Count one more. Raises TooMuch when a field is full."""
        question = (op.f, op.value)
        group = self.by_question.get(question)
        if group is None:
            shift = len(self.by_question) * (FIELD_BITS + 1)
            group = self.by_question[question] = CrashedClass(op.f, op.value, shift, [])
            self.guard |= 1 << (shift + FIELD_BITS)
        insort(group.starts, op.start)
        if len(group.starts) > MOST:
            raise TooMuch
        return group

    def available(self, used: int, before: int) -> Iterator[CrashedClass]:
        """The classes with one that was invoked before an index and is not used yet."""
        for group in self.by_question.values():
            if group.available(used, before):
                yield group
