"""Banks: transfers keep the total, so reads that show different totals have no order.

Only sound: equal totals prove nothing about which transfers each read saw, and that is left to the
search (where transfers commute, so that most of its configurations meet again).
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.model import Call, Decided, Model
from harness.model.bank import Bank, balances


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Find two reads of different totals, or one of another total than there was at first."""
    if not isinstance(model, Bank):
        return None
    expected = None if model.balances is None else sum(model.balances.values())
    witness: list[int] = []
    for at, call in enumerate(calls):
        if call.f != "read" or call.crashed:
            continue
        total = sum(balances(call.result).values())
        if expected is None or (total == expected and model.balances is None):
            expected, witness = total, [at]  # the latest: the fewest transfers lie between
        elif total != expected:
            return Decided(None, [*witness, at])
    return None
