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
from functools import partial
from itertools import pairwise
from typing import Any

from harness.model import FOREVER, UNKNOWN, Call, Model
from harness.model.bank import Bank, transfer

BEFORE, LAST, AFTER, MOVED, EVER = "before", "last", "after", "moved", "ever"
SUM = [(BEFORE,)]
Calls = Iterable[Call]
Facts = Iterable[tuple[Hashable, ...]]
Rule = Callable[[Any], tuple[Facts, Facts]]
"""What a call leaves, and what it wants."""
Rules = dict[str, Rule]
"""By the `f` of the call."""


def observed(gone: Calls, kept: Calls, model: Model) -> Iterator[tuple[Call, Call]]:
    """The pairs for which the licence is missing: what went, and what may have observed it."""
    gone, kept = list(gone), list(kept)
    rules = _rules([*gone, *kept], model)
    left, stays, wanted = (defaultdict[Any, list[Call]](list) for _ in range(3))
    for calls, side, of in ((gone, 0, left), (kept, 0, stays), (kept, 1, wanted)):
        for call in calls:
            for fact in rules[call.f](call)[side]:
                of[fact].append(call)
    for fact, readers in wanted.items():
        how, first = fact[0], min(reader.start for reader in readers)
        for reader in readers if fact in left else ():
            since, until = -1, reader.end if how in (BEFORE, LAST, MOVED) else FOREVER
            if how == LAST:
                since = max((e.start for e in stays[fact] if e.precedes(reader)), default=-1)
            elif how in (AFTER, MOVED):
                since = reader.start if how == AFTER else first
            yield from ((e, reader) for e in left[fact] if since <= e.end and e.start <= until)


def _rules(whole: Sequence[Call], model: Model) -> Rules:
    """What the kind of object allows; if that is not known, all may observe all but reads."""
    rules = _RULES.get(model.kind or "", {})
    rules = rules if isinstance(rules, dict) else rules(whole, model)
    if {call.f for call in whole} <= rules.keys():
        return rules
    effects = model.fs - model.reads
    return dict.fromkeys(model.fs, lambda call: ([(EVER,)] * (call.f in effects), [(EVER,)]))


def _leaves(how: str) -> Rule:
    return lambda call: ([(how, call.value)], ())


def _shows(how: str) -> Rule:
    return lambda call: ((), [(how, value) for value in _shown(call)])


def _shown(call: Call) -> Any:
    return () if call.crashed else call.result


def _transaction(call: Any) -> tuple[Facts, Facts]:
    left, wants = dict[Hashable, Hashable](), list[tuple[Hashable, ...]]()
    for f, key, value in call.value if call.crashed else call.result:
        if f == "w":
            left[key] = value
        elif key not in left and not call.crashed:
            wants.append((LAST, key, value))
    return [(LAST, *written) for written in left.items()], wants


def _bank(_: Sequence[Call], model: Model) -> Rules:
    if not isinstance(model, Bank):
        return {}
    sums = [(MOVED,)] if model.balances is None and model.overdraft else SUM

    def moves(call: Call) -> tuple[Facts, Facts]:
        payer, payee, amount = transfer(call.value)
        return sums if amount and payer != payee else (), () if model.overdraft else sums

    return {"transfer": moves, "read": lambda call: ((), () if call.crashed else sums)}


def _elements(put: str, take: str, whole: Sequence[Call], _: Model) -> Rules:
    """An element goes with everything about it."""
    left = Counter(call.value for call in whole if call.f == put)
    left.subtract(call.result for call in whole if call.f == take)

    def about(element: Hashable) -> tuple[Facts, Facts]:
        if element is None:  # it found nothing
            return (), ()
        if element is UNKNOWN:  # a crash took one of what is left, if anything
            return [(EVER, UNKNOWN)], ()
        return [(EVER, element)], [(EVER, element), *([(EVER, UNKNOWN)] * (left[element] > 0))]

    return {put: lambda call: about(call.value), take: lambda call: about(call.result)}


def _holds(whole: Sequence[Call], model: Model) -> Rules:
    """Each release goes with the acquire of its process that it ends."""
    calls = sorted(whole, key=lambda call: (call.process, call.start, call.row))
    if any(a.process == b.process and not a.precedes(b) for a, b in pairwise(calls)):
        return {}  # a process acted again after a crash
    begins, open_of = dict[Call, int](), defaultdict[int, list[int]](list)
    for call in calls:
        mine = open_of[call.process]
        if call.f == "acquire":
            mine.append(call.row)
        elif not mine and not model.by_process:
            return {}  # it released what another had acquired
        begins[call] = mine.pop() if call.f == "release" and mine else call.row
    return dict.fromkeys(("acquire", "release"), lambda call: ([(EVER, begins[call])],) * 2)


_RULES: dict[str, Rules | Callable[[Sequence[Call], Model], Rules]] = {
    "register": {
        "read": lambda read: ((), [(LAST, read.result)]),
        "write": _leaves(LAST),
        "cas": lambda cas: ([(LAST, cas.value[1])], [(LAST, cas.value[0])]),
    },
    "multi-register": {"txn": _transaction},
    "set": {
        "add": lambda add: ([(LAST, add.value)], [(AFTER, add.value)]),
        "remove": _leaves(AFTER),
        "read": _shows(LAST),
    },
    "grow-only-set": {"add": _leaves(LAST), "read": _shows(LAST)},
    "list-append": {"append": _leaves(BEFORE), "read": _shows(BEFORE)},
    "log": {  # nobody knows the offset of an append that crashed
        "append": lambda append: ([(BEFORE, *(_shown(append) or (None, append.value)))], ()),
        "poll": lambda poll: ((), [(BEFORE, i, v) for at, v in _shown(poll) for i in (at, None)]),
    },
    "counter": {"add": lambda add: (SUM if add.value else (), ()), "read": lambda _: ((), SUM)},
    "bank": _bank,
    "fifo-queue": partial(_elements, "enqueue", "dequeue"),
    "unordered-queue": partial(_elements, "enqueue", "dequeue"),
    "priority-queue": partial(_elements, "enqueue", "dequeue"),
    "stack": partial(_elements, "push", "pop"),
    **dict.fromkeys(("semaphore", "reentrant-mutex", "fenced-lock"), _holds),
    "unique-ids": {"generate": lambda _: ((), ())},
}
"""By `Model.kind`; of some the rules depend on the whole history."""
