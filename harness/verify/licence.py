"""Whether what was left out of a counterexample was licensed to go.

A part of a history proves something about the whole only when an order of the whole, without what
was left out, is an order of the part. So each kind of object has a rule for which call that stays
may have **observed** one that went. A call **leaves** facts and **wants** facts; whoever wants what
another left may have observed it, unless their times forbid. `docs/certificates.md` has the rules
in words, with their proofs; a fact begins with which times forbid::

                      the one that went    ├────────┤
    BEFORE, LAST      ├──wants──┤                       was over before it
    LAST                                   a completed one that left the same, and stays,
                                           is wholly between:  ├────────┤  ├──wants──┤
    AFTER                                               ├──wants──┤    began after it was over
    MOVED             as BEFORE, or it was over before every call that stays and wants the fact
    EVER              nothing forbids: they go together

What leaves nothing, as a read, may go by itself.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from typing import Any

from harness.model import Call, Model
from harness.model.bank import Bank, transfer

BEFORE, LAST, AFTER, MOVED, EVER = "before", "last", "after", "moved", "ever"
Facts = Iterable[tuple[Hashable, ...]]
Rule = Callable[[Call], tuple[Facts, Facts]]
"""What a call leaves, and what it wants."""


def observed(
    gone: Iterable[Call], kept: Iterable[Call], model: Model
) -> Iterator[tuple[Call, Call]]:
    """The pairs for which the licence is missing: what went, and what may have observed it."""
    gone, kept = list(gone), list(kept)
    rule = _rule([*gone, *kept], model)
    left, stays, wanting = (defaultdict[Any, list[Call]](list) for _ in range(3))
    for calls, of in ((gone, left), (kept, stays)):
        for call in calls:
            for fact in rule(call)[0] if call.f not in model.reads else ():
                of[fact].append(call)
    for call in kept:
        for fact in rule(call)[1]:
            if fact in left:
                wanting[fact].append(call)
    for fact, readers in wanting.items():
        first = min(reader.start for reader in readers)
        for reader in readers:
            hidden = -1  # what was over before this has been hidden from the reader
            if fact[0] == LAST:
                hidden = max((e.start for e in stays[fact] if e.precedes(reader)), default=-1)
            elif fact[0] in (AFTER, MOVED):
                hidden = reader.start if fact[0] == AFTER else first
            for lost in left[fact]:
                before = fact[0] in (BEFORE, LAST, MOVED) and reader.precedes(lost)
                if not before and lost.end >= hidden:
                    yield lost, reader


def _rule(whole: Sequence[Call], model: Model) -> Rule:
    """What the kind of object allows; if that is not known, all may have observed all."""
    fs, make = _RULES.get(model.kind or "", ("", lambda *_: None))
    known = {call.f for call in whole} <= set(fs.split())
    return (make(whole, model) if known else None) or (lambda _: ([(EVER,)], [(EVER,)]))


def _register(call: Call) -> tuple[Facts, Facts]:
    value: Any = call.value
    if call.f == "read":
        return (), [(LAST, call.result)]
    return ([(LAST, value)], ()) if call.f == "write" else ([(LAST, value[1])], [(LAST, value[0])])


def _transaction(call: Call) -> tuple[Facts, Facts]:
    micros: Any = call.value if call.crashed else call.result
    left: dict[Hashable, Hashable] = {}
    wants: list[tuple[Hashable, ...]] = []
    for what, key, value in micros:
        if what == "w":
            left[key] = value
        elif not call.crashed and key not in left:
            wants.append((LAST, key, value))
    return [(LAST, key, value) for key, value in left.items()], wants


def _set(call: Call) -> tuple[Facts, Facts]:
    if call.f == "read":
        return (), [(LAST, element) for element in _shown(call)]
    removed = [(AFTER, call.value)]
    return (removed, ()) if call.f == "remove" else ([(LAST, call.value)], removed)


def _list(call: Call) -> tuple[Facts, Facts]:
    if call.f == "append":
        return [(BEFORE, call.value)], ()
    return (), [(BEFORE, value) for value in set(_shown(call))]


def _log(call: Call) -> tuple[Facts, Facts]:
    if call.f == "append":  # nobody knows the offset of one that crashed
        return [(BEFORE, *_shown(call)) if not call.crashed else (BEFORE, None, call.value)], ()
    return (), [(BEFORE, at, value) for offset, value in _shown(call) for at in (offset, None)]


def _shown(call: Call) -> Any:
    return () if call.crashed else call.result


def _counter(call: Call) -> tuple[Facts, Facts]:
    return ([(BEFORE,)] if call.value else (), ()) if call.f == "add" else ((), [(BEFORE,)])


def _bank(whole: Sequence[Call], model: Model) -> Rule | None:
    if not isinstance(model, Bank):
        return None
    sums = [(MOVED if model.balances is None and model.overdraft else BEFORE,)]

    def facts(call: Call) -> tuple[Facts, Facts]:
        if call.f == "read":
            return (), () if call.crashed else sums
        payer, payee, amount = transfer(call.value)
        return sums if amount and payer != payee else (), () if model.overdraft else sums

    return facts


def _collection(whole: Sequence[Call], model: Model) -> Rule:
    def element(call: Call) -> Hashable:
        """Null if it found the collection empty, or crashed before it said what it took."""
        return call.value if call.f in _PUTS else None if call.crashed else call.result

    left: Counter[Hashable] = Counter()
    for call in whole:
        left[element(call)] += 1 if call.f in _PUTS else -1

    def facts(call: Call) -> tuple[Facts, Facts]:
        if (about := element(call)) is None:  # a crash took one of what is left, if anything
            return [(EVER,)] if call.crashed else (), ()
        return [(EVER, about)], [(EVER, about), *([(EVER,)] if left[about] > 0 else ())]

    return facts


def _lock(whole: Sequence[Call], model: Model) -> Rule | None:
    """Each release goes with the acquire of its process that it ends."""
    latest: dict[int, Call] = {}
    holding = defaultdict[int, list[Call]](list)
    begins: dict[Call, Call] = {}
    for call in sorted(whole, key=lambda call: (call.start, call.row)):
        mine = holding[call.process]
        if call.process in latest and not latest[call.process].precedes(call):
            return None  # it acted again after a crash
        if call.f == "release" and not mine and not model.by_process:
            return None  # it released what another had acquired
        latest[call.process] = call
        if call.f == "acquire":
            mine.append(call)
        begins[call] = mine.pop() if call.f == "release" and mine else call
    return lambda call: ([(EVER, begins[call].row)], [(EVER, begins[call].row)])


_PUTS = ("enqueue", "push")
_RULES: dict[str, tuple[str, Callable[[Sequence[Call], Model], Rule | None]]] = {
    "register": ("read write cas", lambda *_: _register),
    "multi-register": ("txn", lambda *_: _transaction),
    "set": ("add remove read", lambda *_: _set),
    "grow-only-set": ("add read", lambda *_: _set),
    "list-append": ("append read", lambda *_: _list),
    "log": ("append poll", lambda *_: _log),
    "counter": ("add read", lambda *_: _counter),
    "bank": ("transfer read", _bank),
    "fifo-queue": ("enqueue dequeue", _collection),
    "unordered-queue": ("enqueue dequeue", _collection),
    "priority-queue": ("enqueue dequeue", _collection),
    "stack": ("push pop", _collection),
    "semaphore": ("acquire release", _lock),
    "reentrant-mutex": ("acquire release", _lock),
    "fenced-lock": ("acquire release", _lock),
    "unique-ids": ("generate", lambda *_: lambda call: ((), ())),
}
"""By `Model.kind`: the calls that its proof knows, and the rule for a whole history."""
