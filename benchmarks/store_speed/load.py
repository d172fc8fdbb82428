"""A closed loop of clients: each sends its next operation when the last one was answered."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from time import perf_counter
from typing import NamedTuple, TypeAlias

Operation: TypeAlias = Callable[[int], Awaitable[None]]
"""Does a client's nth operation and returns once it was acknowledged."""


class Measured(NamedTuple):
    """Operations a second, and milliseconds that half and 99 of 100 of them took at most."""

    rate: float
    p50: float
    p99: float

    def __str__(self) -> str:
        return f"{self.rate:7.0f}/s  p50 {self.p50:6.1f} ms  p99 {self.p99:6.1f} ms"


def measured(latencies: Sequence[float], seconds: float) -> Measured:
    """Sum up what was measured in so many seconds."""
    if not latencies:
        return Measured(0, 0, 0)
    ordered = sorted(latencies)
    p50, p99 = (ordered[int(len(ordered) * part)] * 1000 for part in (0.5, 0.99))
    return Measured(len(ordered) / seconds, p50, p99)


async def closed_loop(clients: Sequence[Operation], warm_up: float, seconds: float) -> Measured:
    """Drive them all; what ended in the warm-up, or after the end, is not counted."""
    begin = perf_counter() + warm_up
    end = begin + seconds
    latencies: list[float] = []

    async def drive(operation: Operation) -> None:
        number = 0
        while (sent := perf_counter()) < end:
            await operation(number)
            number += 1
            answered = perf_counter()
            if begin <= answered < end:
                latencies.append(answered - sent)

    await asyncio.gather(*map(drive, clients))
    return measured(latencies, seconds)
