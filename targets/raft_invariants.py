"""What Raft promises inside, looked at after every event of a simulated cluster.

The five properties of Raft's figure 3, as an observer of all nodes can check them one step at a
time:

- Election Safety: at most one leader a term.
- Log Matching: where two logs hold the same index and term, they hold the same entry, and the same
  one before it. Every entry that ever stood in any log is noted once, with its predecessor's term;
  by induction that is the whole prefix.
- State Machine Safety: what is committed at an index is the same at every node, at every time.
- Leader Completeness: who becomes leader holds all that was committed in earlier terms. It is
  enough to look at the last such entry; the ones before it are Log Matching's.
- Committed entries stay: a node's log reaches as far as the node knows to be committed. (This
  follows from the others and is seen sooner: a log that was cut too short may be made good again
  before its node is needed.)

Looking costs little where nothing has changed: entries are compared by identity, from the end of
the log back to the first that was there before.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

from targets.message_orders import MessageOrders
from targets.store.raft.core import RaftCore
from targets.store.raft.messages import Entry

MOST = 100
"""Violations after the first few say nothing new."""


class _Seen:
    """What a node was when it was last looked at."""

    __slots__ = ("commit", "entries", "role", "term")

    def __init__(self) -> None:
        self.role = ""
        self.term = 0
        self.commit = 0
        self.entries: list[Entry] = []


class RaftInvariants:
    """See `harness.invariants.Invariants`."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self._seen: dict[str, _Seen] = {}
        self._leaders: dict[int, str] = {}
        self._entries: dict[tuple[int, int], tuple[str, int]] = {}
        self._committed: dict[int, tuple[int, str]] = {}
        self._committed_in: dict[int, int] = {}
        self._shapes: set[tuple[Any, ...]] = set()
        self._orders = MessageOrders()
        self.heard = self._orders.heard

    def look(self, node: str, program: Any) -> None:
        """See `harness.invariants.Invariants`."""
        core: RaftCore = program.core
        seen = self._seen.get(node)
        if seen is None:
            seen = self._seen[node] = _Seen()
        changed = False
        if core.role != seen.role or core.term != seen.term:
            seen.role, seen.term, changed = core.role, core.term, True
            self._look_at_leader(core)
        log, entries = core.log, seen.entries
        last = log.last_index
        if last != len(entries) - 1 or log.entry(last) is not entries[last]:
            changed = True
            self._look_at_log(core, seen)
        if core.commit != seen.commit:
            changed = True
            self._look_at_commits(core, seen)
        if changed:
            self._note_feature()

    def gone(self, node: str) -> None:
        """See `harness.invariants.Invariants`."""
        self._seen.pop(node, None)
        self._orders.gone(node)

    def features(self) -> frozenset[int]:
        """See `harness.invariants.Invariants`."""
        shapes = [crc32(repr(shape).encode()) for shape in self._shapes]
        return frozenset([*shapes, *self._orders.features()])

    def _look_at_leader(self, core: RaftCore) -> None:
        if core.role == "leader":
            leader = self._leaders.setdefault(core.term, core.name)
            if leader != core.name:
                self._violated(
                    f"election safety: {leader} and {core.name} both lead in term {core.term}"
                )
            self._look_at_completeness(core)

    def _look_at_completeness(self, core: RaftCore) -> None:
        index = len(self._committed_in)
        while index and self._committed_in[index] >= core.term:
            index -= 1
        if not index:
            return
        term, command = self._committed[index]
        if core.log.term(index) != term or core.log.entry(index).command != command:
            self._violated(
                f"leader completeness: {core.name} leads in term {core.term} and does not hold "
                f"{(term, command)}, committed at {index} in term {self._committed_in[index]}"
            )

    def _look_at_log(self, core: RaftCore, seen: _Seen) -> None:
        log, before = core.log, seen.entries
        index = log.last_index
        while index >= len(before) or log.entry(index) is not before[index]:
            if index == 0:
                break
            entry = log.entry(index)
            here = (entry.command, log.term(index - 1))
            known = self._entries.setdefault((index, entry.term), here)
            if known != here:
                self._violated(
                    f"log matching: {core.name}'s log and another's differ at {index} of term "
                    f"{entry.term}: {here} and {known}"
                )
            index -= 1
        self._look_at_length(core)
        del before[index:]
        before.extend(log.entry(i) for i in range(index, log.last_index + 1))

    def _look_at_commits(self, core: RaftCore, seen: _Seen) -> None:
        end = min(core.commit, core.log.last_index)
        self._look_at_length(core)
        for index in range(min(seen.commit, end) + 1, end + 1):
            entry = core.log.entry(index)
            here = (entry.term, entry.command)
            known = self._committed.setdefault(index, here)
            self._committed_in.setdefault(index, core.term)
            if known != here:
                self._violated(
                    f"state machine safety: {core.name} commits {here} at {index}, where "
                    f"{known} was committed"
                )
        seen.commit = core.commit

    def _look_at_length(self, core: RaftCore) -> None:
        if core.commit > core.log.last_index:
            self._violated(
                f"committed entries stay: {core.name} knows {core.commit} to be committed, and its "
                f"log ends at {core.log.last_index}"
            )

    def _violated(self, sentence: str) -> None:
        if len(self.violations) < MOST:
            self.violations.append(sentence)

    def _note_feature(self) -> None:
        """The cluster in broad strokes: who is what, how far apart terms, logs and commits are."""
        nodes = list(self._seen.values())
        term = max(seen.term for seen in nodes)
        length = max(len(seen.entries) for seen in nodes)
        shape = sorted(
            [
                (
                    seen.role,
                    min(term - seen.term, 3),
                    (length - len(seen.entries)).bit_length(),
                    (len(seen.entries) - 1 - seen.commit).bit_length(),
                    bool(seen.entries) and min(term - seen.entries[-1].term, 3),
                )
                for seen in nodes
            ]
        )
        self._shapes.add(tuple(shape))
