"""The operations of a table: each invocation with its completion, found without a loop.

Sorted by process, and within a process as they came, invocations and completions must alternate::

    process   2       2     2       2      5       5
    type    invoke   ok   invoke   info  invoke  invoke    ◀── malformed: the first is still open

What doesn't is looked at again op by op (`harness.history.op.pair`), for the words of the error.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from harness.history.integers import Integers
from harness.history.op import MalformedHistory, Operation, pair
from harness.history.sorting import stable_order
from harness.history.table import FAIL, INFO, INVOKE, NEMESIS_PROCESS, OK, Ints, Table
from harness.model.call import FOREVER
from harness.model.value import freeze


@dataclass(frozen=True, eq=False)
class Paired:
    """The client operations of a table, by rising invocation.

    Args:
        table: whose rows these are.
        invoked: rows of the invocations.
        completed: rows of the completions, -1 where there is none.
        outcome: `OK`, `FAIL` or `INFO`; `INFO` as well without a completion.
        start, end: the interval of each operation. Starts are even and ends odd, so that none are
            equal; the end of what is not ok is `FOREVER`.
        rank: of each row of the table, half its start, or its end rounded down.
    """

    table: Table
    invoked: Ints
    completed: Ints
    outcome: npt.NDArray[np.int8]
    start: Ints
    end: Ints
    rank: Ints

    def __len__(self) -> int:
        return len(self.invoked)

    @cached_property
    def values(self) -> Sequence[Hashable]:
        """The values of the table's rows as models see them, each frozen once."""
        column = self.table.value
        if isinstance(column, Integers):
            return column.values
        return [freeze(value) for value in column]

    def operation(self, row: int) -> Operation:
        """One operation as an object."""
        completed = int(self.completed[row])
        return Operation(
            self.table.op(int(self.invoked[row])),
            None if completed < 0 else self.table.op(completed),
        )


def paired(table: Table) -> Paired:
    """Pair each client's invocations with their completions.

    Raises:
        MalformedHistory: as `harness.history.op.pair`.
    """
    if _runs_backwards(table):
        _explain(table)
    is_client = table.process != NEMESIS_PROCESS
    rows = np.flatnonzero(is_client)
    rows = rows[stable_order(table.process[rows])]
    process, invokes = table.process[rows], table.type[rows] == INVOKE
    is_answer = ~invokes
    follows = np.zeros(len(rows), bool)  # an invocation of the same process
    follows[1:] = (process[1:] == process[:-1]) & invokes[:-1]
    if (is_answer != follows).any():
        _explain(table)
    completion = np.full(len(table), -1, np.int64)
    completion[rows[:-1][is_answer[1:]]] = rows[is_answer]
    invoked = np.flatnonzero(is_client & (table.type == INVOKE))
    completed = completion[invoked]
    answered = completed >= 0
    if not _ask_the_same(table, invoked[answered], completed[answered]):
        _explain(table)
    return _intervals(table, invoked, completed)


def _intervals(table: Table, invoked: Ints, completed: Ints) -> Paired:
    outcome = np.where(completed < 0, INFO, table.type[completed]).astype(np.int8)
    rank = np.arange(len(table), dtype=np.int64)
    if table.by_time:
        rank = np.unique(table.time, return_inverse=True)[1].astype(np.int64)
    end = np.where(outcome == OK, 2 * rank[completed] + 1 if len(table) else 1, FOREVER)
    return Paired(table, invoked, completed, outcome, 2 * rank[invoked], end, rank)


def _runs_backwards(table: Table) -> bool:
    index, time = table.index, table.time
    return bool((index[1:] <= index[:-1]).any() or (time[1:] < time[:-1]).any())


def _ask_the_same(table: Table, invoked: Ints, completed: Ints) -> bool:
    """Whether completions are of the same `f` and key as their invocations."""
    if (table.f[invoked] != table.f[completed]).any():
        return False
    if table.key is None:
        return True
    keys = table.key
    return all(
        keys[done] is None or keys[done] == keys[asked]
        for asked, done in zip(invoked.tolist(), completed.tolist(), strict=True)
    )


def _explain(table: Table) -> None:
    """Raise what is wrong with the table, in words."""
    try:
        pair(table.op(row) for row in range(len(table)))
    except MalformedHistory as error:
        raise table.malformed(error.position, str(error)) from None
    raise MalformedHistory("the operations do not pair")  # pragma: no cover - pair() says more


__all__ = ["FAIL", "FOREVER", "INFO", "OK", "Paired", "paired"]
