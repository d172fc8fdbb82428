"""Append-only lists whose every append appended another value: the reads fix the order.

A read returns the whole list, so each must be a prefix of the longest one, and that is the order of
the appends that were seen::

    reads    []   [a]   [a b]   [a b c d]
    order    []  a [a]  b [a b]  c d [a b c d]  then the completed appends nobody saw

What nobody saw comes after the longest read if it completed, and is left out if it crashed: an
append without a completion that no read shows need not have happened. The order is then forced up
to the places of reads of one length, which are all legal there, so giving each call its earliest
moment (`harness.checker.fast.moments`) decides. This is how Elle infers the order of versions
(Kingsbury & Alvaro, "Elle: inferring isolation anomalies from experimental observations", VLDB
2020, section 4.2), here for one key and real time.

Where a value was appended more than once, `list_repeats` decides.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from typing import cast

from harness.checker.fast import list_repeats
from harness.checker.fast.moments import Moments
from harness.model import Call, Decided, Model

Values = tuple[Hashable, ...]


def decide(calls: Sequence[Call], model: Model) -> Decided:
    """Order the calls, or find those that have no order."""
    appends: dict[Hashable, int] = {}
    reads: list[int] = []
    for at, call in enumerate(calls):
        if call.f != "append":
            reads.append(at)
        elif appends.setdefault(call.value, at) != at:
            return list_repeats.decide(calls)
    reads.sort(key=lambda at: len(_returned(calls[at])))
    longest: Values = _returned(calls[reads[-1]]) if reads else ()
    if len(set(longest)) < len(longest) or not all(value in appends for value in longest):
        return Decided(None, _with_appends(reads[-1:], [], calls, appends))
    for at in reads:
        returned = _returned(calls[at])
        if returned != longest[: len(returned)]:
            return Decided(None, _with_appends([at, reads[-1]], [], calls, appends))
    return _schedule(calls, appends, reads, longest)


def _schedule(
    calls: Sequence[Call], appends: dict[Hashable, int], reads: list[int], longest: Values
) -> Decided:
    """Place reads by rising length, and between them the appends that they show."""
    chain: list[int] = []
    shown = 0
    for at in reads:
        length = len(_returned(calls[at]))
        chain.extend(appends[value] for value in longest[shown:length])
        chain.append(at)
        shown = length
    seen = set(longest)
    chain.extend(at for value, at in appends.items() if value not in seen and not calls[at].crashed)
    moments = Moments(calls)
    for place, at in enumerate(chain):
        unseen = place >= len(seen) + len(reads)
        if not (moments.hang(at) if unseen else moments.follow(at)):
            witnesses = [read for read in (_next_read(chain, calls, moments.cause),) if read >= 0]
            return Decided(None, _with_appends(witnesses, [moments.cause, at], calls, appends))
    return Decided(moments.order())


def _next_read(chain: Sequence[int], calls: Sequence[Call], cause: int) -> int:
    """The shortest read that shows what the cause did: it tells that the rest comes after it."""
    later = chain[chain.index(cause) :]
    return next((at for at in later if calls[at].f != "append"), -1)


def _with_appends(
    reads: Iterable[int], others: Iterable[int], calls: Sequence[Call], appends: dict[Hashable, int]
) -> list[int]:
    """These calls, and the appends of what the reads among them show."""
    chosen = {*reads, *others}
    shown = [value for at in chosen if calls[at].f != "append" for value in _returned(calls[at])]
    return sorted(chosen.union(appends[value] for value in shown if value in appends))


def _returned(read: Call) -> Values:
    return cast(Values, read.result)
