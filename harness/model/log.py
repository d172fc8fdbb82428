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

from collections.abc import Hashable, Iterable
from typing import ClassVar, TypeAlias, cast

from harness.model.model import INCONSISTENT, UNKNOWN, Model

Record: TypeAlias = tuple[int | None, Hashable]
Records: TypeAlias = tuple[Record, ...]


class Log(Model):
    """Append and poll. A state is the records so far, an offset being null until it is known."""

    name = "log"
    fs = frozenset({"append", "poll"})
    kind: ClassVar[str | None] = "log"
    one_way: ClassVar[bool] = False

    def initial(self) -> Hashable:
        """No records."""
        return ()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """One of the states of `steps`."""
        return next(iter(self.steps(state, f, value, result)), INCONSISTENT)

    def steps(
        self, state: Hashable, f: str, value: Hashable, result: Hashable
    ) -> Iterable[Hashable]:
        """An append makes one record; a poll may be matched to several runs of unknown offsets."""
        records = cast(Records, state)
        if f == "append":
            offset = None if result is UNKNOWN else cast(Record, result)[0]
            after = (*records, (offset, value))
            return (after,) if _has_room(after, len(records)) else ()
        if result is UNKNOWN or result == ():
            return (state,)
        run = cast(Records, result)
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


def _firsts(records: Records, polled: Record) -> Iterable[int]:
    """Where a polled record may stand: offsets are no lower than places, so look below its own."""
    offset, value = cast(tuple[int, Hashable], polled)
    for at in range(min(offset, len(records) - 1), -1, -1):
        known = records[at][0]
        if known is None and records[at][1] == value:
            yield at
        elif known is not None and known <= offset:
            if known == offset:
                yield at
            return


def _matched(records: Records, run: Records, first: int) -> Records | None:
    """The records if a poll's run begins at this one, its offsets filled in; None if it can't."""
    part = records[first : first + len(run)]
    if len(part) < len(run):
        return None
    for (offset, value), (seen, polled) in zip(part, run, strict=True):
        if value != polled or offset not in (None, seen):
            return None
    if part == run:
        return records
    after = records[:first] + run + records[first + len(run) :]
    changed = (at for at, record in enumerate(part, first) if record[0] is None)
    return after if all(_has_room(after, at) for at in changed) else None


def _has_room(records: Records, at: int) -> bool:
    """Whether offsets still rise around a record, with room for those not known between."""
    offset = records[at][0]
    if offset is None:
        return True
    before = next((place for place in range(at - 1, -1, -1) if records[place][0] is not None), -1)
    lowest = -1 if before < 0 else cast(int, records[before][0])
    if offset - lowest < at - before:
        return False
    later = (place for place in range(at + 1, len(records)) if records[place][0] is not None)
    after = next(later, None)
    return after is None or cast(int, records[after][0]) - offset >= after - at
