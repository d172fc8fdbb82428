"""Zones over columns: `harness.checker.fast.unique_writes` for millions of calls at once.

Who wrote what is known once values are numbered (`harness.checker.fast.unique_writes_values`). The
rest is three sorts::

    calls by (block, depth in it, the writer before the reads, row)

        write a │ write b   read b   cas b to c   read c │ cas from first   read …
        └ block ┘ └───────────── block ────────────────┘ └── the first value's block

    forward zones by where they open;    blocks by the moment at which each is put

Inside a block a call that ended before one that must come earlier had started is a violation. Rows
rise by start, so reads of one value come in an order that real time allows.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, cast

import numpy as np

from harness.checker.fast.unique_writes_values import Bools, Values, values_of
from harness.history.sorting import stable_order
from harness.history.table import Ints
from harness.model import FOREVER, Decided

BEFORE_ALL: Final = -1
"""When the first value was there: its zone opens before any call."""

SPARSE: Final = 4
"""Codes that span more than so many times the calls are numbered anew."""


def decide_columns(
    start: Ints, end: Ints, is_write: Bools, code: Ints, initial: int
) -> Decided | None:
    """Order reads and writes, or find those that can't be; None if a value is written twice.

    Rows rise by start. Neither failed calls nor crashed reads are among them.

    Args:
        start: of each call, its invocation.
        end: of each call, its completion, `FOREVER` that of a crashed write.
        is_write: whether it is a write; else it is a read.
        code: a number for the value that was written or returned, the same for equal values.
        initial: the number of the register's first value.
    """
    code, initial = _dense(code, initial)
    expects, leaves = np.where(is_write, -1, code), np.where(is_write, code, -1)
    return decide_effects(start, end, expects, leaves, initial)


def decide_effects(
    start: Ints, end: Ints, expects: Ints, leaves: Ints, initial: int
) -> Decided | None:
    """The same with cas, which expect a value and leave another.

    Args:
        start: of each call, its invocation.
        end: of each call, its completion, `FOREVER` that of a crashed one.
        expects: a small number for the value that the call must find, -1 for a write.
        leaves: a small number for the value that it writes, -1 for a read.
        initial: the number of the register's first value.
    """
    values = values_of(end, expects, leaves, initial)
    if values is None:
        return None
    wrong = _unfounded(values, expects >= 0)
    if wrong is None:
        blocks = _blocks(values, start, end)
        wrong = _out_of_order(blocks, start, end)
        if wrong is None:
            placed = _place(blocks, start, end)
            if isinstance(placed, np.ndarray):
                return Decided(cast("Sequence[int]", placed))
            wrong = placed
    return Decided(None, values.with_grounds(wrong))


def _dense(code: Ints, initial: int) -> tuple[Ints, int]:
    """The codes as numbers from 0 to not far above how many calls there are."""
    low, high = int(code.min(initial=initial)), int(code.max(initial=initial))
    if high - low < SPARSE * (len(code) + 1):
        return code - low, initial - low
    numbers = np.unique(np.append(code, initial), return_inverse=True)[1]
    return numbers[:-1], int(numbers[-1])


def _unfounded(values: Values, expecting: Bools) -> list[int] | None:
    """A call that found what never was there, or two cas that both replaced one value."""
    lost = expecting & (values.expects < 0) & values.completed
    if lost.any():
        return [int(np.argmax(lost))]
    if not values.by_cas.any():
        return None
    rootless = values.rootless
    value = np.where(values.leaves >= 0, values.leaves, values.expects)
    stuck = values.completed & rootless[value]
    if stuck.any():
        return [int(np.argmax(stuck))]
    cas = np.flatnonzero(values.happened & (values.leaves >= 0) & (values.expects >= 0))
    rivals = np.bincount(values.expects[cas]) > 1
    if rivals.any():
        two = cas[values.expects[cas] == np.argmax(rivals)][:2]
        return [int(row) for row in two]
    return None


@dataclass(frozen=True, eq=False)
class Blocks:
    """The calls that must follow each other without another write between.

    Args:
        rows: the calls of one block after the other, each block's in order.
        begins: where each block begins in `rows`.
        block: of each of `rows`, its block.
        first_end, last_start: of each block; its zone lies between them.
    """

    rows: Ints
    begins: Ints
    block: Ints
    first_end: Ints
    last_start: Ints

    def span(self, block: int, start: Ints, end: Ints) -> list[int]:
        """The calls between which the zone lies."""
        members = self.rows[self.block == block]
        latest = int(members[np.argmax(start[members])])
        if self.first_end[block] == BEFORE_ALL:
            return [latest]
        return [int(members[np.argmin(end[members])]), latest]


def _blocks(values: Values, start: Ints, end: Ints) -> Blocks:
    """Sort the calls that happened into blocks."""
    rank = np.arange(len(values.root))
    if values.by_cas.any():
        rank[np.argsort(values.root * len(rank) + values.depth, kind="stable")] = rank.copy()
    rows = np.flatnonzero(values.happened)
    reads = values.leaves[rows] < 0
    value = np.where(reads, values.expects[rows], values.leaves[rows])
    rows = rows[stable_order(2 * rank[value] + reads)]
    leaves = values.leaves[rows]
    root = values.root[np.where(leaves < 0, values.expects[rows], leaves)]
    is_first = np.ones(len(rows), bool)
    is_first[1:] = root[1:] != root[:-1]
    begins = np.flatnonzero(is_first)
    if not len(begins):
        return Blocks(rows, begins, begins, begins, begins)
    first_end = np.minimum.reduceat(end[rows], begins)
    first_end[root[begins] == 0] = BEFORE_ALL
    last_start = np.maximum.reduceat(start[rows], begins)
    return Blocks(rows, begins, np.cumsum(is_first) - 1, first_end, last_start)


def _out_of_order(blocks: Blocks, start: Ints, end: Ints) -> list[int] | None:
    """Two calls of one block of which the later one precedes the earlier."""
    offset = blocks.block * len(start)
    latest = np.maximum.accumulate(offset + blocks.rows) - offset  # rows rise by start
    wrong = end[blocks.rows] < start[latest]
    if not wrong.any():
        return None
    at = int(np.argmax(wrong))
    return [int(blocks.rows[at]), int(latest[at])]


def _place(blocks: Blocks, start: Ints, end: Ints) -> Ints | list[int]:
    """The order of all calls, or those that span two zones that don't fit."""
    first_end, last_start = blocks.first_end, blocks.last_start
    is_forward = first_end < last_start
    forward, backward = np.flatnonzero(is_forward), np.flatnonzero(~is_forward)
    forward = forward[stable_order(first_end[forward])]
    opens, closes = first_end[forward], last_start[forward]
    overlapping = opens[1:] < closes[:-1]
    if overlapping.any():
        two = forward[np.argmax(overlapping) :][:2].tolist()
        return [row for block in two for row in blocks.span(block, start, end)]
    latest = last_start[backward]
    around = np.searchsorted(closes, latest)  # the first forward zone that closes no earlier
    inside = np.append(opens, FOREVER)[around] < latest
    trapped = inside & (first_end[backward] < np.append(closes, FOREVER)[around])
    if trapped.any():
        at = int(np.argmax(trapped))
        two = [int(forward[around[at]]), int(backward[at])]
        return [row for block in two for row in blocks.span(block, start, end)]
    moment = np.empty(len(blocks.begins), np.int64)
    moment[forward] = 2 * opens
    moment[backward] = 2 * latest
    moment[backward[inside]] = 2 * closes[around[inside]] + 1
    order: Ints = blocks.rows[stable_order(moment[blocks.block])]
    return order
