"""The values of a history as one column of numbers, where they are nothing else.

Values can be anything, so a table keeps them in a list, and to look at a million of them there
takes longer than all else that is done with them. By far the most histories write and read integers
or null, and then the list is walked through once: afterwards equal values are equal numbers of a
column.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from harness.history.table import NEMESIS_PROCESS, Ints, Table

GREATEST: Final = int(np.iinfo(np.int64).max)


@dataclass(frozen=True, eq=False)
class Numbers:
    """What clients wrote and were told, as numbers.

    Args:
        code: of each row of a table its value, an integer standing for itself; of no meaning
            where the row is not a client's.
        null: what stands for null, which no integer of the table is equal to.
    """

    code: Ints
    null: int


def numbers_of(table: Table) -> Numbers | None:
    """The values as numbers; None unless every client's is null or an integer of 64 bits."""
    values, own = table.value, table.process != NEMESIS_PROCESS
    if not own.all():
        values = [values[row] if told else None for row, told in enumerate(own.tolist())]
    if not set(map(type, values)) <= {int, type(None)}:  # true is no integer here
        return None
    count = len(values)
    try:
        code = np.fromiter((0 if value is None else value for value in values), np.int64, count)
    except OverflowError:
        return None
    null = int(code.max(initial=0)) + 1
    if null > GREATEST:
        return None
    zeros = np.flatnonzero(code == 0).tolist()
    code[[row for row in zeros if values[row] is None]] = null
    return Numbers(code, null)
