"""Algorithms that decide without search, each for one kind of object, where they apply.

Each module has `decide(calls, model)`: an order, a conflict, or None when it can't tell, so that
the general search must. What they say is confirmed afterwards (`harness.checker.confirm`).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.checker.fast import (
    bank,
    counter,
    element_set,
    fifo_queue,
    grow_only_set,
    list_append,
    log,
    owned_lock,
    priority_queue,
    semaphore,
    sources,
    stack,
    unique_ids,
    unique_writes,
    unordered_queue,
)
from harness.model import Call, Decided, Model


@dataclass(frozen=True)
class FastPath:
    """An algorithm by name, as a verdict shows it."""

    name: str
    decide: Callable[[Sequence[Call], Model], Decided | None]


FAST_PATHS: dict[str, FastPath] = {
    "bank": FastPath("totals", bank.decide),
    "counter": FastPath("counting", counter.decide),
    "fenced-lock": FastPath("holds", owned_lock.decide),
    "fifo-queue": FastPath("one-line", fifo_queue.decide),
    "grow-only-set": FastPath("growing-reads", grow_only_set.decide),
    "list-append": FastPath("prefixes", list_append.decide),
    "log": FastPath("offsets", log.decide),
    "priority-queue": FastPath("gaps-by-rank", priority_queue.decide),
    "reentrant-mutex": FastPath("holds", owned_lock.decide),
    "semaphore": FastPath("permits", semaphore.decide),
    "stack": FastPath("nesting", stack.decide),
    "set": FastPath("element-zones", element_set.decide),
    "unique-ids": FastPath("distinct", unique_ids.decide),
    "unordered-queue": FastPath("gaps", unordered_queue.decide),
    "register": FastPath("unique-writes", unique_writes.decide),
}
"""By `Model.kind`."""

SOURCES = FastPath("sources", sources.decide)
"""For what the fast path of a kind leaves open: it finds some violations of many kinds."""
