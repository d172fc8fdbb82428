"""What a server remembers over a crash: term, vote and log (Raft, figure 2, "persistent state").

One record is one sync: the term and the vote as they are now, and the entries from some index on,
which replace all from there. Replaying the records in order gives the state after the last of
them, and a crash leaves the state after some earlier one, about which nothing had been promised.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field

from targets.store.raft.messages import Entry

_text = json.JSONEncoder(separators=(",", ":")).encode


@dataclass
class Saved:
    """The state on disk."""

    term: int = 0
    vote: str | None = None
    entries: list[Entry] = field(default_factory=list)

    @staticmethod
    def replay(records: Iterable[str]) -> Saved:
        """Rebuild the state from all records of a journal."""
        saved = Saved()
        for record in records:
            saved.term, saved.vote, first, entries = json.loads(record)
            if first is not None:
                del saved.entries[first - 1 :]
                saved.entries.extend(Entry(term, command) for term, command in entries)
        return saved


def record(term: int, vote: str | None, unsaved: tuple[int, list[Entry]] | None) -> str:
    """Write one record."""
    first, entries = unsaved if unsaved is not None else (None, [])
    return _text([term, vote, first, entries])
