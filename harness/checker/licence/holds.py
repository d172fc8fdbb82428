"""What may be left out of a counterexample on a lock: a whole hold.

Each release is paired with the acquire of its process that it ends, as brackets are; a pair goes
together, an acquire that was never released goes by itself::

    process 1   acquire   acquire   release   release         ( ( ) )
    process 2                                      acquire    (

Proof for locks with owners: a process' operations come one after the other, so in an order of the
whole its hold is as deep as many of its brackets are open. Without some of them it is nowhere
deeper: where another process acted it still held nothing, and its own releases still end what it
holds. (A fencing token has fewer before it that it must exceed.) For permits that anybody may
release the same holds of their number, as long as every release ends a hold of its own process.

It needs a process that is over when it has crashed, and permits that nobody released for another;
else there is only the licence for reads, and locks have none.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.checker.licence.facts import EVER, Fact, Facts, FactsLicence
from harness.model import Call


def holds_licence(calls: Sequence[Call], *, owned: bool) -> FactsLicence | None:
    """The licence for the calls of a lock; None when its proof does not apply.

    Args:
        calls: by rising start.
        owned: whether only its owner can release it.
    """
    latest: dict[int, Call] = {}
    held: dict[int, list[Fact]] = {}
    pairs: dict[Call, tuple[Fact]] = {}
    for at, call in enumerate(calls):
        before = latest.get(call.process)
        if before is not None and not before.precedes(call):
            return None
        latest[call.process] = call
        mine = held.setdefault(call.process, [])
        hold: Fact = (EVER, at)
        if call.f == "acquire":
            mine.append(hold)
        elif mine:
            hold = mine.pop()
        elif not owned:
            return None
        pairs[call] = (hold,)
    return FactsLicence(calls, lambda call: Facts(pairs[call], pairs[call]))
