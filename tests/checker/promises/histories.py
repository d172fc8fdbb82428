"""Random histories that break promises of every strength."""

from __future__ import annotations

from random import Random
from typing import Any

from harness.history.op import Op
from tests.checker.histories import Shape, make


def scrambled(shape: Shape, wrong: float, rng: Random, *, equal_times: bool = False) -> list[Op]:
    """A history of the shape in which each read says, so likely, some other value of its key."""
    ops = make(shape, rng)
    values: dict[Any, list[Any]] = {}
    for op in ops:
        if op.type == "invoke" and op.f in ("write", "cas"):
            values.setdefault(op.key, []).append(op.value if op.f == "write" else op.value[1])
    changed = []
    for op in ops:
        fields = {name: getattr(op, name) for name in op.__struct_fields__}
        if op.f == "read" and op.type == "ok" and rng.random() < wrong:
            fields["value"] = rng.choice([None, *values.get(op.key, [])])
        if equal_times:
            fields["time"] = op.time // 3
        changed.append(Op(**fields))
    return changed
