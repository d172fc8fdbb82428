"""Algorithms that decide without search, each for one kind of object, where they apply.

Each module has `decide(calls, model)`: an order, a conflict, or None when it can't tell, so that the
general search must. What they say is confirmed afterwards (`harness.checker.confirm`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.checker.fast import unique_writes
from harness.model import Call, Decided, Model


@dataclass(frozen=True)
class FastPath:
    """An algorithm by name, as a verdict shows it."""

    name: str
    decide: Callable[[Sequence[Call], Model], Decided | None]


FAST_PATHS: dict[str, FastPath] = {
    "register": FastPath("unique-writes", unique_writes.decide),
}
"""By `Model.kind`."""
