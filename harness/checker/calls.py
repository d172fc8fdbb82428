"""A history as the algorithms see it: for each key, the calls that constrain its state.

Failed operations did not happen and are left out. So are crashed reads: a read that nobody saw the
answer of fits anywhere. What remains is a `Call` each (`harness.model.call`). Objects are made only
where an algorithm asks for them; some work on columns.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from harness.history.garbage import without_collections
from harness.history.integers import codes_of
from harness.history.op import Op, Operation
from harness.history.paired import FAIL, INFO, OK, Paired, paired
from harness.history.table import Ints, Table
from harness.model import UNKNOWN, Call, Model, as_json, freeze, misfit_answer

PLAIN = frozenset({int, str, type(None)})
"""Types of which equal values are the same. (A bool is an int to isinstance, not to type.)"""


@dataclass(frozen=True, eq=False)
class KeyHistory:
    """The operations on one key.

    Args:
        key: None when the whole history is one object.
        pairs: the operations of the whole history.
        rows: which of them are on this key, by rising invocation.
        model: what their values are frozen and chosen for.
    """

    key: Any
    pairs: Paired
    rows: Ints
    model: Model

    @cached_property
    def constraining(self) -> Ints:
        """The rows of the operations that may constrain the state."""
        pairs, rows = self.pairs, self.rows
        outcome = pairs.outcome[rows]
        reads = np.array([name in self.model.reads for name in pairs.table.fs], bool)
        crashed_read = (outcome == INFO) & reads[pairs.table.f[pairs.invoked[rows]]]
        kept: Ints = rows[(outcome != FAIL) & ~crashed_read]
        return kept

    @cached_property
    @without_collections()
    def calls(self) -> list[Call]:
        """These operations as calls, by rising start."""
        pairs, rows = self.pairs, self.constraining
        table, values = pairs.table, pairs.values
        fs, ok, by_process = table.fs, OK, self.model.by_process
        invoked = pairs.invoked[rows]
        return [
            Call(
                start,
                end,
                fs[f],
                (process, values[asked]) if by_process else values[asked],
                values[done] if outcome == ok else UNKNOWN,
                process,
                row,
            )
            for start, end, f, asked, done, outcome, process, row in zip(
                pairs.start[rows].tolist(),
                pairs.end[rows].tolist(),
                table.f[invoked].tolist(),
                invoked.tolist(),
                pairs.completed[rows].tolist(),
                pairs.outcome[rows].tolist(),
                table.process[invoked].tolist(),
                rows.tolist(),
                strict=True,
            )
        ]

    @cached_property
    def operations(self) -> Sequence[Operation]:
        """Every operation on the key as an object, for explanations."""
        return [self.pairs.operation(row) for row in self.rows.tolist()]

    def operation(self, call: Call) -> Operation:
        """The operation that a call stands for."""
        return self.pairs.operation(call.row)

    def row_ending_at(self, end: int) -> int:
        """The row in the table of a completion, given the end of its call."""
        (at, *_) = np.flatnonzero(self.pairs.end[self.rows] == end)
        return int(self.pairs.completed[self.rows[at]])

    def index_after(self, end: int) -> int:
        """The index of the first op after the end of a call."""
        table = self.pairs.table
        later = np.flatnonzero(self.pairs.rank > end // 2)
        return int(table.index[later[0]]) if len(later) else int(table.index[-1]) + 1

    def indices(self, positions: Iterable[int] | Ints) -> tuple[int, ...]:
        """The indices of the invocations of calls, given their positions among the calls."""
        if not isinstance(positions, np.ndarray):
            positions = np.fromiter(positions, np.int64)
        rows = self.constraining[positions]
        return tuple(self.pairs.table.index[self.pairs.invoked[rows]].tolist())


@without_collections()
def split(history: Iterable[Op] | Table, model: Model) -> list[KeyHistory]:
    """Pair the ops and split them by key, in order of each key's first invocation.

    Raises:
        MalformedHistory: the ops do not pair, or are not of the model's kind.
    """
    table = history if isinstance(history, Table) else Table.of(history)
    pairs = paired(table)
    _require_fit(pairs, model)
    everything = np.arange(len(pairs), dtype=np.int64)
    if not len(pairs):
        return []
    if table.key is None or not model.per_key:
        return [KeyHistory(None, pairs, everything, model)]
    codes: dict[Hashable, int] = {}
    keys = table.key
    of_row = np.array(
        [codes.setdefault(freeze(keys[row]), len(codes)) for row in pairs.invoked.tolist()]
    )
    order = np.argsort(of_row, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(of_row[order])) + 1)
    return [KeyHistory(keys[pairs.invoked[part[0]]], pairs, part, model) for part in parts]


def _require_fit(pairs: Paired, model: Model) -> None:
    """Raise unless every operation is one that the model knows, of the shape that it knows."""
    table = pairs.table
    asked = table.f[pairs.invoked]
    for code in np.flatnonzero(np.bincount(asked)).tolist():
        f = table.fs[code]
        rows = np.flatnonzero(asked == code)
        if f not in model.fs:
            known, asked_for = ", ".join(sorted(model.fs)), f or '""'
            row = int(pairs.invoked[rows[0]])
            raise table.malformed(
                row,
                f"op {table.index[row]}: the model {model.name} knows {known}, not {asked_for}",
            )
        if type(model).misfit is not Model.misfit:
            _require_values(pairs, model, f, rows)
        ok = rows[pairs.outcome[rows] == OK]
        if type(model).misfit_result is not Model.misfit_result:
            _require_results(pairs, model, f, ok)
        elif f in model.echoes:
            unlike = _unlike(pairs, ok)
            if len(unlike):
                _require_results(pairs, model, f, unlike)


def _require_values(pairs: Paired, model: Model, f: str, rows: Ints) -> None:
    table, values = pairs.table, pairs.values
    for at in pairs.invoked[rows].tolist():
        if (wrong := model.misfit(f, values[at])) is not None:
            shown = as_json(table.value[at])
            raise table.malformed(at, f"op {table.index[at]}: {wrong}, not {shown}")


def _unlike(pairs: Paired, rows: Ints) -> Ints:
    """Those of these rows whose completion may have another value than the invocation.

    In by far the most histories there are none, and all values are plain: that is known of a
    million operations in less than a tenth of the time that it takes to ask the model about each.
    """
    at, then = pairs.invoked[rows], pairs.completed[rows]
    if (codes := codes_of(pairs.table.value)) is not None:
        differ: Ints = rows[codes[0][at] != codes[0][then]]
        return differ
    values = pairs.values
    asked, done = [values[row] for row in at.tolist()], [values[row] for row in then.tolist()]
    if asked == done and set(map(type, asked)) <= PLAIN >= set(map(type, done)):
        return rows[:0]
    unlike = [
        one != other or type(one) is not type(other) or type(one) not in PLAIN
        for one, other in zip(asked, done, strict=True)
    ]
    found: Ints = rows[np.array(unlike, bool)]
    return found


def _require_results(pairs: Paired, model: Model, f: str, rows: Ints) -> None:
    table, values = pairs.table, pairs.values
    for asked, done in zip(
        pairs.invoked[rows].tolist(), pairs.completed[rows].tolist(), strict=True
    ):
        if (wrong := misfit_answer(model, f, values[asked], values[done])) is not None:
            shown = as_json(table.value[done])
            raise table.malformed(done, f"op {table.index[done]}: {wrong}, not {shown}")
