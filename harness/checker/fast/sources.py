"""What a call found must come from somewhere: a part of an answer that needs no search.

Each call **needs** some things to be there ("the value is 3", "x was added") and **leaves** some.
A thing can be there from its **moment** on: the earliest at which a call that leaves it can have
taken effect, which is when the call was invoked, or later, when what it needs itself can be there::

    write 1          ├──────────┤                    1 from here
    cas 1 to 2    ├──:────────────────────── crashed
                     └ 2 from here, not earlier
    read 2       ├─┤                                 impossible: over before that moment

Moments are found as shortest ways are, the earliest first, so no thing ever rests on itself (E. W.
Dijkstra, "A note on two problems in connexion with graphs", Numer. Math. 1, 1959). A completed
call that was over before what it needs can have been there has no place in any order. This is
sound for any object on which a thing must be left before it is found, whatever takes it away, and
says nothing where it finds nothing.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Hashable, Mapping, Sequence
from typing import cast

from harness.checker.licence.objects import of_transaction
from harness.checker.licence.register import expects, writes
from harness.model import FOREVER, Call, Decided, Model

Things = Sequence[Hashable]
Flow = Callable[[Call], tuple[Things, Things]]
"""What a call needs and what it leaves."""

NEVER = FOREVER + 1


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Find the first call to end that found what could not be there; None if there is none."""
    flow = FLOWS.get(model.kind or "")
    if flow is None:
        return None
    flows = [flow(call) for call in calls]
    moment = _moments(calls, flows, _at_first(model))
    coming = sorted(moment, key=moment.__getitem__, reverse=True)
    needing = [at for at, call in enumerate(calls) if flows[at][0] and not call.crashed]
    there: set[Hashable] = set()
    for at in sorted(needing, key=lambda at: calls[at].end):
        while coming and moment[coming[-1]] <= calls[at].end:
            there.add(coming.pop())
        if not there.issuperset(flows[at][0]):
            return Decided(None, [at])
    return None


def _moments(
    calls: Sequence[Call], flows: Sequence[tuple[Things, Things]], at_first: Things
) -> Mapping[Hashable, int]:
    """From when on each thing can be there; what never can is not named."""
    moment: dict[Hashable, int] = dict.fromkeys(at_first, -1)
    waiting: dict[Hashable, list[int]] = {}
    missing: dict[int, int] = {}
    for at, (needs, leaves) in enumerate(flows):
        if not leaves:
            continue
        for thing in needs:
            waiting.setdefault(thing, []).append(at)
        if needs:
            missing[at] = len(needs)
            continue
        for thing in leaves:
            moment.setdefault(thing, calls[at].start)  # the first to start comes first
    number = itertools.count()  # things themselves have no order
    todo = [(when, next(number), thing) for thing, when in moment.items()]
    heapq.heapify(todo)
    while waiting and todo:
        now, _, thing = heapq.heappop(todo)
        for at in waiting.pop(thing, ()):
            missing[at] -= 1
            if missing[at]:
                continue
            when = max(now, calls[at].start)
            for left in flows[at][1]:
                if when < moment.get(left, NEVER):
                    moment[left] = when
                    heapq.heappush(todo, (when, next(number), left))
    return moment


def _at_first(model: Model) -> Things:
    return (model.initial(),) if model.kind == "register" else ()


def _of_register(call: Call) -> tuple[Things, Things]:
    return expects(call) or (), writes(call) or ()


def _of_transaction(call: Call) -> tuple[Things, Things]:
    """A key that nobody wrote holds null."""
    about = of_transaction(call)
    return [fact for fact in dict.fromkeys(about.wants) if fact[2] is not None], list(about.leaves)


def _of_set(call: Call) -> tuple[Things, Things]:
    """What a read shows was added."""
    if call.f != "read":
        return (), (call.value,) if call.f == "add" else ()
    return () if call.crashed else cast("Things", call.result), ()


def _of_collection(call: Call) -> tuple[Things, Things]:
    """What is taken was put; one that found nothing needs nothing."""
    if call.f in ("enqueue", "push"):
        return (), (call.value,)
    return () if call.crashed or call.result is None else (call.result,), ()


FLOWS: Mapping[str, Flow] = {
    "register": _of_register,
    "multi-register": _of_transaction,
    "set": _of_set,
    "fifo-queue": _of_collection,
    "unordered-queue": _of_collection,
    "priority-queue": _of_collection,
    "stack": _of_collection,
}
"""By `Model.kind`, where something else than a search may fail to decide."""
