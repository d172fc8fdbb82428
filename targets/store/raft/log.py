"""The log: entries after a base, who the members are by them, and how much of it is safe on disk.

::

    index     [3]   4   5   6   7   8
    term       1    1   2   2   2   2
               ▲            ▲       ▲
              base       stable   last_index

What is at `base` and before has gone into a snapshot; only its term is still known. What is beyond
`stable` may vanish in a crash, so nothing may be promised about it: a follower answers only after a
sync, and a leader counts its own copy only up to `stable` (thesis §10.2.1).

The members are those of the last entry that names any, committed or not (thesis §4.1), so they go
back to those before it when that entry is cut.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from targets.store import members as texts
from targets.store.raft.bugs import NO_BUGS, Bugs
from targets.store.raft.messages import Entry
from targets.store.replicated import BATCH_ENTRIES, Members, Position

BATCH_BYTES = 1 << 20

_START = Position(0, 0)
_NOBODY = Members(())


class Log:
    """The entries that are in memory, after a sentinel for the base: index 0 has term 0, so every
    log matches there.

    Args:
        entries: those after `base`.
        base: where they begin.
        members: who they are by all entries up to `since`.
        batch_entries: the most that go into one message.
    """

    def __init__(
        self,
        entries: Iterable[Entry] = (),
        base: Position = _START,
        members: Members = _NOBODY,
        since: int = 0,
        bugs: Bugs = NO_BUGS,
        batch_entries: int = BATCH_ENTRIES,
    ) -> None:
        self._bugs = bugs
        self._batch_entries = batch_entries
        self.base = base.slot
        self._entries = [Entry(base.term, ""), *entries]
        self._members = [(since, members)]
        self._note_members(max(since, self.base) + 1)
        self.stable = self.last_index
        self._cut = False

    @property
    def last_index(self) -> int:
        """Index of the last entry, 0 when there never was one."""
        return self.base + len(self._entries) - 1

    @property
    def last_term(self) -> int:
        """Term of the last entry, 0 when there never was one."""
        return self._entries[-1].term

    def term(self, index: int) -> int:
        """Term of the entry there, -1 when it is not known or there is none."""
        at = index - self.base
        return self._entries[at].term if 0 <= at < len(self._entries) else -1

    def entry(self, index: int) -> Entry:
        """The entry there, which must be in memory."""
        return self._entries[index - self.base]

    # Members

    @property
    def members(self) -> Members:
        """Who they are now."""
        return self._members[-1][1]

    @property
    def members_index(self) -> int:
        """Since which entry."""
        return self._members[-1][0]

    def members_at(self, index: int) -> Members:
        """Who they were when the log ended there."""
        known = (members for since, members in reversed(self._members) if since <= index)
        return next(known, self._members[0][1])

    def _note_members(self, first: int) -> None:
        for index in range(first, self.last_index + 1):
            command = self.entry(index).command
            if command.startswith(texts.PREFIX):
                self._members.append((index, texts.read(command)))

    # Changes

    def append(self, entry: Entry) -> int:
        """Add one entry and return its index."""
        self._entries.append(entry)
        index = self.last_index
        if entry.command.startswith(texts.PREFIX):
            self._note_members(index)
        return index

    def conflict(self, first: int, entries: Sequence[Entry]) -> int:
        """First of these indices where the log has another term or ends; one past them if none.

        The same index and term mean the same entry and the same log before it (Raft §5.3).
        """
        for index, entry in enumerate(entries, first):
            if self.term(index) != entry.term:
                return index
        return first + len(entries)

    def replace_from(self, index: int, entries: Sequence[Entry]) -> None:
        """Drop everything from `index` on, then append."""
        if index <= self.last_index:
            del self._entries[index - self.base :]
            self.stable = min(self.stable, self.last_index)
            self._cut = True
            rolls_back = not self._bugs.conf_not_rolled_back
            while rolls_back and self.members_index >= index and len(self._members) > 1:
                self._members.pop()
        self._entries.extend(entries)
        self._note_members(index)

    def compact(self, index: int) -> None:
        """Forget the entries to this one, which are in a snapshot."""
        if index > self.base:
            while len(self._members) > 1 and self._members[1][0] <= index:
                del self._members[0]
            self._entries[: index - self.base + 1] = [Entry(self.term(index), "")]
            self.base = index

    def reset(self, base: Position, members: Members) -> None:
        """Begin anew after a snapshot that the log does not agree with."""
        self.base = base.slot
        self._entries = [Entry(base.term, "")]
        own = self._members[-1]
        self._members = [(base.slot, members)]
        if self._bugs.snapshot_stale_conf and own[0] > base.slot:
            self._members = [own]
        self.stable = base.slot

    # What others need

    def last_possible_match(self, prev_index: int) -> int:
        """Where a leader should look for agreement after a mismatch at `prev_index`.

        A whole term is skipped at once rather than one entry a round trip (Raft §5.3, end).
        """
        if prev_index > self.last_index:
            return self.last_index
        term = self.term(prev_index)
        index = prev_index - 1
        while index > self.base and self.term(index) == term:
            index -= 1
        return index

    def batch(self, first: int) -> tuple[Entry, ...]:
        """Entries from `first` on, as many as fit a message and at least one if there is one."""
        at = first - self.base
        entries = self._entries[at : at + self._batch_entries]
        if self._bugs.noncontiguous_append:
            del entries[16:17]
        size = 0
        for count, entry in enumerate(entries):
            size += len(entry.command)
            if size > BATCH_BYTES and count:
                return tuple(entries[:count])
        return tuple(entries)

    def unsaved(self) -> tuple[int, list[Entry]] | None:
        """What the disk lacks, as (first index, entries), or None. What is there from that index
        on is to be replaced.
        """
        if self.stable == self.last_index and not self._cut:
            return None
        return self.stable + 1, self._entries[self.stable - self.base + 1 :]

    def all(self) -> tuple[Position, list[Entry]]:
        """The base, and every entry after it."""
        return Position(self.base, self._entries[0].term), self._entries[1:]

    def saved(self) -> None:
        """Everything there is has been saved."""
        self.stable = self.last_index
        self._cut = False
