"""Semaphores and mutexes without owners: each call as late as it can be.

Calls of a kind differ only in their intervals. Going through the ends by time, a call that must
happen now happens now if it fits; if all permits are held (or none), first a pending release (or
acquire) must, and the one that ends first is taken, crashed ones last::

    permits 1     acquire  ├────┤            happens at its end: held
                  release     ├─────────┤    happens when the second acquire must: not before
                  acquire        ├───┤

Why nothing is lost: let some linearization have done, by some moment, all that this did, and e
acquires and r releases besides, all pending here. Whenever that is so, this may still do those:
both numbers of held permits are in range, so e acquires and r releases lead from one to the other
in some order without leaving it. So what the other can do next, this can too. And of two pending
calls of a kind, doing first the one that ends first leaves the other, which can stand in for it
later: the usual exchange of earliest-deadline-first. A crashed call has no deadline and need never
happen.

Decides every history in O(n log n).
"""

from __future__ import annotations

from collections.abc import Sequence
from heapq import heappop, heappush

from harness.checker.fast.moments import events
from harness.model import Call, Decided, Model
from harness.model.semaphore import Semaphore

Heap = list[tuple[int, int]]


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Order the calls, or find the calls up to where they have none."""
    if not isinstance(model, Semaphore):
        return None
    acquires: Heap = []
    releases: Heap = []
    placed = bytearray(len(calls))
    order: list[int] = []
    held = 0
    for at, ends in events(calls):
        acquire = calls[at].f == "acquire"
        if not ends:
            heappush(acquires if acquire else releases, (calls[at].end, at))
            continue
        if placed[at]:
            continue
        if held == (model.permits if acquire else 0):
            other = next_pending(releases if acquire else acquires, placed)
            if other < 0:
                return Decided(None, before(calls, calls[at].end))
            order.append(other)
            placed[other] = True
        else:
            held += 1 if acquire else -1
        order.append(at)
        placed[at] = True
    return Decided(order)


def next_pending(heap: Heap, placed: bytearray) -> int:
    """Take the call that ends first of those not placed, -1 if there is none."""
    while heap:
        at = heappop(heap)[1]
        if not placed[at]:
            return at
    return -1


def before(calls: Sequence[Call], moment: int) -> list[int]:
    """All calls that had started by then."""
    return [at for at, call in enumerate(calls) if call.start < moment]
