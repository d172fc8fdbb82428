"""A mutex: a semaphore with one permit."""

from __future__ import annotations

from harness.model.semaphore import Semaphore


class Mutex(Semaphore):
    """Acquire while it is free, release while it is held.

    Whoever releases it: a flag, as in Jepsen's mutex. `ReentrantMutex` and `FencedLock` know who
    holds them.
    """

    name = "mutex"

    def __init__(self) -> None:
        super().__init__(permits=1)
