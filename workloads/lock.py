"""Locks whose holders may be cut off: acquire, ask one's own client again and again, give back.

`check` asks nobody but the client: does it believe that it has the lock? A client that goes on
believing when its lease has run out, or a server that gives the lock to two, shows in a check that
is ok after somebody else's acquire. Nothing is written; the last read of each lock's file tells
that it can be reached.
"""

from __future__ import annotations

from typing import ClassVar

from harness.generator import (
    Generator,
    Invocation,
    hold_once,
    mix,
    phases,
    read_each_key,
    repeat,
    rotate_keys,
    while_holding,
)
from harness.model import Model
from harness.model.leased_lock import LeasedLock
from harness.workload import LONG_LIVED, WorkloadOptions, few_keys, uses


class LockWorkload:
    """Acquires; checks and releases by those who hold the lock; last reads."""

    name: ClassVar[str] = "lock"
    needs: ClassVar[str] = "lock"

    def __init__(self, options: WorkloadOptions) -> None:
        check = repeat(lambda ctx: Invocation("check"))
        release = repeat(lambda ctx: Invocation("release"))
        acquire = repeat(lambda ctx: Invocation("acquire"))
        self.model: Model = LeasedLock()
        self.generator: Generator = rotate_keys(
            lambda key: while_holding(
                mix([*[check] * uses(key), release]),
                acquire,
                gains="acquire",
                gives_up="release",
            ),
            active=few_keys(options),
            ops_per_key=LONG_LIVED * options.ops_per_key,
        )
        self.final: Generator = phases(
            hold_once(Invocation("acquire"), Invocation("check"), Invocation("release")),
            read_each_key(),
        )
