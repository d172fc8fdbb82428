"""Transactions of reads and writes over small groups of registers; the groups rotate.

An operation's key names its group, and a transaction touches registers of one group only: each
group is an object by itself, small enough for a search to decide. (Were all registers one object,
none could.) Written values never repeat within a group, so that a read says which write it saw.
"""

from __future__ import annotations

from typing import Any, ClassVar

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
from harness.model.multi_register import MultiRegister
from harness.workload import WorkloadOptions, keys_at_once, readers

REGISTERS = ("x", "y", "z")


def _some(ctx: Context, most: int) -> list[str]:
    return ctx.rng.sample(REGISTERS, ctx.rng.randint(1, most))


def _look(ctx: Context) -> Invocation:
    """Read one, two or all registers at once."""
    return Invocation("txn", [["r", name, None] for name in _some(ctx, 3)])


def _change(ctx: Context, number: int) -> Invocation:
    """Read a register, write one or two, and read one of those again: a txn sees its own writes."""
    written = _some(ctx, 2)
    micros: list[Any] = [["r", ctx.rng.choice(REGISTERS), None]]
    micros += [["w", name, number] for name in written]
    return Invocation("txn", [*micros, ["r", written[0], None]])


class TxnWorkload:
    """Reads of up to three registers at once, and writes of up to two after a read; last reads."""

    name: ClassVar[str] = "txn"
    needs: ClassVar[str] = "txn"

    def __init__(self, options: WorkloadOptions) -> None:
        looks = repeat(_look)
        self.model: Model = MultiRegister()
        self.generator: Generator = rotate_keys(
            lambda key: reserve(readers(options), looks, mix([looks, numbered(_change)])),
            active=keys_at_once(options),
            ops_per_key=options.ops_per_key,
        )
        self.final: Generator = read_each_key("txn", [["r", name, None] for name in REGISTERS])
