"""What a workload must offer: what the clients do, and what their history is held against."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol

from harness.generator import Generator
from harness.model import Model


@dataclass(frozen=True)
class WorkloadOptions:
    """What the command line may set of a workload.

    Args:
        concurrency: client threads.
        ops_per_key: operations before a key is given up for a fresh one, so that operations of
            unknown outcome stay few for each key.
    """

    concurrency: int
    ops_per_key: int


class Workload(Protocol):
    """One kind of client behaviour. Made once for a run, `Workload(options)`."""

    name: ClassVar[str]
    needs: ClassVar[str]
    """The kind of client it drives; a target that does not offer it can't run this workload."""
    model: Model
    generator: Generator
    """The main phase; the harness ends it after the time limit."""
    final: Generator
    """Runs once after every fault is healed, e.g. a last read of each key."""


def keys_at_once(options: WorkloadOptions) -> int:
    """How many keys to work on at a time: about two client threads a key, so that every key sees
    operations from different nodes at once.
    """
    return max(1, options.concurrency // 2)


def readers(options: WorkloadOptions) -> range:
    """Threads that should only read: the upper half, which is one on every node at `2n`."""
    return range((options.concurrency + 1) // 2, options.concurrency)


def few_readers(options: WorkloadOptions) -> range:
    """Threads that should only read where most must act: the upper third."""
    return range(options.concurrency - options.concurrency // 3, options.concurrency)


def few_keys(options: WorkloadOptions) -> int:
    """How many keys to work on at a time where one client keeps the others from a key: so few that
    who holds one is not always busy waiting for another.
    """
    return max(2, options.concurrency // 4)


def uses(key: int) -> int:
    """How often, on average, to use what one holds of this key before it is given back. Every other
    key is held for long: a holder that is cut off then still holds when its lease runs out.
    """
    return 2 if key % 2 else 40


LONG_LIVED = 20
"""Where a lease must run out within a key's life: so many times the usual operations of a key."""
