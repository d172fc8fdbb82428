"""What a server remembers over a crash: term, vote, log, and the snapshot that the log's beginning
went into (Raft, figure 2, "persistent state", and §7).

One record is one sync: the term and the vote as they are now, and the entries from some index on,
which replace all from there. Replaying the records in order gives the state after the last of
them, and a crash leaves the state after some earlier one, about which nothing had been promised.
A journal that was made anew begins with where its entries begin.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from targets.store.journal import CorruptJournal
from targets.store.raft.messages import Entry
from targets.store.raft.snapshot import Snapshot
from targets.store.replicated import Position
from targets.store.text import text_of

START = Position(0, 0)


@dataclass
class Saved:
    """The state on disk. `entries` are those after `base`."""

    term: int = 0
    vote: str | None = None
    entries: list[Entry] = field(default_factory=list)
    base: Position = START
    snapshot: Snapshot | None = None
    journal_is_old: bool = False
    """Whether the journal is not what is here, and must be made anew before it goes on."""

    @staticmethod
    def replay(snapshot: str | None, records: Iterable[str]) -> Saved:
        """Rebuild the state from a snapshot and all records of a journal.

        Raises:
            CorruptJournal: the journal begins where only a snapshot could lead, and there is none.
        """
        saved = Saved()
        for record in records:
            fields = json.loads(record)
            if len(fields) == 2:
                saved.base = Position(*fields)
                continue
            saved.term, saved.vote, first, entries = fields
            if first is not None:
                del saved.entries[first - 1 - saved.base.slot :]
                saved.entries.extend(Entry(term, command) for term, command in entries)
        if snapshot is not None:
            saved._begin_with(Snapshot.read(snapshot))
        elif saved.base.slot:
            raise CorruptJournal(
                f"the journal begins after slot {saved.base.slot}, and there is no snapshot of "
                "what was before; refusing to start without acknowledged data"
            )
        return saved

    def _begin_with(self, snapshot: Snapshot) -> None:
        """Keep the log if it agrees with the snapshot (Raft §7); it does not when a snapshot from
        a leader was saved and the crash came before the journal was made anew.
        """
        self.snapshot = snapshot
        slot, term = snapshot.position
        at = slot - self.base.slot
        entries = [Entry(self.base.term, ""), *self.entries]
        if not (0 <= at < len(entries) and entries[at].term == term):
            self.base, self.entries, self.journal_is_old = snapshot.position, [], True
        if self.term < term:
            self.term, self.vote = term, None


def record(term: int, vote: str | None, unsaved: tuple[int, list[Entry]] | None) -> str:
    """Write one record."""
    first, entries = unsaved if unsaved is not None else (None, [])
    return text_of([term, vote, first, entries])


def anew(term: int, vote: str | None, base: Position, entries: list[Entry]) -> list[str]:
    """Write the records of a whole journal."""
    return [text_of(base), record(term, vote, (base.slot + 1, entries))]
