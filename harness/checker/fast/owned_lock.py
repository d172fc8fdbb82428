"""Locks with owners, reentrant or fenced: who held it when is in each process's own calls.

A process is sequential, so its acquires and releases pair up, and from the end of an outermost
acquire to the start of the release that undoes it, it certainly held the lock::

    process 1   acquire ├──┤            ├──┤ release
    hold                   [============]                zones of holds must not overlap
    process 2        acquire ├─────────────────┤     ├──┤ release
    hold                                       [=====]

Zones that don't overlap are enough: put the holds in that order, each with all its calls. Every
call of an earlier hold started before the next zone began, and that is before any call of the next
hold ended. A fenced lock's tokens must rise along the order, which had no alternative.

A process whose call crashed never acts again. A crashed acquire that took effect would thus keep
the lock for good, so none need have; a crashed release of an outermost hold may have taken effect,
and if it is taken to have, everything else that was possible still is.

Decides every history in which no process goes on after a crash.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import cast

from harness.model import FOREVER, Call, Decided, Model

Hold = list[int]
"""The calls of a hold: an acquire, those inside if the lock is reentrant, a release unless it was
never released."""


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Order the calls, or find those of one or two holds that can't be; None if any goes on."""
    crashed: set[int] = set()
    for call in calls:
        if call.process in crashed:
            return None
        if call.crashed:
            crashed.add(call.process)
    holds = _holds(calls, reentrant=model.kind == "reentrant-mutex")
    if isinstance(holds, Decided):
        return holds
    order = sorted(holds, key=lambda hold: calls[hold[0]].end)
    fenced = model.kind == "fenced-lock"
    for one, two in pairwise(order):
        first, second = calls[one[0]], calls[two[0]]
        if _zone_end(one, calls) > second.end or (fenced and _token(second) <= _token(first)):
            return Decided(None, sorted([*one, *two]))
    return Decided([at for hold in order for at in hold])


def _holds(calls: Sequence[Call], *, reentrant: bool) -> list[Hold] | Decided:
    """The holds of all processes; or the calls of one process that contradict each other."""
    holds: list[Hold] = []
    current: dict[int, Hold] = {}
    depth: dict[int, int] = {}
    for at, call in enumerate(calls):
        process = call.process
        if call.f == "acquire":
            if call.crashed:
                continue
            if not depth.get(process):
                current[process] = []
                holds.append(current[process])
            elif not reentrant:
                return Decided(None, [*current[process], at])
            depth[process] = depth.get(process, 0) + 1
        elif depth.get(process):
            depth[process] -= 1
        elif call.crashed:
            continue
        else:
            return Decided(None, [at])
        current[process].append(at)
    return holds


def _zone_end(hold: Hold, calls: Sequence[Call]) -> int:
    """The start of the release that undid it."""
    acquires = sum(calls[at].f == "acquire" for at in hold)
    return calls[hold[-1]].start if 2 * acquires == len(hold) else FOREVER


def _token(acquire: Call) -> int:
    return cast(int, acquire.result)
