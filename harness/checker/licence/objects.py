"""What calls leave and want, for the kinds of objects whose calls tell it by themselves.

Each rule has to be such that a linearization of the whole, without what went, is one of the part;
the proofs are in `docs/certificates.md`::

    multi-register   the last write of a key in a transaction leaves "key holds value"; a read of a
                     key that the transaction had not written wants what it returned
    set              an add leaves "x is there", a read wants it for what it returned; a remove must
                     stay if an add of x may come before it, or x would be there for good
    list, log        an append leaves its value (with its offset, if that is known), and a read or
                     poll wants those it returned: who does not show it came before it
    counter, bank    what changes a sum leaves one fact, and every read wants it
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Hashable, Sequence
from operator import itemgetter
from typing import Any, cast

from harness.checker.licence.facts import AFTER, BEFORE, LAST, Facts
from harness.model import Call
from harness.model.bank import transfer

NOTHING = Facts()
SUM = ((BEFORE,),)


def of_transaction(call: Call) -> Facts:
    """Of registers that one operation reads and writes several of."""
    micros = cast(
        "Sequence[tuple[str, Hashable, Hashable]]", call.value if call.crashed else call.result
    )
    written: dict[Hashable, Hashable] = {}
    wants = []
    for what, key, value in micros:
        if what == "w":
            written[key] = value
        elif key not in written and not call.crashed:
            wants.append((LAST, key, value))
    return Facts([(LAST, key, value) for key, value in written.items()], wants)


def of_set(call: Call) -> Facts:
    """Of a set, whether it has removes or not."""
    if call.f == "add":
        return Facts([(LAST, call.value)], [(AFTER, call.value)])
    if call.f == "remove":
        return Facts([(AFTER, call.value)])
    return Facts(shows=(LAST, _answer(call)))


def of_list(call: Call) -> Facts:
    """Of a list that is read whole."""
    if call.f == "append":
        return Facts([(BEFORE, call.value)])
    return Facts(shows=(BEFORE, _answer(call)))


def of_log(calls: Sequence[Call]) -> Callable[[Call], Facts]:
    """Of a log. Of a crashed append nobody knows the offset: it may be any with its value."""
    unknown = {call.value for call in calls if call.f == "append" and call.crashed}

    def facts(call: Call) -> Facts:
        if call.f == "append":
            offset = None if call.crashed else cast("tuple[int, Hashable]", call.result)[0]
            return Facts([(BEFORE, (offset, call.value))])
        records = _answer(call)
        crashed = unknown.intersection(map(itemgetter(1), records)) if unknown else ()
        return Facts(wants=[(BEFORE, (None, value)) for value in crashed], shows=(BEFORE, records))

    return facts


def of_counter(call: Call) -> Facts:
    """Of a counter: to add nothing changes nothing."""
    if call.f == "add":
        return Facts(SUM) if call.value else NOTHING
    return Facts(wants=SUM)


def of_bank(*, overdraft: bool) -> Callable[[Call], Facts]:
    """Of a bank; without overdraft a transfer may have waited for the money of another."""

    def facts(call: Call) -> Facts:
        if call.f == "read":
            return NOTHING if call.crashed else Facts(wants=SUM)
        return Facts(SUM if moves(call) else (), () if overdraft else SUM)

    return facts


def moves(call: Call) -> bool:
    """Whether a transfer changes any balance."""
    payer, payee, amount = transfer(call.value)
    return amount != 0 and payer != payee


def _answer(call: Call) -> Collection[Any]:
    return () if call.crashed else cast("Collection[Any]", call.result)
