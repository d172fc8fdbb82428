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

Besides: commits are final, a node's commit index never goes back (figure 2); and snapshots are
alike, those of the same slot. What these five rest on is looked at by itself, because it shows
sooner: votes, terms and time-outs in `raft_elections`, a leader's commits, the members and what a
restart must not lose in `raft_commits`.

Looking costs little where nothing has changed: entries are compared by identity, from the end of
the log back to the first that was there before. What a node took into its log and into a snapshot
between two looks was in another's log before; its terms are found there.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

from targets.message_orders import MessageOrders
from targets.raft_commits import Commits
from targets.raft_elections import Elections
from targets.store.raft.core import RaftCore
from targets.store.raft.messages import Entry
from targets.store.replicated import Position

MOST = 100
"""Violations after the first few say nothing new."""


class _Seen:
    """What a node was when it was last looked at."""

    __slots__ = ("base", "commit", "entries", "role", "snapshot", "term")

    def __init__(self) -> None:
        self.role = ""
        self.term = 0
        self.commit = 0
        self.base = 0
        self.entries: list[Entry] = []
        """Those from `base` on, which stands for what is in no log any more."""
        self.snapshot: tuple[Position, str] | None = None

    @property
    def last_index(self) -> int:
        return self.base + len(self.entries) - 1


class RaftInvariants:
    """See `harness.invariants.Invariants`."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self._seen: dict[str, _Seen] = {}
        self._leaders: dict[int, str] = {}
        self._entries: dict[tuple[int, int], tuple[str, int]] = {}
        self.committed: dict[int, tuple[int, str]] = {}
        """For each index the term and the command that some node knows to be committed there."""
        self._committed_in: dict[int, int] = {}
        self._snapshots: dict[int, tuple[int, int]] = {}
        self._shapes: set[tuple[Any, ...]] = set()
        self._orders = MessageOrders()
        self._elections = Elections(self._violated)
        self._commits = Commits(self._violated)

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
        if log.base != seen.base or last != seen.last_index or log.entry(last) is not entries[-1]:
            changed = True
            self._look_at_log(core, seen)
        if core.snapshot is not seen.snapshot:
            seen.snapshot = core.snapshot
            self._look_at_snapshot(core)
        if core.commit != seen.commit:
            changed = True
            self._look_at_commits(core, seen)
        self._elections.look(core, program.torn)
        self._commits.look(core, program.torn)
        if changed:
            self._note_feature()

    def heard(self, node: str, sender: str, frame: bytes) -> None:
        """See `harness.invariants.Invariants`."""
        self._orders.heard(node, sender, frame)
        self._elections.heard(node, sender, frame)

    def gone(self, node: str) -> None:
        """See `harness.invariants.Invariants`."""
        self._seen.pop(node, None)
        self._orders.gone(node)
        self._elections.gone(node)
        self._commits.gone(node)

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
        index = max(self._committed_in, default=0)
        while index and self._committed_in.get(index, core.term) >= core.term:
            index -= 1
        if not index:
            return
        term, command = self.committed[index]
        if index < core.log.base:
            return
        held = core.log.term(index)
        if held != term or (index > core.log.base and core.log.entry(index).command != command):
            self._violated(
                f"leader completeness: {core.name} leads in term {core.term} and does not hold "
                f"{(term, command)}, committed at {index} in term {self._committed_in[index]}"
            )

    def _look_at_log(self, core: RaftCore, seen: _Seen) -> None:
        log, before = core.log, seen.entries
        index = log.last_index
        while index > log.base:
            entry = log.entry(index)
            if seen.base <= index <= seen.last_index and entry is before[index - seen.base]:
                break
            here = (entry.command, log.term(index - 1))
            known = self._entries.setdefault((index, entry.term), here)
            if known != here:
                self._violated(
                    f"log matching: {core.name}'s log and another's differ at {index} of term "
                    f"{entry.term}: {here} and {known}"
                )
            index -= 1
        self._look_at_length(core)
        if log.base == seen.base:
            del before[index - log.base :]
            before.extend(log.entry(i) for i in range(index, log.last_index + 1))
        else:
            seen.base = log.base
            seen.entries = [log.entry(i) for i in range(log.base, log.last_index + 1)]

    def _look_at_commits(self, core: RaftCore, seen: _Seen) -> None:
        end = min(core.commit, core.log.last_index)
        self._look_at_length(core)
        if core.commit < seen.commit:
            self._violated(
                f"commits are final: {core.name} knew {seen.commit} to be committed, and now only "
                f"{core.commit}"
            )
        first = min(seen.commit, end) + 1
        if first <= core.log.base:
            self._fill_in(core)
        for index in range(max(first, core.log.base + 1), end + 1):
            entry = core.log.entry(index)
            here = (entry.term, entry.command)
            known = self.committed.setdefault(index, here)
            self._committed_in.setdefault(index, core.term)
            if known != here:
                self._violated(
                    f"state machine safety: {core.name} commits {here} at {index}, where "
                    f"{known} was committed"
                )
        seen.commit = core.commit

    def _fill_in(self, core: RaftCore) -> None:
        """Note what was committed and went into a snapshot before it was looked at."""
        index, term = core.log.base, core.log.term(core.log.base)
        while index not in self.committed and (index, term) in self._entries:
            command, before = self._entries[index, term]
            self.committed[index] = (term, command)
            self._committed_in[index] = core.term
            index, term = index - 1, before

    def _look_at_snapshot(self, core: RaftCore) -> None:
        if core.snapshot is None:
            return
        position, text = core.snapshot
        here = (position.term, crc32(text.encode()))
        known = self._snapshots.setdefault(position.slot, here)
        if known != here:
            self._violated(
                f"snapshots alike: {core.name}'s snapshot at {position.slot} differs from another's"
            )
        committed = self.committed.get(position.slot)
        if committed is not None and committed[0] != position.term:
            self._violated(
                f"state machine safety: {core.name} has a snapshot at {position.slot} of term "
                f"{position.term}, where {committed} was committed"
            )

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
        length = max(seen.last_index for seen in nodes)
        shape = sorted(
            [
                (
                    seen.role,
                    min(term - seen.term, 3),
                    (length - seen.last_index).bit_length(),
                    (seen.last_index - seen.commit).bit_length(),
                    seen.base > 0,
                    bool(seen.entries) and min(term - seen.entries[-1].term, 3),
                )
                for seen in nodes
            ]
        )
        self._shapes.add(tuple(shape))
