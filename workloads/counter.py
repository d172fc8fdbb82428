"""Counters: adds of one and reads, on keys that rotate.

All amounts are the same, for which the check is exact and fast however many adds crashed. An add
that acted twice makes the sum larger than the adds that can have happened; a lost one, smaller.
"""

from __future__ import annotations

from typing import ClassVar

from harness.generator import (
    Generator,
    Invocation,
    mix,
    read_each_key,
    repeat,
    reserve,
    rotate_keys,
)
from harness.model import Model
from harness.model.counter import Counter
from harness.workload import WorkloadOptions, keys_at_once, readers


class CounterWorkload:
    """Adds of 1, and reads; half the threads only read; last reads."""

    name: ClassVar[str] = "counter"
    needs: ClassVar[str] = "counter"

    def __init__(self, options: WorkloadOptions) -> None:
        reads = repeat(lambda ctx: Invocation("read"))
        adds = repeat(lambda ctx: Invocation("add", 1))
        self.model: Model = Counter()
        self.generator: Generator = rotate_keys(
            lambda key: reserve(readers(options), reads, mix([reads, adds])),
            active=keys_at_once(options),
            ops_per_key=options.ops_per_key,
        )
        self.final: Generator = read_each_key()
