"""An append-only log: an append returns its record's offset, a poll returns some records in a row.

    offset   0   1   3   4   7              offsets rise and may have gaps: stores use some for
    value    a   b   c   d   e              records of their own
                 └───────┘                  poll → [[1, b], [3, c], [4, d]]

A poll may start and end anywhere (the consumer's position and the size of a batch are not in the
history), so it may be short or empty, but it skips nothing inside: between its first and its last
record it has every one. An append that comes later gets a higher offset.

What offset a crashed append got, the first poll that returns it tells: until then the record's
offset is null in the state. So a poll can add to what is known of the state, and is no read in the
sense of `Model.reads`; leaving it out still harms nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import ClassVar, cast

from harness.model.model import INCONSISTENT, UNKNOWN, Model
from harness.model.records import Record, Records


class Log(Model):
    """Append and poll. A state is the records so far, an offset being null until it is known."""

    name = "log"
    fs = frozenset({"append", "poll"})
    kind: ClassVar[str | None] = "log"
    one_way: ClassVar[bool] = False

    def initial(self) -> Hashable:
        """No records."""
        return Records()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """One of the states of `steps`."""
        return next(iter(self.steps(state, f, value, result)), INCONSISTENT)

    def steps(
        self, state: Hashable, f: str, value: Hashable, result: Hashable
    ) -> Iterable[Hashable]:
        """An append makes one record; a poll may be matched to several runs of unknown offsets."""
        records = cast(Records, state)
        if f == "append":
            if result is UNKNOWN:
                return (records.with_record(value),)
            place, offset = len(records), cast("tuple[int, Hashable]", result)[0]
            if not _has_room(records, place, offset):
                return ()
            return (records.with_record(value).with_offset(place, offset),)
        if result is UNKNOWN or result == ():
            return (state,)
        run = cast("tuple[tuple[int, Hashable], ...]", result)
        matches = (_matched(records, run, at) for at in _firsts(records, run[0]))
        return list(dict.fromkeys(after for after in matches if after is not None))

    def misfit_result(self, f: str, value: Hashable, result: Hashable) -> str | None:
        """An append returns [offset, value], a poll a list of those."""
        if f == "append":
            fits = _is_record(result) and cast(Record, result)[1] == value
            return None if fits else "an append returns [offset, value], the offset from 0"
        if isinstance(result, tuple) and all(map(_is_record, result)):
            return None
        return "a poll returns a list of [offset, value], offsets from 0"


def _is_record(value: Hashable) -> bool:
    if not (isinstance(value, tuple) and len(value) == 2):
        return False
    return isinstance(value[0], int) and value[0] >= 0


def _firsts(records: Records, polled: tuple[int, Hashable]) -> Iterable[int]:
    """Where a polled record may stand: offsets are no lower than places, so look below its own."""
    offset, value = polled
    if (place := records.place(offset)) is not None:
        yield place
        return
    for at in range(min(offset, len(records) - 1), -1, -1):
        known, appended = records[at]
        if known is None and appended == value:
            yield at
        elif known is not None and known < offset:
            return


def _matched(records: Records, run: Sequence[tuple[int, Hashable]], first: int) -> Records | None:
    """The records if a poll's run begins at this one, its offsets filled in; None if it can't."""
    if first + len(run) > len(records):
        return None
    for at, (seen, polled) in enumerate(run, first):
        offset, value = records[at]
        if value != polled or offset not in (None, seen):
            return None
        if offset is None:
            if not _has_room(records, at, seen):
                return None
            records = records.with_offset(at, seen)
    return records


def _has_room(records: Records, at: int, offset: int) -> bool:
    """Whether the record at a place may have an offset: they rise, with room for those unknown."""
    before, lowest = _nearest(records, range(at - 1, -1, -1)) or (-1, -1)
    if offset - lowest < at - before:
        return False
    after = _nearest(records, range(at + 1, len(records)))
    return after is None or after[1] - offset >= after[0] - at


def _nearest(records: Records, places: Iterable[int]) -> tuple[int, int] | None:
    """The first of some places whose offset is known, and this."""
    for place in places:
        if (offset := records.offset(place)) is not None:
            return place, offset
    return None
