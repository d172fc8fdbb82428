"""Sets that only grow: unique adds and full reads, on keys that rotate.

Every read lists everything, so one read says which adds it saw: a lost element is missing from all
later reads, a stale read misses what an earlier one had.
"""

from __future__ import annotations

from typing import ClassVar

from harness.generator import (
    Generator,
    Invocation,
    count,
    mix,
    read_each_key,
    repeat,
    reserve,
    rotate_keys,
)
from harness.model import Model
from harness.model.grow_only_set import GrowOnlySet
from harness.workload import WorkloadOptions, keys_at_once, readers


class GrowOnlySetWorkload:
    """Adds of 1, 2, 3, … to each key, and reads; half the threads only read; last reads."""

    name: ClassVar[str] = "grow-only-set"
    needs: ClassVar[str] = "set"

    def __init__(self, options: WorkloadOptions) -> None:
        reads = repeat(lambda ctx: Invocation("read"))
        adds = count(lambda number: Invocation("add", number))
        self.model: Model = GrowOnlySet()
        self.generator: Generator = rotate_keys(
            lambda key: reserve(readers(options), reads, mix([reads, adds])),
            active=keys_at_once(options),
            ops_per_key=options.ops_per_key,
        )
        self.final: Generator = read_each_key()
