"""Unordered queues with unique values: any element may be taken, so only emptiness has to fit.

Every element's take can be at its first moment and its put just before that, or at the put's own
end if that is earlier: then it is inside only during its stay. The takes that found nothing are at
gaps (`harness.checker.fast.gaps`), where no stay is. That is all, so the answer is exact, crashed
calls included; it takes the time of sorting.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from harness.checker.fast.elements import Elements, gather
from harness.checker.fast.gaps import empty_moments, in_order
from harness.checker.fast.points import arrange
from harness.model import Call, Decided, Model


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Order the calls, or find those that can't be; None when a value was put in twice."""
    found = gather(calls, "enqueue", "dequeue") if model.kind == "unordered-queue" else None
    if not isinstance(found, Elements):
        return found
    elements = in_order(found)
    empties = empty_moments(elements)
    if isinstance(empties, Decided):
        return empties
    puts = np.minimum(elements.put_end, elements.take_start)
    rank = np.arange(len(puts))
    return arrange(elements, puts, elements.take_start, rank, empties)
