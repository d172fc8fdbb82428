"""Whether what was left out of a counterexample was licensed to go.

A part of a history proves something about the whole only when an order of the whole, without what
was left out, is an order of the part. So for each kind of object there is a rule for which call
that stays may have **observed** one that went; where there is such a pair the licence is missing.
`docs/certificates.md` has the proofs.

    any model   a read changes nothing: nobody observes it. Any other call may be observed by all.
    register    an effect (a write, the new value of a cas) is observed by a call that expects its
                value (a read, the old value of a cas), unless that had completed before the effect
                was invoked, or a completed effect of the same value stays wholly between the two.
    collection  a call is observed by the others about its element. One that found the collection
                empty is observed by nobody. One that crashed while taking is observed by those
                about any element that it can have taken: put more often than taken by completed
                calls.
    unique ids  a call is observed by the others that got the same id, one that crashed by nobody.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator
from typing import Any

from harness.model import Call, Model

Pairs = Iterator[tuple[Call, Call]]
"""A call that went, and one that stays and may have observed it."""


def observed(gone: Iterable[Call], kept: Iterable[Call], model: Model) -> Pairs:
    """The pairs for which the licence is missing."""
    gone, kept = [call for call in gone if call.f not in model.reads], list(kept)
    rule, fs = _RULES.get(model.kind or "", (_anything, ()))
    if any(call.f not in fs for calls in (gone, kept) for call in calls):
        rule = _anything  # the proof knows no such calls
    return rule(gone, kept)


def _anything(gone: list[Call], kept: list[Call]) -> Pairs:
    return ((lost, reader) for lost in gone for reader in kept)


def _register(gone: list[Call], kept: list[Call]) -> Pairs:
    lost_of: dict[Hashable, list[Call]] = defaultdict(list)
    for lost in gone:
        lost_of[_leaves(lost)].append(lost)
    for reader in kept:
        if reader.f == "write":
            continue
        wanted = reader.result if reader.f == "read" else _pair(reader)[0]
        between = max(
            (
                effect.start
                for effect in kept
                if effect.f != "read" and _leaves(effect) == wanted and effect.end < reader.start
            ),
            default=-1,
        )
        for lost in lost_of.get(wanted, ()):
            if not (reader.end < lost.start or lost.end < between):
                yield lost, reader


def _leaves(effect: Call) -> Hashable:
    return effect.value if effect.f == "write" else _pair(effect)[1]


def _pair(cas: Call) -> Any:
    return cas.value


def _collection(gone: list[Call], kept: list[Call]) -> Pairs:
    put = Counter(call.value for call in [*gone, *kept] if call.f in _PUTTING)
    taken = Counter(
        call.result for call in [*gone, *kept] if call.f not in _PUTTING and not call.crashed
    )

    def element(call: Call) -> Hashable:
        return call.value if call.f in _PUTTING else call.result

    about: dict[Hashable, list[Call]] = defaultdict(list)
    for call in kept:
        if call.f in _PUTTING or not (call.crashed or call.result is None):
            about[element(call)].append(call)
    for lost in gone:
        if lost.f in _PUTTING or not lost.crashed:
            observers: Iterable[Call] = about.get(element(lost), ())
        else:
            left = [value for value in about if put[value] > taken[value]]
            observers = (call for value in left for call in about[value])
        yield from ((lost, reader) for reader in observers)


def _unique_ids(gone: list[Call], kept: list[Call]) -> Pairs:
    got: dict[Hashable, list[Call]] = defaultdict(list)
    for call in kept:
        if not call.crashed:
            got[call.result].append(call)
    for lost in gone:
        if not lost.crashed:
            yield from ((lost, reader) for reader in got.get(lost.result, ()))


_PUTTING = {"enqueue", "push"}
_QUEUE = (_collection, ("enqueue", "dequeue"))
_RULES: dict[str, tuple[Callable[[list[Call], list[Call]], Pairs], tuple[str, ...]]] = {
    "register": (_register, ("read", "write", "cas")),
    "fifo-queue": _QUEUE,
    "unordered-queue": _QUEUE,
    "priority-queue": _QUEUE,
    "stack": (_collection, ("push", "pop")),
    "unique-ids": (_unique_ids, ("generate",)),
}
"""By `Model.kind`: the rule, and the calls that its proof knows."""
