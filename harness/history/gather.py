"""From the records of a file to a table: what orders them, and on which line each stood.

The first record decides for all::

    index there                      order of the file; indices must rise (`paired` looks)
    no index, but time               order of time; equal times have no order (`Table.by_time`)
    neither                          order of the file

Where the index or the time is missing, a row's number stands in for it.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from harness.history.integers import taken
from harness.history.op import NEMESIS, MalformedHistory, Record
from harness.history.table import Ints, Table, TableBuilder

_INT64 = 1 << 63


class Gatherer:
    """Collects the records of one file.

    Args:
        name: what errors call the file.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._builder = TableBuilder()
        self._has_index = self._has_time = True
        self._lines = array("q")
        self._straight = True  # so far each row stands on the line of its number

    def __len__(self) -> int:
        return len(self._builder)

    def add(self, records: Sequence[Record], lines: Sequence[int]) -> None:
        """Append records, which stand on these lines.

        Raises:
            MalformedHistory: a record's index, time or process can't be.
        """
        if not records:
            return
        row = len(self._builder)
        if not row:
            self._has_index = records[0].index is not None
            self._has_time = records[0].time is not None
        numbers = range(row, row + len(records))
        try:
            self._builder.extend(
                records,
                index=None if self._has_index else numbers,
                time=None if self._has_time else numbers,
            )
        except (OverflowError, TypeError, MalformedHistory):
            self._require_sound(records, lines)
            raise  # pragma: no cover - one of them was not sound
        if not (self._has_index and self._has_time):
            self._require_sound(records, lines)
        self._add_lines(row, lines)

    def _add_lines(self, row: int, lines: Sequence[int]) -> None:
        if self._straight and lines[0] == row + 1 and lines[-1] == row + len(lines):
            return  # lines rise, so that all in between are in place as well
        if self._straight:
            self._straight = False
            self._lines.extend(range(1, row + 1))
        self._lines.extend(lines)

    def _require_sound(self, records: Sequence[Record], lines: Sequence[int]) -> None:
        for record, line in zip(records, lines, strict=True):
            if wrong := self._unsound(record):
                raise MalformedHistory(f"{self._name}, line {line}: {wrong}")

    def _unsound(self, record: Record) -> str | None:
        """What can't be about a record's numbers."""
        for name, value, everywhere in (
            ("index", record.index, self._has_index),
            ("time", record.time, self._has_time),
        ):
            if value is None and everywhere:
                return f"there is no {name}, although the first op has one"
            if value is not None and not everywhere:
                return f"{name} {value}, although the first op has none"
            if value is not None and not -_INT64 <= value < _INT64:
                return f"{name} {value} does not fit 64 bits"
        process = record.process
        if process == NEMESIS:
            return None
        if isinstance(process, str) or process < 0:
            return f"process {process!r}; expected a number from 0 on, or {NEMESIS!r}"
        return None if process < _INT64 else f"process {process} does not fit 64 bits"

    def table(self) -> Table:
        """The table of all records.

        Raises:
            MalformedHistory: there are none.
        """
        if not len(self):
            raise MalformedHistory(f"{self._name}: the file holds no operations")
        lines: Sequence[int] | Ints = range(1, len(self) + 1)
        if not self._straight:
            lines = np.frombuffer(self._lines, np.int64)
        by_time = self._has_time and not self._has_index
        table = replace(self._builder.table(by_time=by_time), line=lines, timed=self._has_time)
        if by_time and (np.diff(table.time) < 0).any():
            return _sorted(table)
        return table


def _sorted(table: Table) -> Table:
    """The table by rising time; what has the same time stays in the order of the file."""
    order = np.argsort(table.time, kind="stable")
    rows = order.tolist()
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    assert table.line is not None
    return replace(
        table,
        time=table.time[order],
        type=table.type[order],
        process=table.process[order],
        f=table.f[order],
        value=taken(table.value, order),
        key=None if table.key is None else [table.key[row] for row in rows],
        error={int(place[row]): error for row, error in table.error.items()},
        node=None if table.node is None else table.node[order],
        line=np.asarray(table.line)[order],
    )
