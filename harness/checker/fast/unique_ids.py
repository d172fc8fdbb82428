"""Ids: valid exactly when none was given twice.

If all ids are different, any order is legal, so that of the starts. Two generates that returned the
same id have no order, whatever else there is.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from harness.model import Call, Decided, Model


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Order the calls, or find two of one id."""
    given: dict[Hashable, int] = {}
    order: list[int] = []
    for at, call in enumerate(calls):
        if call.crashed:
            continue
        earlier = given.setdefault(call.result, at)
        if earlier != at:
            return Decided(None, [earlier, at])
        order.append(at)
    return Decided(order)
