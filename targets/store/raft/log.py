"""The log: entries from index 1, and how much of it is safe on this server's own disk.

::

    index     1   2   3   4   5   6
    term      1   1   2   2   2   2
                          ▲       ▲
                     stable       last_index

What is beyond `stable` may vanish in a crash, so nothing may be promised about it: a follower
answers only after a sync, and a leader counts its own copy only up to `stable` (thesis §10.2.1).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from targets.store.raft.messages import Entry

BATCH_ENTRIES = 512
BATCH_BYTES = 1 << 20


class Log:
    """All entries in memory. The sentinel at index 0 has term 0: every log matches there."""

    def __init__(self, entries: Iterable[Entry] = ()) -> None:
        self._entries = [Entry(0, ""), *entries]
        self.stable = self.last_index
        self._cut = False

    @property
    def last_index(self) -> int:
        """Index of the last entry, 0 when empty."""
        return len(self._entries) - 1

    @property
    def last_term(self) -> int:
        """Term of the last entry, 0 when empty."""
        return self._entries[-1].term

    def term(self, index: int) -> int:
        """Term of the entry there, -1 when there is none."""
        return self._entries[index].term if 0 <= index < len(self._entries) else -1

    def entry(self, index: int) -> Entry:
        """The entry there, which must exist."""
        return self._entries[index]

    def append(self, entry: Entry) -> int:
        """Add one entry and return its index."""
        self._entries.append(entry)
        return self.last_index

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
            del self._entries[index:]
            self.stable = min(self.stable, self.last_index)
            self._cut = True
        self._entries.extend(entries)

    def last_possible_match(self, prev_index: int) -> int:
        """Where a leader should look for agreement after a mismatch at `prev_index`.

        A whole term is skipped at once rather than one entry a round trip (Raft §5.3, end).
        """
        if prev_index > self.last_index:
            return self.last_index
        term = self.term(prev_index)
        index = prev_index - 1
        while index > 0 and self.term(index) == term:
            index -= 1
        return index

    def batch(self, first: int) -> tuple[Entry, ...]:
        """Entries from `first` on, as many as fit a message and at least one if there is one."""
        entries = self._entries[first : first + BATCH_ENTRIES]
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
        return self.stable + 1, self._entries[self.stable + 1 :]

    def saved(self) -> None:
        """Everything that `unsaved` gave is on disk."""
        self.stable = self.last_index
        self._cut = False
