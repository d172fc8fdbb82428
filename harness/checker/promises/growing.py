"""The session guarantees of sets and lists that only grow, whose reads return all there is.

Here a read shows which writes its server had, so the definitions of Terry et al. ("Session
guarantees for weakly consistent replicated data", PDIS 1994) can be taken word for word:

    read your writes      a read has all that its session added before
    monotonic reads       a read has all that its session read before
    monotonic writes      who has an element has all that its session added before it
    writes follow reads   who has an element has all that its session had read before adding it

and in a list they stand in that order, for the last two. An element that was added twice could be
anybody's: then the verdict is unknown.

A set of elements is an integer with a bit for each, in the order of invocation, so comparing two
costs next to nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from harness.checker.budget import Budget
from harness.checker.promises.guarantees import (
    GUARANTEES,
    MONOTONIC_READS,
    MONOTONIC_WRITES,
    READ_YOUR_WRITES,
    WRITES_FOLLOW_READS,
)
from harness.checker.promises.keyed import Keyed
from harness.checker.promises.promise import Promise
from harness.checker.promises.sessions import KEPT
from harness.checker.promises.told import evidence
from harness.model import Call, shown

GROWING = {"grow-only-set": "add", "list-append": "append"}
"""The kinds of models this is for, and what they call adding."""


@dataclass(slots=True)
class _Session:
    """What one process has done so far.

    Args:
        added: its elements.
        read: all that it read.
        own: every element it ever adds, also later.
    """

    added: int = 0
    read: int = 0
    own: int = 0


@dataclass(frozen=True)
class _Breach:
    """A read that lacks something, or has it too late: which element, and whose."""

    guarantee: str
    read: int
    missing: int
    because: int | None


@dataclass
class _Growth:
    """One key's elements."""

    calls: Sequence[Call]
    adding: str
    bit: dict[Hashable, int] = field(default_factory=dict)
    added_at: list[int] = field(default_factory=list)
    before: list[tuple[int, int]] = field(default_factory=list)
    sessions: dict[int, _Session] = field(default_factory=dict)

    def unique(self) -> bool:
        """Number the elements; whether none was added twice."""
        for at, call in enumerate(self.calls):
            if call.f == self.adding:
                if call.value in self.bit:
                    return False
                self.bit[call.value] = len(self.added_at)
                self.added_at.append(at)
                session = self.sessions.setdefault(call.process, _Session())
                session.own |= 1 << self.bit[call.value]
        return True

    def breaches(self, budget: Budget) -> Iterator[_Breach | None]:
        """Walk through the calls; None when the time ends first."""
        self.before = [(0, 0)] * len(self.added_at)
        reads: list[tuple[int, int]] = []
        for at, call in enumerate(self.calls):
            if at % 64 == 0 and budget.out_of_time():
                yield None
                return
            session = self.sessions.setdefault(call.process, _Session())
            if call.f == self.adding:
                self.before[self.bit[call.value]] = (session.added, session.read)
                if not call.crashed:
                    session.added |= 1 << self.bit[call.value]
                continue
            has = self._has(call)
            reads.append((at, has))
            if lacks := session.added & ~has:
                yield _Breach(READ_YOUR_WRITES, at, _lowest(lacks), None)
            if lacks := session.read & ~has:
                yield _Breach(MONOTONIC_READS, at, _lowest(lacks), None)
            session.read |= has
        if self.adding == "append":
            reads = self._longest(reads)
        for number, (at, has) in enumerate(reads):
            if number % 64 == 0 and budget.out_of_time():
                yield None
                return
            yield from self._order_in_list(at) if self.adding == "append" else self._order(at, has)

    def _longest(self, reads: list[tuple[int, int]]) -> list[tuple[int, int]]:
        """Without the reads of lists that are the beginning of another."""
        kept: list[tuple[int, int]] = []
        lists: list[tuple[Hashable, ...]] = []
        for at, has in sorted(reads, key=lambda read: -len(self._list(read[0]))):
            mine = self._list(at)
            if not any(other[: len(mine)] == mine for other in lists):
                kept.append((at, has))
                lists.append(mine)
        return kept

    def _list(self, at: int) -> tuple[Hashable, ...]:
        result = self.calls[at].result
        assert isinstance(result, tuple)
        return result

    def _has(self, call: Call) -> int:
        has = 0
        assert isinstance(call.result, tuple | frozenset)
        for element in call.result:
            bit = self.bit.get(element)
            if bit is not None:
                has |= 1 << bit
        return has

    def _order(self, at: int, has: int) -> Iterator[_Breach]:
        """What a read of a set has without what must come with it."""
        for session in self.sessions.values():
            mine = has & session.own
            if not mine:
                continue
            latest = mine.bit_length() - 1
            added, read = self.before[latest]
            if lacks := added & ~has:
                yield _Breach(MONOTONIC_WRITES, at, _lowest(lacks), latest)
            if lacks := read & ~has:
                yield _Breach(WRITES_FOLLOW_READS, at, _lowest(lacks), latest)

    def _order_in_list(self, at: int) -> Iterator[_Breach]:
        """What a read of a list has without what must come before it."""
        has = 0
        for element in self._list(at):
            bit = self.bit.get(element)
            if bit is None:
                continue
            added, read = self.before[bit]
            if lacks := added & ~has:
                yield _Breach(MONOTONIC_WRITES, at, _lowest(lacks), bit)
            if lacks := read & ~has & ~(1 << bit):
                yield _Breach(WRITES_FOLLOW_READS, at, _lowest(lacks), bit)
            has |= 1 << bit


