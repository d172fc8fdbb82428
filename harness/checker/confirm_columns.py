"""An order of a register's calls is replayed over columns, whoever says that it is a linearization.

The second look of `harness.checker.confirm` at millions of calls. It shares nothing with what finds
orders but the columns, and knows nothing of zones::

    order                       w1   r1   w2   r2        what the register is asked, one by one
    latest start so far          0    4    4    8        no call may have ended before it
    the last write before        -   w1   w1   w2        a read returned what that one wrote
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from harness.history.table import Ints
from harness.model import FOREVER


def is_linearization_columns(
    order: Sequence[int] | Ints,
    start: Ints,
    end: Ints,
    is_write: npt.NDArray[np.bool_],
    code: Ints,
    initial: int,
) -> bool:
    """Whether the rows name every completed call, none twice, in real-time order, legally.

    Args:
        order: rows of the columns.
        start: of each call, its invocation.
        end: of each call, its completion, `FOREVER` that of a crashed write.
        is_write: whether it is a write; else it is a read.
        code: a number for the value that was written or returned, the same for equal values.
        initial: the number of the register's first value.
    """
    rows = np.asarray(order, np.int64)
    if ((rows < 0) | (rows >= len(start))).any():
        return False
    placed = np.bincount(rows, minlength=len(start))
    if (placed > 1).any() or ((placed == 0) & (end != FOREVER)).any():
        return False
    if (end[rows] < np.maximum.accumulate(start[rows])).any():
        return False
    writing, value = is_write[rows], code[rows]
    last_write = np.maximum.accumulate(np.where(writing, np.arange(len(rows)), -1))
    there = np.where(last_write < 0, initial, value[last_write])
    return bool((writing | (value == there)).all())
