"""Registers whose every write wrote another value: decided by sorting, without search.

When each value is written once, what a read returned says which write it saw. The write of a value
and its reads form a cluster, which must be placed as one block, and a cluster's zone runs between
the first end and the last start of its calls::

    forward: some call ended before another started,    backward: all overlap; the block may be
    so the value was there all the time between         anywhere in the zone

    write ├──────┤                                      write   ├───────────┤
    read             ├────────┤                         read        ├───────────┤
    zone         [====]                                 zone        [-------]

A history is linearizable exactly when no read comes before its write, no two forward zones overlap,
and no backward zone lies inside a forward one (Gibbons & Korach, "Testing shared memories", SIAM J.
Comput. 26(4), 1997, section 4). The first value counts as written before everything. A crashed
write that nobody read can be taken not to have happened; one that was read did, and never ended.

The order then is that of the blocks: a forward one at its zone's start, a backward one at its
zone's start too or, if that lies inside a forward zone, right after the latter. No call of a later
block precedes one of an earlier: each call of a block ends after its zone's smaller moment, and
starts before the larger.

A successful **cas** reads one value and writes another, so nothing comes between it and the calls
of either: their clusters are one block, whose inner order is given (a read-modify-write in Gibbons
& Korach's terms)::

    write a   read a   read a   cas a to b   read b   cas b to c   read c
    └──── cluster of a ─────┘   └── cluster of b ─┘   └ cluster of c ───┘

So two cas that replaced the same value are a violation, and so is a call that ended before one of
its block that must come earlier had started. Otherwise a block is placed by its zone as before.

All of this is done on columns (`harness.checker.fast.unique_writes_columns`), which only need to
know of values which are equal: they are numbered here.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import cast

import numpy as np

from harness.checker.fast.unique_writes_columns import decide_effects
from harness.model import Call, Decided, Model


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Order the calls, or find those that can't be; None unless every value is written once."""
    if model.kind != "register":
        return None
    codes: dict[Hashable, int] = {model.initial(): 0}
    expects = np.full(len(calls), -1, np.int64)
    leaves = np.full(len(calls), -1, np.int64)
    for row, call in enumerate(calls):
        if call.f == "read":
            expects[row] = codes.setdefault(call.result, len(codes))
        elif call.f == "write":
            leaves[row] = codes.setdefault(call.value, len(codes))
        elif call.f == "cas":
            old, new = cast("tuple[Hashable, Hashable]", call.value)
            expects[row] = codes.setdefault(old, len(codes))
            leaves[row] = codes.setdefault(new, len(codes))
        else:
            return None
    start = np.array([call.start for call in calls], np.int64)
    end = np.array([call.end for call in calls], np.int64)
    found = decide_effects(start, end, expects, leaves, initial=0)
    if found is None or found.order is None:
        return found
    return Decided(np.asarray(found.order).tolist())
