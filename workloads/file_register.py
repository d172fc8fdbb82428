"""Files as registers: reads, writes, and changes of the generation that was read.

A cas is two steps, as with any store that compares versions: read the file, and if it holds the old
value, write the new one over just that generation. Few values, so that many change the same file at
the same time; of two that read one generation only one may win.
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
from harness.workload import WorkloadOptions, few_readers, keys_at_once

VALUES = 3


def _cas(ctx: Context) -> Invocation:
    return Invocation("cas", [ctx.rng.randrange(VALUES), ctx.rng.randrange(VALUES)])


class FileRegisterWorkload:
    """Writes and three times as many cas over 0 to 2; a third only reads; last reads."""

    name: ClassVar[str] = "file-register"
    needs: ClassVar[str] = "file"

    def __init__(self, options: WorkloadOptions) -> None:
        read = repeat(lambda ctx: Invocation("read"))
        write = repeat(lambda ctx: Invocation("write", ctx.rng.randrange(VALUES)))
        cas = repeat(_cas)
        self.model: Model = CasRegister()
        self.generator: Generator = rotate_keys(
            lambda key: reserve(
                few_readers(options),
                read,
                mix([write, cas, cas, cas]),
            ),
            active=keys_at_once(options),
            ops_per_key=options.ops_per_key,
        )
        self.final: Generator = read_each_key()
