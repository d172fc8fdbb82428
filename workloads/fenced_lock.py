"""Locks with fencing tokens: what they protect refuses whoever is not the holder any more.

A holder writes with its token, for as long as it is let. It keeps no watch on its lease: the token
alone must stop a late write, be it of a holder that was cut off or one that was long on its way.
"""

from __future__ import annotations

from typing import ClassVar

from harness.generator import (
    Generator,
    Invocation,
    count,
    hold_once,
    mix,
    phases,
    read_each_key,
    repeat,
    reserve,
    rotate_keys,
    while_holding,
)
from harness.model import Model
from harness.model.leased_lock import LeasedLock
from harness.workload import LONG_LIVED, WorkloadOptions, few_keys, few_readers, uses


class FencedLockWorkload:
    """Acquires; writes and releases by who holds the lock; a third only reads; last reads."""

    name: ClassVar[str] = "fenced-lock"
    needs: ClassVar[str] = "fenced-lock"

    def __init__(self, options: WorkloadOptions) -> None:
        read = repeat(lambda ctx: Invocation("read"))
        release = repeat(lambda ctx: Invocation("release"))
        acquire = repeat(lambda ctx: Invocation("acquire"))
        write = count(lambda number: Invocation("write", number))
        self.model: Model = LeasedLock()
        self.generator: Generator = rotate_keys(
            lambda key: reserve(
                few_readers(options),
                read,
                while_holding(
                    mix([*[write] * uses(key), release]),
                    acquire,
                    gains="acquire",
                    gives_up="release",
                    needs=("write",),
                ),
            ),
            active=few_keys(options),
            ops_per_key=LONG_LIVED * options.ops_per_key,
        )
        self.final: Generator = phases(
            hold_once(Invocation("acquire"), Invocation("write", 1), Invocation("release")),
            read_each_key(),
        )
