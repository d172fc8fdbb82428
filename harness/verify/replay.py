"""Whether an order is a linearization: one step after the other, as it says."""

from __future__ import annotations

from collections.abc import Hashable, Iterable
from time import monotonic

from harness.model import Model
from harness.verify.certificate import Refuted, Unconfirmed
from harness.verify.history import Calls

MOST_STATES = 100_000


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
            raise Refuted(
                f"op {index} stands in the order twice, or invokes nothing that can have happened"
            )
        if call.end < latest_start:
            raise Refuted(
                f"op {index} had completed before op {latest}, which precedes it in the "
                "order, was invoked"
            )
        if call.start > latest_start:
            latest_start, latest = call.start, index
        f, value, result = call.f, call.value, call.result
        if len(states) == 1:
            (state,) = states
            states = set(model.steps(state, f, value, result))
        else:
            states = {after for state in states for after in model.steps(state, f, value, result)}
        if not states:
            raise Refuted(f"op {index} can't have happened at its place in the order")
        if len(states) > 1 and (len(states) > MOST_STATES or monotonic() > deadline):
            raise Unconfirmed(f"too many states are possible after op {index}: {len(states)}")
    missing = next((index for index, call in waiting.items() if not call.crashed), None)
    if missing is not None:
        raise Refuted(f"op {missing} completed, but is not in the order")
