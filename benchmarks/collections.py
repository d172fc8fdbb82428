"""How long the fast paths of queues and stacks take: `python -m benchmarks.collections`.

Clients call a collection in turn, at random; half of the calls put a new element in. With `crash`
some calls never complete: a third of them take effect, either before that or much later.
"""

from __future__ import annotations

import argparse
import heapq
from collections import deque
from collections.abc import Callable, Hashable
from random import Random
from time import perf_counter, process_time

from harness.checker.fast import FAST_PATHS
from harness.model import FOREVER, UNKNOWN, Call, Model
from harness.model.fifo_queue import FifoQueue
from harness.model.priority_queue import PriorityQueue
from harness.model.stack import Stack
from harness.model.unordered_queue import UnorderedQueue

MODELS: dict[str, Model] = {
    "fifo-queue": FifoQueue(),
    "unordered-queue": UnorderedQueue(),
    "priority-queue": PriorityQueue(),
    "stack": Stack(),
}


class _Collection:
    """The collection itself."""

    def __init__(self, kind: str, rng: Random) -> None:
        self._kind = kind
        self._rng = rng
        self._heap: list[int] = []
        self._line: deque[int] = deque()

    def put(self, value: int) -> int:
        if self._kind == "priority-queue":
            heapq.heappush(self._heap, value)
        else:
            self._line.append(value)
        return value

    def take(self) -> int | None:
        if self._kind == "priority-queue":
            return heapq.heappop(self._heap) if self._heap else None
        if not self._line:
            return None
        if self._kind == "fifo-queue":
            return self._line.popleft()
        if self._kind == "unordered-queue":
            self._line.rotate(self._rng.randrange(min(20, len(self._line))))
        return self._line.pop()


def generate(kind: str, operations: int, clients: int, crash: float, seed: int) -> list[Call]:
    """A linearizable history with unique values."""
    rng = Random(seed)
    collection = _Collection(kind, rng)
    put, take = ("push", "pop") if kind == "stack" else ("enqueue", "dequeue")
    values = list(range(operations))
    rng.shuffle(values)
    starts: list[int] = []
    ends = [FOREVER] * operations
    asked: list[int | None] = []
    results: list[Hashable] = [UNKNOWN] * operations
    processes: list[int] = []
    idle, called, done = range(3)
    phase = [idle] * clients
    doing = [0] * clients
    late: list[Callable[[], object]] = []
    clock = 0

    def act(at: int) -> int | None:
        value = asked[at]
        return collection.take() if value is None else collection.put(value)

    while len(starts) < operations:
        clock += 2
        client = rng.randrange(clients)
        if late and rng.random() < 0.001:
            late.pop()()
        at = doing[client]
        if phase[client] == idle:
            doing[client] = len(starts)
            starts.append(clock)
            asked.append(values.pop() if rng.random() < 0.5 else None)
            processes.append(client)
            phase[client] = called
        elif phase[client] == called and rng.random() < crash * 2 / 3:
            if rng.random() < 0.1:
                late.append(lambda at=at: act(at))  # type: ignore[misc]
            phase[client] = idle
        elif phase[client] == called:
            results[at] = act(at)
            phase[client] = done
        else:
            if rng.random() < crash / 3:
                results[at] = UNKNOWN
            else:
                ends[at] = clock + 1
            phase[client] = idle
    return [
        Call(
            starts[at],
            ends[at],
            take if asked[at] is None else put,
            asked[at],
            results[at] if ends[at] != FOREVER else UNKNOWN,
            processes[at],
            at,
        )
        for at in range(operations)
    ]


def main() -> None:
    """Print a table: seconds to decide, for each kind and crash rate."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--operations", type=int, default=1_000_000)
    parser.add_argument("--clients", type=int, default=50)
    parser.add_argument("--kind", choices=list(MODELS), action="append")
    options = parser.parse_args()
    print(f"{'history':18}{'crash':>6}{'wall s':>9}{'cpu s':>9}  verdict")
    for kind in options.kind or MODELS:
        for crash in (0.0, 0.05, 0.2):
            calls = generate(kind, options.operations, options.clients, crash, seed=1)
            begun, begun_cpu = perf_counter(), process_time()
            decided = FAST_PATHS[kind].decide(calls, MODELS[kind])
            took, took_cpu = perf_counter() - begun, process_time() - begun_cpu
            verdict = "unknown" if decided is None else decided.order is not None
            print(f"{kind:18}{crash:>6.0%}{took:>9.2f}{took_cpu:>9.2f}  {verdict}", flush=True)


if __name__ == "__main__":
    main()
