"""A first-in-first-out queue."""

from __future__ import annotations

from collections import deque
from collections.abc import Hashable, Iterable
from typing import ClassVar

from harness.model.misstep import first_misstep
from harness.model.model import INCONSISTENT, UNKNOWN, Model


class FifoQueue(Model):
    """Enqueue at the back, dequeue from the front; null when empty. The state is a tuple."""

    name = "fifo-queue"
    fs = frozenset({"enqueue", "dequeue"})
    echoes: ClassVar[frozenset[str]] = frozenset({"enqueue"})
    kind: ClassVar[str | None] = "fifo-queue"

    def initial(self) -> Hashable:
        """Nothing is queued."""
        return ()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """A dequeue that crashed took the first element, if there was one."""
        assert isinstance(state, tuple)
        if f == "enqueue":
            return (*state, value)
        first = state[0] if state else None
        return state[1:] if result is UNKNOWN or result == first else INCONSISTENT

    def first_misstep(self, path: Iterable[tuple[str, Hashable, Hashable]]) -> int | None:
        """See `harness.model.misstep`."""
        queue: deque[Hashable] = deque()
        return first_misstep(path, "enqueue", queue.append, queue.popleft)

    def misfit(self, f: str, value: Hashable) -> str | None:
        """Null stands for an empty queue."""
        return "an element is never null" if f == "enqueue" and value is None else None