def _lowest(bits: int) -> int:
    return (bits & -bits).bit_length() - 1


def collection_promises(keys: Sequence[Keyed], budget: Budget) -> list[Promise]:
    """The four guarantees, over all keys."""
    found: dict[str, Promise] = {}
    unknown: str | None = None
    for keyed in keys:
        if keyed.linearizable or len(found) == len(GUARANTEES):
            continue
        growth = _Growth(keyed.calls, GROWING[keyed.model.kind or ""])
        if not growth.unique():
            unknown = f"elements{keyed.on} were added more than once, so whose they are is open"
            continue
        for breach in growth.breaches(budget):
            if breach is None:
                unknown = "the time ended before every read was looked at"
                break
            if breach.guarantee not in found:
                found[breach.guarantee] = _broken(keyed, growth, breach)
            if len(found) == len(GUARANTEES):
                break
    return [
        found.get(name)
        or (
            Promise(name, True, KEPT[name])
            if unknown is None
            else Promise(name, "unknown", unknown)
        )
        for name in GUARANTEES
    ]


def _broken(keyed: Keyed, growth: _Growth, breach: _Breach) -> Promise:
    calls = growth.calls
    read, missed = calls[breach.read], calls[growth.added_at[breach.missing]]
    what = shown(missed.value)
    rows = [read.row, missed.row]
    if breach.guarantee == READ_YOUR_WRITES:
        why = f"process {read.process} added {what} and then read{keyed.on} without it"
    elif breach.guarantee == MONOTONIC_READS:
        why = f"process {read.process} read {what}{keyed.on} and then no longer did"
    else:
        assert breach.because is not None
        later = calls[growth.added_at[breach.because]]
        rows.append(later.row)
        verb = "added" if breach.guarantee == MONOTONIC_WRITES else "read"
        why = (
            f"process {later.process} {verb} {what} and then added {shown(later.value)}"
            f"{keyed.on}, but process {read.process} read the second without the first before it"
        )
    if breach.guarantee in (MONOTONIC_READS, WRITES_FOLLOW_READS):
        rows.extend(_who_read(growth, breach))
    return Promise(breach.guarantee, False, why, evidence(keyed.history.pairs, rows))


def _who_read(growth: _Growth, breach: _Breach) -> list[int]:
    """The row of the read, earlier in the session, that had what is missing later."""
    calls = growth.calls
    until = breach.read if breach.because is None else growth.added_at[breach.because]
    element = calls[growth.added_at[breach.missing]].value
    for at in range(until - 1, -1, -1):
        call = calls[at]
        if call.process == calls[until].process and call.f == "read":
            assert isinstance(call.result, tuple | frozenset)
            if element in call.result:
                return [call.row]
    return []
