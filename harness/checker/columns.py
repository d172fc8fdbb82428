"""Long histories of a register are first judged as columns, without an object for any operation.

A million calls as objects take longer to make than to judge. So where a key has many operations,
all of them reads and writes, and every value is written once, its order is found and replayed on
columns alone. Only if that does not end in an order are the calls made, for everything else.
"""

from __future__ import annotations

from collections.abc import Hashable

import numpy as np

from harness.checker.calls import KeyHistory
from harness.checker.confirm_columns import is_linearization_columns
from harness.checker.fast.unique_writes_columns import decide_columns
from harness.history.integers import codes_of
from harness.history.paired import Paired
from harness.history.table import Ints

MANY = 1_000
"""Operations on one key from which on making objects costs more than handling columns."""


def order_by_columns(key_history: KeyHistory) -> Ints | None:
    """A linearization that has been replayed, as positions of the calls; None if none was found."""
    model, pairs, rows = key_history.model, key_history.pairs, key_history.constraining
    if model.kind != "register" or len(rows) < MANY:
        return None
    table = pairs.table
    invoked, completed = pairs.invoked[rows], pairs.completed[rows]
    f = table.f[invoked]
    used = np.flatnonzero(np.bincount(f)).tolist()
    if any(table.fs[code] not in ("read", "write") for code in used):
        return None
    is_write = f == (table.fs.index("write") if "write" in table.fs else -1)
    told = np.where(is_write, invoked, completed)
    code, first = _codes(pairs, told, model.initial())
    start, end = pairs.start[rows], pairs.end[rows]
    found = decide_columns(start, end, is_write, code, first)
    if found is None or found.order is None:
        return None
    order = np.asarray(found.order, np.int64)
    if not is_linearization_columns(order, start, end, is_write, code, first):
        return None
    return order


def _codes(pairs: Paired, rows: Ints, first: Hashable) -> tuple[Ints, int]:
    """A number for the value of each row, the same for equal ones, and that of the first value."""
    if first is None and (codes := codes_of(pairs.table.value)) is not None:
        return codes[0][rows], codes[1]
    values = pairs.values
    chosen = [values[row] for row in rows.tolist()]
    numbers = {value: number for number, value in enumerate(dict.fromkeys([first, *chosen]))}
    return np.fromiter(map(numbers.__getitem__, chosen), np.int64, len(chosen)), 0
