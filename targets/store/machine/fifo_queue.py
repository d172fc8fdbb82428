"""First-in-first-out queues, one a key; a key that was never used is the empty queue."""

from __future__ import annotations

from collections import deque
from typing import Any

from targets.store.machine.machine import BadRequest, Result
from targets.store.machine.values import canonical, named


class Queues:
    """`["enqueue", key, element]` and `["dequeue", key]`.

    A dequeue answers the element that has waited longest, or null when none waits; so an element
    is never null. It changes the queue: there is nothing that only reads.
    """

    _OPERANDS = {"enqueue": 2, "dequeue": 1}  # noqa: RUF012 (a constant)

    def __init__(self) -> None:
        self._queues: dict[str, deque[Any]] = {}

    def check(self, operation: Any) -> bool:
        """See `Machine`."""
        if named(operation, self._OPERANDS) == "enqueue" and operation[2] is None:
            raise BadRequest("null stands for an empty queue: no element can be null")
        return True

    def apply(self, operation: Any) -> Result:
        """See `Machine`."""
        queue = self._queues.setdefault(canonical(operation[1]), deque())
        if operation[0] == "enqueue":
            queue.append(operation[2])
            return {"ok": operation[2]}
        return {"ok": queue.popleft() if queue else None}

    def query(self, operation: Any) -> Result:
        """See `Machine`."""
        raise BadRequest(f"a queue has no operation that only reads: {canonical(operation)}")

    def dump(self) -> Any:
        """See `Machine`."""
        return {key: list(queue) for key, queue in self._queues.items()}

    def load(self, state: Any) -> None:
        """See `Machine`."""
        self._queues = {key: deque(elements) for key, elements in state.items()}
