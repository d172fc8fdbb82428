"""Which write each read of a register saw.

Every write that took effect makes a **version** of its key, and every read (a cas reads as well)
returns one: the first, which nobody wrote, or that of a write of the same value. When each value
that was read was written once, there is one possible version for each read, and the checks that
follow are exact. Else there are **candidates**, and the checks look for a choice.

A crashed write may or may not have happened. One whose version was seen did; of the others nobody
can tell, so taking them not to have happened loses nothing.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property

from harness.checker.licence import expects, writes
from harness.model import Call

FIRST = -1
"""The version that was there before any write."""


@dataclass(frozen=True, eq=False)
class Versions:
    """One choice of versions.

    Args:
        calls: one key's, by rising start.
        saw: for each call that read, the position of the write that it saw, or `FIRST`.
        happened: positions of the calls that took effect.
    """

    calls: Sequence[Call]
    saw: Mapping[int, int]
    happened: Sequence[int]


class Candidates:
    """The versions that each call may have seen."""

    def __init__(self, calls: Sequence[Call], first: Hashable) -> None:
        self.calls = calls
        self._sources = _sources(calls, first)

    def of(self, at: int) -> list[int]:
        """The positions of the writes whose version this call may have read, `FIRST` included."""
        call = self.calls[at]
        expected = expects(call)
        assert expected is not None
        found = self._sources.get(expected[0], [])
        if expected == writes(call):
            return [source for source in found if source != at]
        return found

    def count(self, at: int) -> int:
        """How many these are, without a list: a cas to the same value would need one of its own."""
        call = self.calls[at]
        expected = expects(call)
        assert expected is not None
        found = self._sources.get(expected[0], ())
        return len(found) - (expected == writes(call) and at in self._own)

    def of_value(self, at: int) -> list[int]:
        """The same, and possibly itself: one list for all calls that expect a value."""
        expected = expects(self.calls[at])
        assert expected is not None
        return self._sources.get(expected[0], [])

    @cached_property
    def _own(self) -> frozenset[int]:
        """Positions of all that is taken to write."""
        return frozenset(at for found in self._sources.values() for at in found)

    @cached_property
    def readers(self) -> list[int]:
        """Positions of the completed calls that read."""
        return [
            at
            for at, call in enumerate(self.calls)
            if not call.crashed and expects(call) is not None
        ]

    @cached_property
    def out_of_nowhere(self) -> int | None:
        """A completed call that read what nothing can have written, if any."""
        return next((at for at in self.readers if not self.count(at)), None)

    @cached_property
    def only(self) -> Versions | None:
        """The one choice there is; None when there are more, or a value came out of nowhere."""
        saw: dict[int, int] = {}
        todo = list(self.readers)
        while todo:
            at = todo.pop()
            if self.count(at) != 1:
                return None
            (source,) = self.of(at)
            saw[at] = source
            if (cas := self._crashed_cas(source)) is not None and cas not in saw:
                todo.append(cas)
        return self.chosen(saw)

    def chosen(self, saw: Mapping[int, int]) -> Versions:
        """These versions, and what must have happened for them."""
        seen: set[int] = set()
        kept: dict[int, int] = {}
        todo = [at for at in self.readers if at in saw]
        while todo:
            at = todo.pop()
            kept[at] = saw[at]
            seen.add(saw[at])
            cas = self._crashed_cas(saw[at])
            if cas is not None and cas in saw and cas not in kept:
                todo.append(cas)
        happened = [at for at, call in enumerate(self.calls) if not call.crashed or at in seen]
        return Versions(self.calls, kept, happened)

    def _crashed_cas(self, at: int) -> int | None:
        return at if at != FIRST and self.calls[at].crashed and self.calls[at].f == "cas" else None


def _sources(calls: Sequence[Call], first: Hashable) -> dict[Hashable, list[int]]:
    """The writes of each value; a crashed cas only if what it expects was there at some time."""
    sources: dict[Hashable, list[int]] = {first: [FIRST]}
    waiting: dict[Hashable, list[int]] = {}
    new = [first]
    for at, call in enumerate(calls):
        if (written := writes(call)) is None:
            continue
        expected = expects(call)
        if call.crashed and expected is not None:
            waiting.setdefault(expected[0], []).append(at)
            continue
        if written[0] not in sources:
            new.append(written[0])
        sources.setdefault(written[0], []).append(at)
    while new:
        for at in waiting.pop(new.pop(), ()):
            written = writes(calls[at])
            assert written is not None
            if written[0] not in sources:
                new.append(written[0])
            sources.setdefault(written[0], []).append(at)
    for writers in sources.values():
        writers.sort()
    return sources
