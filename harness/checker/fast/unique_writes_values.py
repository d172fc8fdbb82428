"""Which call wrote each value, which expect it, and which values must have been there.

Values are numbered by their writers, the first value being 0, so that neighbours in the history are
neighbours in memory. A cas expects one value and leaves another, which makes values a forest::

    row        0         1           2           3           4           5
    call     write a   read -   cas a to b    read b     write c     cas b to d (crashed)
    expects    -         0           1           2           -           2
    leaves     1         -           2           -           3           4

    parent     0         1 ◀── 2 ◀── 4           3           root of 1, 2, 4: 1; depth 0, 1, 2

A value is **needed** if a completed call left or expects it, or if a needed value descends from it.
A crashed call whose value is not needed can be taken not to have happened; the others did.

Roots, depths and needs come up the forest by pointer doubling: after k rounds each value has seen
its 2^k nearest ancestors (Wyllie's list ranking; JáJá, "An Introduction to Parallel Algorithms",
1992, section 3.1), so a million values in one chain take twenty rounds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from harness.history.table import Ints
from harness.model import FOREVER

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class Values:
    """The values of one register, each written once.

    Args:
        writer: the row that wrote each value, -1 for the first.
        expects: for each row the value it must find, -1 where it is none or nobody wrote it.
        leaves: for each row the value it writes, -1 for a read.
        completed: which rows did.
        parent: the value that each one's cas expects; itself when it was written plainly, or its
            cas expects what nobody wrote.
        by_cas: which values were left by a cas.
        root, depth: the oldest ancestor, and how many there are.
        needed: which values must have been there.
    """

    writer: Ints
    expects: Ints
    leaves: Ints
    completed: Bools
    by_cas: Bools
    root: Ints
    depth: Ints
    needed: Bools

    @property
    def happened(self) -> Bools:
        """The rows that took effect: all that completed, and the crashed whose value is needed."""
        return self.completed | ((self.leaves >= 0) & self.needed[self.leaves])

    @property
    def rootless(self) -> Bools:
        """Needed values that come from no write: from each other in a ring, or from nowhere."""
        return self.needed & self.by_cas[self.root]

    def with_grounds(self, rows: Iterable[int]) -> list[int]:
        """The rows, with the writers of all that they expect, and why the crashed ones happened."""
        chosen: set[int] = set()
        for row in rows:
            while not self.completed[row]:  # its value was expected by what the way up starts from
                next_rows = np.flatnonzero((self.expects == self.leaves[row]) & self.happened)
                row = int(next_rows[np.argmax(self.completed[next_rows])])
            while row >= 0 and row not in chosen:
                chosen.add(row)
                row = int(self.writer[self.expects[row]]) if self.expects[row] >= 0 else -1
        return sorted(chosen)


def values_of(end: Ints, expects: Ints, leaves: Ints, initial: int) -> Values | None:
    """Number the values; None if one was written twice, or the first one again.

    Args:
        end: of each row, `FOREVER` when it crashed.
        expects: codes from 0, -1 for a write.
        leaves: codes from 0, -1 for a read.
        initial: the code of the first value.
    """
    writers = np.flatnonzero(leaves >= 0)
    numbers = np.arange(1, len(writers) + 1)
    codes = max(int(expects.max(initial=initial)), int(leaves.max(initial=initial))) + 1
    of_code = np.full(codes, -1, np.int64)
    of_code[leaves[writers]] = numbers
    if of_code[initial] != -1 or (of_code[leaves[writers]] != numbers).any():
        return None
    of_code[initial] = 0
    expected = np.where(expects >= 0, of_code[expects], -1)
    left = np.full(len(end), -1, np.int64)
    left[writers] = numbers
    completed = end != FOREVER
    needed = np.zeros(len(writers) + 1, bool)
    for values in (expected, left):
        needed[values[completed & (values >= 0)]] = True
    root = np.arange(len(writers) + 1)
    depth = np.zeros(len(root), np.int64)
    by_cas = np.zeros(len(root), bool)
    cas = writers[expects[writers] >= 0]
    if len(cas):
        by_cas[left[cas]] = True
        root[left[cas]] = np.where(expected[cas] >= 0, expected[cas], left[cas])
        root, depth = _climb(root, by_cas, needed)
    writer = np.concatenate(([-1], writers))
    return Values(writer, expected, left, completed, by_cas, root, depth, needed)


def _climb(parent: Ints, by_cas: Bools, needed: Bools) -> tuple[Ints, Ints]:
    """Roots and depths; and what is needed makes its ancestors needed. A ring has no end."""
    ancestor, depth = parent, by_cas.astype(np.int64)
    for _ in range(len(parent).bit_length()):
        needed[ancestor[needed]] = True
        depth = depth + depth[ancestor]
        farther = ancestor[ancestor]
        if (farther == ancestor).all():
            break
        ancestor = farther
    return ancestor, depth
