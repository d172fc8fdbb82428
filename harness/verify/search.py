"""Whether a few calls have a linearization, by trying all that real time allows.

Wing & Gong's search ("Testing and Verifying Concurrent Objects", 1993) with Lowe's memory of where
it has been ("Testing for Linearizability", 2017), and no shortcut::

    placed      1 1 1 0 1 0 0 …        next may be any call that was invoked before the first
                      ▲                completion among those not yet placed
                  first open
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from time import monotonic

from harness.model import FOREVER, Call, Model
from harness.verify.certificate import Unconfirmed

MOST_CONFIGURATIONS = 3_000_000
"""Below about 1 GB."""


def has_order(calls: Iterable[Call], model: Model, deadline: float) -> bool:
    """Search until the deadline, of the monotonic clock. Raises Unconfirmed."""
    by_start = sorted(calls, key=lambda call: call.start)
    # Which is the first call not placed, which of those after it are, and the state.
    first: tuple[int, int, Hashable] = (0, 0, model.initial())
    todo, met = [first], {first}
    while todo:
        if len(met) > MOST_CONFIGURATIONS or (len(met) % 64 == 0 and monotonic() > deadline):
            raise Unconfirmed(f"{len(met)} configurations were not enough to try every order")
        low, placed, state = todo.pop()
        eligible, all_completed_are_placed = _eligible(by_start, low, placed)
        if all_completed_are_placed:
            return True
        for at in eligible:
            call = by_start[low + at]
            for after in model.steps(state, call.f, call.value, call.result):
                step = _normal(low, placed | 1 << at, after)
                if step not in met:
                    met.add(step)
                    todo.append(step)
    return False


def _eligible(by_start: Sequence[Call], low: int, placed: int) -> tuple[list[int], bool]:
    """The calls that may come next, counted from `low`; and whether only crashed ones are left."""
    eligible: list[int] = []
    first_end = FOREVER
    for at, call in enumerate(by_start[low:]):
        if placed >> at & 1:
            continue
        if call.start > first_end:
            break
        eligible.append(at)
        first_end = min(first_end, call.end)
    return eligible, first_end == FOREVER


def _normal(low: int, placed: int, state: Hashable) -> tuple[int, int, Hashable]:
    while placed & 1:
        low, placed = low + 1, placed >> 1
    return low, placed, state
