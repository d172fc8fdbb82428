"""Compare-and-set registers: reads, writes and cas over five values, on keys that rotate.

The values repeat, so that a cas often finds the old value it wants, and an operation that was
applied twice, or after it was reported failed, changes what the next cas sees.
"""

from __future__ import annotations

from typing import ClassVar

from harness.generator import (
    Context,
    Generator,
    Invocation,
    mix,
    read_each_key,
    repeat,
    reserve,
    rotate_keys,
)
from harness.model import Model
from harness.model.register import CasRegister
from harness.workload import WorkloadOptions, keys_at_once, readers

VALUES = 5


def _read(ctx: Context) -> Invocation:
    return Invocation("read")


def _write(ctx: Context) -> Invocation:
    return Invocation("write", ctx.rng.randrange(VALUES))


def _cas(ctx: Context) -> Invocation:
    return Invocation("cas", [ctx.rng.randrange(VALUES), ctx.rng.randrange(VALUES)])


class CasWorkload:
    """Reads, writes and cas over 0 to 4; half the threads only read. A last read of every key."""

    name: ClassVar[str] = "cas"
    needs: ClassVar[str] = "register"

    def __init__(self, options: WorkloadOptions) -> None:
        self.model: Model = CasRegister()
        self.generator: Generator = rotate_keys(
            lambda key: reserve(
                readers(options), repeat(_read), mix([repeat(_read), repeat(_write), repeat(_cas)])
            ),
            active=keys_at_once(options),
            ops_per_key=options.ops_per_key,
        )
        self.final: Generator = read_each_key()
