"""Many keys on many cores: a first look at each, in processes forked from this one.

By locality no key needs to know of another. A forked process has the whole history without a copy,
takes the keys that fall to it, and sends back the orders that it has found and replayed. What it
could not order in one turn is left to whoever asked, who then has it all in one place.
"""

from __future__ import annotations

import gc
import multiprocessing
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor

from harness.checker.budget import Budget
from harness.checker.calls import KeyHistory
from harness.checker.confirm import is_linearization
from harness.checker.decide import Decision
from harness.model import Model

PAYS_FROM = 20_000
"""Operations from which on forking costs less than it brings."""

PORTIONS = 8
"""For each process, so that no process ends much later than the others."""

Ordered = tuple[int, tuple[int, ...], str]
"""Which key, the indices of its invocations in order, and the algorithm that found it."""

_keys: Sequence[KeyHistory] = ()
_model: Model
"""What the forked processes look at: set right before they are forked."""


def order_in_parallel(
    keys: Sequence[KeyHistory], model: Model, workers: int, turn_s: float, max_states: int | None
) -> list[Ordered]:
    """Order as many keys as can be ordered in a turn each, on so many cores.

    Empty where it does not pay, or where this system does not fork.
    """
    operations = sum(len(key.rows) for key in keys)
    if workers < 2 or len(keys) < 2 or operations < PAYS_FROM:
        return []
    if "fork" not in multiprocessing.get_all_start_methods():
        return []
    global _keys, _model
    _keys, _model = keys, model
    step = max(1, len(keys) // (workers * PORTIONS))
    portions = [range(at, min(at + step, len(keys))) for at in range(0, len(keys), step)]
    try:
        # gc.freeze: to look through what was there before the fork is to write to it, and the
        # system would copy it page by page.
        fork = multiprocessing.get_context("fork")
        with ProcessPoolExecutor(workers, fork, initializer=gc.freeze) as pool:
            asked = [pool.submit(_order, portion, turn_s, max_states) for portion in portions]
            return [ordered for portion in asked for ordered in portion.result()]
    finally:
        _keys = ()


def _order(portion: range, turn_s: float, max_states: int | None) -> list[Ordered]:
    """In a forked process: order the keys of a portion."""
    found: list[Ordered] = []
    for at in portion:
        key = _keys[at]
        decision = Decision(key.calls, _model)
        answer = decision.run(Budget(turn_s, max_states))
        if answer.linearizable and is_linearization(answer.order, key.calls, _model):
            found.append((at, key.indices(answer.order), decision.algorithm))
    return found
