"""A history as columns: one row an op, for millions of them.

An op as an object of its own takes a quarter of a kilobyte and a good part of a microsecond to look
at; a column of numbers takes eight bytes, and numpy looks at all of it at once. Keys, which can be
anything, stay a list; so do values, unless all are integers (`harness.history.integers`).

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

from harness.history.integers import ValueColumn
from harness.history.op import NEMESIS, MalformedHistory, Op, OpType, Record

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
        value, key: JSON values; `key` is None when no op has one. Whoever looks at many values one
            by one finds them as objects in `Paired.values`.
        error: what is known of some ops, by row.
        node: positions in `nodes`, -1 where it is unknown; None when no op has one.
        nodes: the names of the nodes, each once.
        by_time: whether ops of the same time have no order.
        timed: whether the times are such; else the number of each row stands in for its time.
        line: the line of its file in which each row stands, where there are lines.
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
    node: npt.NDArray[np.int32] | None = None
    nodes: Sequence[str] = ()
    by_time: bool = False
    timed: bool = True
    line: Sequence[int] | Ints | None = None

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
        node = -1 if self.node is None else int(self.node[row])
        return Op(
            index=int(self.index[row]),
            time=int(self.time[row]),
            type=TYPES[self.type[row]],
            process=NEMESIS if process == NEMESIS_PROCESS else process,
            f=self.fs[self.f[row]],
            value=self.value[row],
            key=None if self.key is None else self.key[row],
            error=self.error.get(row),
            node=None if node < 0 else self.nodes[node],
        )

    def ops(self) -> list[Op]:
        """All rows as ops."""
        return [self.op(row) for row in range(len(self))]

    def malformed(self, row: int | None, message: str) -> MalformedHistory:
        """An error about a row, which says the row's line where it is known."""
        if row is not None and self.line is not None:
            message = f"line {int(self.line[row])}: {message}"
        return MalformedHistory(message, position=row)


class _Codes(dict[str | None, int]):
    """Numbers names in the order in which they are first asked for; no name is -1."""

    def __init__(self) -> None:
        super().__init__({None: -1})
        self.names: list[str] = []

    def __missing__(self, name: str) -> int:
        code = self[name] = len(self.names)
        self.names.append(name)
        return code


_TYPE_CODES = {name: code for code, name in enumerate(TYPES)}


class TableBuilder:
    """Makes a table from ops that come in portions, so that they need not all be there at once.

    Portions of a thousand ops are fastest: what a portion is made of then stays in the cache.
    """

    def __init__(self) -> None:
        self._index, self._time, self._process = array("q"), array("q"), array("q")
        self._type, self._f, self._node = array("b"), array("i"), array("i")
        self._fs, self._nodes = _Codes(), _Codes()
        self._value = ValueColumn()
        self._key: list[Any] = []
        self._error: dict[int, str] = {}
        self._texts: dict[str, str] = {}  # errors repeat: each is kept once

    def __len__(self) -> int:
        return len(self._index)

    def extend(
        self,
        ops: Sequence[Op] | Sequence[Record],
        *,
        index: Iterable[int] | None = None,
        time: Iterable[int] | None = None,
    ) -> None:
        """Append rows, with these indices and times where the ops have none.

        Raises:
            OverflowError: an index, a time or a process is beyond 64 bits.
            TypeError: an index or a time is missing.
            MalformedHistory: a process is neither a number from 0 on nor the nemesis.
        """
        indices: Any = [op.index for op in ops] if index is None else index
        times: Any = [op.time for op in ops] if time is None else time
        new = array("q", indices), array("q", times), _processes([op.process for op in ops])
        row = len(self._index)
        self._type.extend(map(_TYPE_CODES.__getitem__, [op.type for op in ops]))
        self._f.extend(map(self._fs.__getitem__, [op.f for op in ops]))
        self._value.extend([op.value for op in ops], new[2])
        self._extend_keys(row, [op.key for op in ops])
        self._extend_nodes(row, [op.node for op in ops])
        errors = [op.error for op in ops]
        if errors.count(None) < len(ops):
            for at, error in enumerate(errors, row):
                if error is not None:
                    self._error[at] = self._texts.setdefault(error, error)
        for column, part in zip((self._index, self._time, self._process), new, strict=True):
            column.extend(part)

    def _extend_keys(self, row: int, keys: list[Any]) -> None:
        """Keep a column of keys from the first key on."""
        if self._key or keys.count(None) < len(keys):
            self._key += [None] * (row - len(self._key))
            self._key += keys

    def _extend_nodes(self, row: int, nodes: list[str | None]) -> None:
        """Keep a column of nodes from the first node on."""
        if self._node or nodes.count(None) < len(nodes):
            self._node.extend([-1] * (row - len(self._node)))
            self._node.extend(map(self._nodes.__getitem__, nodes))

    def table(self, *, by_time: bool = False) -> Table:
        """The table of all rows so far; nothing can be added afterwards."""
        return Table(
            index=np.frombuffer(self._index, np.int64),
            time=np.frombuffer(self._time, np.int64),
            type=np.frombuffer(self._type, np.int8),
            process=np.frombuffer(self._process, np.int64),
            f=np.frombuffer(self._f, np.int32),
            fs=self._fs.names,
            value=self._value.column(),
            key=self._key or None,
            error=self._error,
            node=np.frombuffer(self._node, np.int32) if self._node else None,
            nodes=self._nodes.names,
            by_time=by_time,
        )


def _processes(processes: Any) -> array[int]:
    """The column of these processes; in it a negative number is the nemesis and nobody else."""
    try:
        column = clients = array("q", processes)
    except TypeError:  # a text is among them
        texts = {process for process in processes if isinstance(process, str)} - {NEMESIS}
        if texts:
            raise _no_client(min(texts)) from None
        column = array("q", [NEMESIS_PROCESS if p == NEMESIS else p for p in processes])
        clients = array("q", [process for process in processes if process != NEMESIS])
    lowest = min(clients, default=0)
    if lowest < 0:
        raise _no_client(lowest)
    return column


def _no_client(process: int | str) -> MalformedHistory:
    return MalformedHistory(f"process {process!r}; expected a number from 0 on, or {NEMESIS!r}")
