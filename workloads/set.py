"""Sets that grow and shrink: adds, removes and reads, on keys that rotate.

Every element is added once and may be removed soon after, by several threads at once. So a removed
element that shows up again was never added again: an add that acted twice, a removal that was lost.
"""

from __future__ import annotations

from typing import ClassVar

from harness.generator import (
    Context,
    Generator,
    Invocation,
    mix,
    numbered,
    read_each_key,
    repeat,
    reserve,
    rotate_keys,
)
from harness.model import Model
from harness.model.set import ElementSet
from harness.workload import WorkloadOptions, keys_at_once, readers

RECENT = 4
"""A removal is of one of so many elements that were added last."""


def _change(ctx: Context, number: int) -> Invocation:
    """Add 1, 3, 5, …, and after each add remove one of the last few."""
    if number % 2:
        return Invocation("add", number)
    return Invocation("remove", max(1, number - 1 - 2 * ctx.rng.randrange(RECENT)))


class SetWorkload:
    """Adds of 1, 3, 5, … to each key, removes and reads; half the threads only read; last reads."""

    name: ClassVar[str] = "set"
    needs: ClassVar[str] = "set"

    def __init__(self, options: WorkloadOptions) -> None:
        reads = repeat(lambda ctx: Invocation("read"))
        self.model: Model = ElementSet()
        self.generator: Generator = rotate_keys(
            lambda key: reserve(readers(options), reads, mix([reads, numbered(_change)])),
            active=keys_at_once(options),
            ops_per_key=options.ops_per_key,
        )
        self.final: Generator = read_each_key()
