"""A history as columns: one row an op, for millions of them.

An op as an object of its own takes a quarter of a kilobyte and a good part of a microsecond to look
at; a column of numbers takes eight bytes, and numpy looks at all of it at once. What can hold
anything (values and keys) stays a list.

Real-time order is that of the rows, unless the history came from somewhere without indices: then
only the times tell, and ops of the same time have no order (`by_time`).
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
import numpy.typing as npt

from harness.history.op import NEMESIS, Op, OpType

Ints = npt.NDArray[np.int64]

TYPES: Final[tuple[OpType, ...]] = ("invoke", "ok", "fail", "info")
INVOKE, OK, FAIL, INFO = range(4)
"""The codes of the column `type`: positions in `TYPES`."""

NEMESIS_PROCESS: Final = -1
"""What stands in the column `process` for the nemesis, which is no client."""


@dataclass(frozen=True, eq=False)
class Table:
    """The ops of a history.

    Args:
        index, time, process: as in `Op`, the nemesis being `NEMESIS_PROCESS`.
        type: codes, see `TYPES`.
        f: positions in `fs`.
        fs: the names of the operations, each once.
        value, key: JSON values; `key` is None when no op has one.
        error, node: what is known of some ops, by row.
        by_time: whether ops of the same time have no order.
    """

    index: Ints
    time: Ints
    type: npt.NDArray[np.int8]
    process: Ints
    f: npt.NDArray[np.int32]
    fs: Sequence[str]
    value: Sequence[Any]
    key: Sequence[Any] | None = None
    error: dict[int, str] = field(default_factory=dict)
    node: dict[int, str] = field(default_factory=dict)
    by_time: bool = False

    @classmethod
    def of(cls, ops: Iterable[Op]) -> Table:
        """The table of these ops."""
        builder = TableBuilder()
        builder.extend(list(ops))
        return builder.table()

    def __len__(self) -> int:
        return len(self.index)

    def op(self, row: int) -> Op:
        """One row as an op."""
        process = int(self.process[row])
        return Op(
            index=int(self.index[row]),
            time=int(self.time[row]),
            type=TYPES[self.type[row]],
            process=NEMESIS if process == NEMESIS_PROCESS else process,
            f=self.fs[self.f[row]],
            value=self.value[row],
            key=None if self.key is None else self.key[row],
            error=self.error.get(row),
            node=self.node.get(row),
        )

    def ops(self) -> list[Op]:
        """All rows as ops."""
        return [self.op(row) for row in range(len(self))]


class TableBuilder:
    """Makes a table from ops that come in portions, so that they need not all be there at once."""

    def __init__(self) -> None:
        self._index = array("q")
        self._time = array("q")
        self._type = array("b")
        self._process = array("q")
        self._f = array("i")
        self._codes: dict[str, int] = {}
        self._value: list[Any] = []
        self._key: list[Any] = []
        self._any_key = False
        self._error: dict[int, str] = {}
        self._node: dict[int, str] = {}

    def __len__(self) -> int:
        return len(self._index)

    def extend(self, ops: Sequence[Op]) -> None:
        """Append rows.

        Raises:
            OverflowError: an index, a time or a process is beyond 64 bits.
        """
        row = len(self._index)
        types = {name: code for code, name in enumerate(TYPES)}
        self._index.extend([op.index for op in ops])
        self._time.extend([op.time for op in ops])
        self._type.extend([types[op.type] for op in ops])
        self._process.extend(
            [NEMESIS_PROCESS if op.process == NEMESIS else op.process for op in ops]  # type: ignore[misc]
        )
        codes = self._codes
        self._f.extend([codes.setdefault(op.f, len(codes)) for op in ops])
        self._value.extend([op.value for op in ops])
        keys = [op.key for op in ops]
        self._any_key = self._any_key or any(key is not None for key in keys)
        self._key.extend(keys)
        for at, op in enumerate(ops, row):
            if op.error is not None:
                self._error[at] = op.error
            if op.node is not None:
                self._node[at] = op.node

    def table(self, *, by_time: bool = False) -> Table:
        """The table of all rows so far."""
        return Table(
            index=np.frombuffer(self._index, np.int64) if self._index else np.empty(0, np.int64),
            time=np.frombuffer(self._time, np.int64) if self._time else np.empty(0, np.int64),
            type=np.frombuffer(self._type, np.int8) if self._type else np.empty(0, np.int8),
            process=np.frombuffer(self._process, np.int64)
            if self._process
            else np.empty(0, np.int64),
            f=np.frombuffer(self._f, np.int32) if self._f else np.empty(0, np.int32),
            fs=list(self._codes),
            value=self._value,
            key=self._key if self._any_key else None,
            error=self._error,
            node=self._node,
            by_time=by_time,
        )
