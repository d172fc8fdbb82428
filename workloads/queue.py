"""First-in-first-out queues: unique elements in, elements out, on keys that rotate; then a drain.

Every element is enqueued once, so it comes out at most once and in its turn: a lost, doubled or
overtaken one shows. What is still queued at the end is dequeued until each queue says it is empty,
since a loss shows only where something is missing from what came out.
"""

from __future__ import annotations

from typing import ClassVar

from harness.generator import (
    Generator,
    Invocation,
    count,
    drain_each_key,
    mix,
    repeat,
    rotate_keys,
)
from harness.model import Model
from harness.model.fifo_queue import FifoQueue
from harness.workload import WorkloadOptions, keys_at_once


class QueueWorkload:
    """Enqueues of 1, 2, 3, … to each key and as many dequeues; a last drain of every key."""

    name: ClassVar[str] = "queue"
    needs: ClassVar[str] = "queue"

    def __init__(self, options: WorkloadOptions) -> None:
        dequeues = repeat(lambda ctx: Invocation("dequeue"))
        enqueues = count(lambda number: Invocation("enqueue", number))
        self.model: Model = FifoQueue()
        self.generator: Generator = rotate_keys(
            lambda key: mix([enqueues, dequeues]),
            active=keys_at_once(options),
            ops_per_key=options.ops_per_key,
        )
        # No key can hold more than was invoked on it; the rest is for answers that get lost.
        self.final: Generator = drain_each_key(most=2 * options.ops_per_key)
