"""What an acceptor remembers over a crash: its promise and its votes (Simple §2.5; Live §4.1).

One record is one sync: the promise as it is now, how far all slots were known to be chosen, and the
votes since the record before. Replaying the records in order gives the state after the last one.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from targets.store.paxos.messages import Value, Vote

_text = json.JSONEncoder(separators=(",", ":")).encode


@dataclass
class Saved:
    """The state on disk."""

    promised: int = 0
    chosen: int = 0
    votes: dict[int, Vote] = field(default_factory=dict)

    @staticmethod
    def replay(records: Iterable[str]) -> Saved:
        """Rebuild the state from all records of a journal."""
        saved = Saved()
        for record in records:
            saved.promised, saved.chosen, votes = json.loads(record)
            for slot, ballot, value in votes:
                saved.votes[slot] = Vote(slot, ballot, Value(*value))
        return saved


def record(promised: int, chosen: int, votes: Mapping[int, Vote]) -> str:
    """Write one record."""
    return _text([promised, chosen, list(votes.values())])
