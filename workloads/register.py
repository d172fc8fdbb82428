"""Registers: unique writes and reads, on keys that rotate.

Every value is written to a key once, so each read says which write it saw: stale reads and lost
writes show at once, and the check is fast however long the run.
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
from harness.model.register import Register
from harness.workload import WorkloadOptions, keys_at_once, readers


class RegisterWorkload:
    """Reads, and writes of 1, 2, 3, … to each key; half the threads only read; last reads."""

    name: ClassVar[str] = "register"
    needs: ClassVar[str] = "register"

    def __init__(self, options: WorkloadOptions) -> None:
        reads = repeat(lambda ctx: Invocation("read"))
        self.model: Model = Register()
        self.generator: Generator = rotate_keys(
            lambda key: reserve(
                readers(options),
                reads,
                mix([reads, count(lambda number: Invocation("write", number))]),
            ),
            active=keys_at_once(options),
            ops_per_key=options.ops_per_key,
        )
        self.final: Generator = read_each_key()
