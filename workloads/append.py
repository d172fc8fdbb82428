"""Lists: unique appends and reads, on keys that rotate.

Every read returns the whole list, and with it the order of all appends before: one read says more
than a register's ever could. Each operation touches one list; transactions over several lists need
a checker of another kind.
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
from harness.model.list_append import ListAppend
from harness.workload import WorkloadOptions, keys_at_once, readers


class AppendWorkload:
    """Appends of 1, 2, 3, … to each key, and reads; half the threads only read; last reads."""

    name: ClassVar[str] = "append"
    needs: ClassVar[str] = "list-append"

    def __init__(self, options: WorkloadOptions) -> None:
        reads = repeat(lambda ctx: Invocation("read"))
        appends = count(lambda number: Invocation("append", number))
        self.model: Model = ListAppend()
        self.generator: Generator = rotate_keys(
            lambda key: reserve(readers(options), reads, mix([reads, appends])),
            active=keys_at_once(options),
            ops_per_key=options.ops_per_key,
        )
        self.final: Generator = read_each_key()
