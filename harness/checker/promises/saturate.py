"""What any sequentially consistent order must contain, when each read saw one known write.

Start from the order of each session and from each write to its reads, and add, until nothing is
new, for every read r of a write w and every other write w' of the same key::

    w' ──▶ … ──▶ r    then w' ──▶ w       between w and r it would have hidden w
    w ──▶ … ──▶ w'    then r ──▶ w'       the same, seen from the other side

Each edge holds in every order there is, so a cycle proves that there is none (Zennou, Bouajjani,
Enea & Erradi, "Gradual consistency checking", CAV 2019, section 4; deciding for sure is NP-complete
even when every read's write is known: Gibbons & Korach, "Testing shared memories", SIAM J. Comput.
26(4), 1997, section 3). No cycle proves nothing, but the edges guide the search that follows.

What comes before a call is a clock: of each session, how many calls (Mattern, "Virtual time and
global states of distributed systems", 1989).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from harness.checker.budget import Budget
from harness.checker.licence import writes
from harness.checker.promises.graph import Edge, find_cycle
from harness.checker.promises.program import Program
from harness.checker.promises.proof import (
    AFTER_READ,
    BEFORE_SEEN,
    FIRST_READ,
    READ_FROM,
    SAME_SESSION,
    proof,
)
from harness.checker.promises.versions import FIRST

MOST_CELLS = 40_000_000
"""Entries of all clocks, of four bytes each."""

Clocks = npt.NDArray[np.int32]


@dataclass(frozen=True)
class Saturated:
    """What must hold, as far as the budget let it be found.

    Args:
        edges: which call comes before which.
        cycle: some that can't all hold, if there are any, and what they follow from.
        needs: for a write that was read, which calls come before its last readers, these included:
            of each session that the write itself does not need so far, how many.
    """

    edges: list[Edge]
    cycle: list[Edge] | None
    needs: dict[int, list[tuple[int, int]]]


class Saturation:
    """Adds edges in rounds.

    Args:
        program: the calls of all keys that took effect.
        saw: for each call that read, the write that it saw, or `FIRST`.
    """

    def __init__(self, program: Program, saw: Mapping[int, int]) -> None:
        self._program = program
        self._saw = saw
        self._session: dict[int, tuple[int, int]] = {
            at: (number, place)
            for number, session in enumerate(program.sessions)
            for place, at in enumerate(session)
        }
        self._places = np.zeros(len(program.calls), np.int64)
        for at, (_, place) in self._session.items():
            self._places[at] = place
        self._slots = np.zeros(len(program.calls), np.int64)
        self._clocks: Clocks = np.zeros((0, 0), np.int32)
        self._known = 0
        self._edges: dict[tuple[int, int], Edge] = {}
        self._reads_of: dict[int, dict[int, int]] = {}
        self._writes: dict[int, tuple[Clocks, Clocks, Clocks]] = {}

    def run(self, budget: Budget) -> Saturated:
        """Add edges until there is a cycle, or nothing to add, or no time."""
        self._base()
        fits = len(self._session) * len(self._program.sessions) <= MOST_CELLS
        if fits:
            self._writes = self._last_writes()
        while True:
            edges = list(self._edges.values())
            order = self._sorted()
            if order is None:
                return Saturated(edges, proof(find_cycle(edges) or [], edges), {})
            if not fits or not self._round(order, budget):
                return Saturated(edges, None, self._needs() if fits else {})

    def _base(self) -> None:
        program = self._program
        for session in program.sessions:
            for one, two in pairwise(session):
                self._add(one, two, SAME_SESSION, one, two)
        for one, followers in enumerate(program.followers):
            for two in followers:
                self._add(one, two, SAME_SESSION, one, two)
        first_readers: dict[int, list[int]] = {}
        for at, source in self._saw.items():
            if source == FIRST:
                first_readers.setdefault(program.key[at], []).append(at)
                continue
            self._add(source, at, READ_FROM, source, at)
            number, place = self._session[at]
            readers = self._reads_of.setdefault(source, {})
            if number not in readers or self._session[readers[number]][1] < place:
                readers[number] = at
        self._before_all_writes(first_readers)

    def _before_all_writes(self, first_readers: dict[int, list[int]]) -> None:
        """Who read the first version comes before every write of the key."""
        program = self._program
        firsts: dict[int, dict[int, int]] = {}
        for number, session in enumerate(program.sessions):
            for at in session:
                if writes(program.calls[at]) is not None:
                    firsts.setdefault(program.key[at], {}).setdefault(number, at)
        for key, readers in first_readers.items():
            last: dict[int, int] = {}
            for at in readers:
                number, place = self._session[at]
                if number not in last or self._session[last[number]][1] < place:
                    last[number] = at
            for reader in last.values():
                for writer in firsts.get(key, {}).values():
                    if reader != writer:
                        self._add(reader, writer, FIRST_READ, reader, writer)

    def _last_writes(self) -> dict[int, tuple[Clocks, Clocks, Clocks]]:
        """By key: its writers' sessions, where each begins in the table, and the table.

        The table says for each session and each count of its calls which of these wrote last.
        """
        program = self._program
        places: dict[int, dict[int, list[int]]] = {}
        for number, session in enumerate(program.sessions):
            for place, at in enumerate(session):
                if writes(program.calls[at]) is not None:
                    places.setdefault(program.key[at], {}).setdefault(number, []).append(place)
        tables = {}
        for key, by_session in places.items():
            parts = []
            for number, found in by_session.items():
                session = program.sessions[number]
                latest = np.full(len(session) + 1, -1, np.int32)
                for place, until in pairwise([*found, len(session)]):
                    latest[place + 1 : until + 1] = session[place]
                parts.append(latest)
            begins = np.cumsum([0, *(len(part) for part in parts[:-1])], dtype=np.int32)
            numbers = np.array(list(by_session), np.int32)
            tables[key] = (numbers, begins, np.concatenate(parts))
        return tables

    def _sorted(self) -> list[int] | None:
        """The calls in an order that all edges allow, None when there is none."""
        into = dict.fromkeys(self._session, 0)
        self._from: dict[int, list[int]] = {at: [] for at in self._session}
        ways: dict[int, list[int]] = {at: [] for at in self._session}
        for one, two in self._edges:
            into[two] += 1
            ways[one].append(two)
            self._from[two].append(one)
        free = deque(at for at, count in into.items() if not count)
        order: list[int] = []
        while free:
            at = free.popleft()
            order.append(at)
            for after in ways[at]:
                into[after] -= 1
                if not into[after]:
                    free.append(after)
        return order if len(order) == len(into) else None

    def _round(self, order: list[int], budget: Budget) -> bool:
        """Look at every call with its clock; whether anything was added, and time is left."""
        program = self._program
        self._slots[order] = np.arange(len(order))
        slot: list[int] = self._slots.tolist()
        clocks = np.zeros((len(order), len(program.sessions)), np.int32)
        self._clocks, self._known = clocks, 0
        before = len(self._edges)
        for number, at in enumerate(order):
            clock = clocks[number]
            for earlier in self._from[at]:
                np.maximum(clock, clocks[slot[earlier]], out=clock)
            session, place = self._session[at]
            clock[session] = place  # what was before it: not yet itself
            for write in self._latest(at, clocks, slot):
                self._rules(write, at, clocks, slot)
            clock[session] = place + 1
            self._known = number + 1
            if number % 64 == 0 and budget.out_of_time():
                return False
        return len(self._edges) > before

    def _needs(self) -> dict[int, list[tuple[int, int]]]:
        """By the clocks of the last round, as far as it came."""
        needs: dict[int, list[tuple[int, int]]] = {}
        for write, readers in self._reads_of.items():
            slots = [
                int(self._slots[reader])
                for reader in readers.values()
                if writes(self._program.calls[reader]) is None  # a cas writes what it waits for
            ]
            slots = [slot for slot in slots if slot < self._known]
            if slots:
                clock = self._clocks[slots].max(axis=0)
                more = np.flatnonzero(clock > self._clocks[self._slots[write]])
                needs[write] = [(int(session), int(clock[session])) for session in more]
        return needs

    def _latest(self, at: int, clocks: Clocks, slot: list[int]) -> list[int]:
        """The writes of the key before a call, but for those before others of them.

        What the rules would add for an earlier one follows from what they added for the later.
        """
        table = self._writes.get(self._program.key[at])
        if table is None:
            return []
        sessions, begins, latest = table
        found = latest[begins + clocks[slot[at], sessions]]
        there = found >= 0
        sessions, found = sessions[there], found[there]
        if len(found) < 2:
            return [int(write) for write in found]
        slots, places = self._slots[found], self._places[found]
        last = int(slots.argmax())
        kept = clocks[slots[last], sessions] <= places
        kept[last] = True
        return [int(write) for write in found[kept]]

    def _rules(self, write: int, at: int, clocks: Clocks, slot: list[int]) -> None:
        """A write of its key is before a call: what else must hold."""
        source = self._saw.get(at)
        if source is not None and source not in (write, FIRST):
            number, place = self._session[write]
            if clocks[slot[source], number] <= place:
                self._add(write, source, BEFORE_SEEN, write, at)
        if writes(self._program.calls[at]) is not None:
            for reader in self._reads_of.get(write, {}).values():
                number, place = self._session[reader]
                if reader != at and clocks[slot[at], number] <= place:
                    self._add(reader, at, AFTER_READ, reader, write)

    def _add(self, one: int, two: int, why: str, first: int, second: int) -> None:
        self._edges.setdefault((one, two), Edge(one, two, why, first, second))
