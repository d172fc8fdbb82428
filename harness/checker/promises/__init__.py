"""What a store gives that is not linearizable: weaker promises, each with a verdict of its own.

Linearizability fails as a whole, and says little about what may still be relied on. On the same
history these are judged one by one (`docs/promises.md` defines them):

- sequential consistency: one order of all operations that each process agrees with;
- coherence: such an order for each key by itself;
- the four session guarantees: read your writes, monotonic reads, monotonic writes, writes follow
  reads;
- bounded staleness: how old an answer was, in time and versions.

Each is valid, invalid with a few operations that show it, or unknown.
"""

from __future__ import annotations

from harness.checker.budget import Budget
from harness.checker.calls import split
from harness.checker.promises.growing import GROWING, collection_promises
from harness.checker.promises.guarantees import COHERENCE, GUARANTEES
from harness.checker.promises.keyed import Keyed
from harness.checker.promises.promise import Promise
from harness.checker.promises.sequential import NAME as SEQUENTIAL
from harness.checker.promises.sequential import sequential
from harness.checker.promises.sessions import Sessions, kept
from harness.checker.promises.staleness import NAME as STALENESS
from harness.checker.promises.staleness import staleness
from harness.history.paired import Paired
from harness.model import Model

DECIDE_SHARE = 0.25
"""The part of the time in which the keys are looked through for those that are linearizable."""

MOST_OPERATIONS = 1_000_000
"""More are not looked at: these take a gigabyte."""

MOST_GROWING = 100_000
"""The same for objects whose reads return all there is: each may be as large as the history."""


def promises(pairs: Paired, model: Model, *, time_limit_s: float | None = 10.0) -> list[Promise]:
    """Judge every weaker promise that makes sense for the model, the strongest first.

    Args:
        pairs: the operations of a history, linearizable or not.
        model: what they were done to.
        time_limit_s: after so many seconds what is still open is unknown; only one pass over the
            operations may take longer.

    Raises:
        MalformedHistory: the operations are not the model's.
    """
    most = MOST_GROWING if model.kind in GROWING else MOST_OPERATIONS
    if len(pairs) > most:
        reason = f"beyond {most} operations it is not looked at, and these are {len(pairs)}"
        return [Promise(name, "unknown", reason) for name in _names(model)]
    budget = Budget(time_limit_s)
    histories = split(pairs.table, model)
    keys = [
        Keyed.of(history, model, budget, _turn(budget, len(histories) - done))
        for done, history in enumerate(histories)
    ]
    if model.kind == "register":
        coherence, *guarantees = Sessions(keys, budget).promises()
        bounded = staleness(keys, model, _part(budget))
        whole = sequential(keys, model, budget, coherence)
        sessions = [coherence, *guarantees]
        if whole.valid is True:  # what it implies may have been open
            sessions = [kept(promise.name) for promise in sessions]
        return [whole, *sessions, bounded]
    found: list[Promise] = []
    if model.kind in GROWING:
        found = collection_promises(keys, budget)
    if model.reads:
        found.append(staleness(keys, model, _part(budget)))
    return [sequential(keys, model, budget, None), *found]


def _names(model: Model) -> list[str]:
    """What is judged of a model, the strongest first."""
    coherence = [COHERENCE] if model.kind == "register" else []
    sessions = GUARANTEES if coherence or model.kind in GROWING else ()
    bounded = [STALENESS] if coherence or model.reads else []
    return [SEQUENTIAL, *coherence, *sessions, *bounded]


def _turn(budget: Budget, keys_left: int) -> float:
    """What deciding one key may take: its part of what is left, and at least a little."""
    left = budget.left()
    return 60.0 if left is None else max(0.02, left * DECIDE_SHARE / keys_left)


def _part(budget: Budget) -> Budget:
    """The search for one order of everything comes last, and can use all that is left for it."""
    left = budget.left()
    return Budget(None if left is None else left * DECIDE_SHARE)


__all__ = ["Promise", "promises"]
