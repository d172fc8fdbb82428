"""Whether one order is a linearization, and whether there is any.

The search is Wing & Gong's ("Testing and Verifying Concurrent Objects", 1993) with Lowe's memory of
where it has been ("Testing for Linearizability", 2017), and no shortcut::

    placed      1 1 1 0 1 0 0 …        next may be any call that was invoked before the first
                      ▲                completion among those not yet placed
                     low
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from time import monotonic

from harness.model import FOREVER, Call, Model
from harness.verify.certificate import Refuted, Unconfirmed
from harness.verify.history import Calls

MOST_STATES = 100_000
MOST_CONFIGURATIONS = 3_000_000
"""Below about 1 GB."""


def replay(order: Iterable[int], calls: Calls, model: Model, deadline: float) -> None:
    """Confirm that it has every completed call, none twice, in real-time order, and legally.

    Raises:
        Refuted: it has not.
        Unconfirmed: steps lead to several states, and following all of them takes too much memory,
            or longer than to the deadline of the monotonic clock.
    """
    waiting = dict(calls)
    states: set[Hashable] = {model.initial()}
    latest_start, latest = -1, -1
    for index in order:
        call = waiting.pop(index, None)
        if call is None:
            raise Refuted(f"op {index} stands in the order twice, or invokes nothing that happened")
        if call.end < latest_start:
            raise Refuted(f"op {index} had completed before op {latest}, placed before it, began")
        if call.start > latest_start:
            latest_start, latest = call.start, index
        f, value, result = call.f, call.value, call.result
        states = {after for state in states for after in model.steps(state, f, value, result)}
        if not states:
            raise Refuted(f"op {index} can't have happened at its place in the order")
        if len(states) > 1 and (len(states) > MOST_STATES or monotonic() > deadline):
            raise Unconfirmed(f"too many states are possible after op {index}: {len(states)}")
    for index, call in waiting.items():
        if not call.crashed:
            raise Refuted(f"op {index} completed, but is not in the order")


def has_order(calls: Iterable[Call], model: Model, deadline: float) -> bool:
    """Try every order, until the deadline of the monotonic clock. Raises Unconfirmed."""
    by_start = sorted(calls, key=lambda call: call.start)
    # Which is the first call not placed, which of those after it are, and the state.
    first: tuple[int, int, Hashable] = (0, 0, model.initial())
    todo, met = [first], {first}
    while todo:
        if len(met) > MOST_CONFIGURATIONS or (len(met) % 64 == 0 and monotonic() > deadline):
            raise Unconfirmed(f"{len(met)} configurations were not enough to try every order")
        low, placed, state = todo.pop()
        first_end = FOREVER
        for at in range(low, len(by_start)):
            call = by_start[at]
            if placed >> at - low & 1:
                continue
            if call.start > first_end:
                break
            first_end = min(first_end, call.end)
            now = placed | 1 << at - low
            further = (~now & now + 1).bit_length() - 1  # how many are placed without a gap
            for after in model.steps(state, call.f, call.value, call.result):
                step = (low + further, now >> further, after)
                if step not in met:
                    met.add(step)
                    todo.append(step)
        if first_end == FOREVER:  # all that completed are placed
            return True
    return False
