"""What an acceptor remembers over a crash: its promise and its votes (Simple §2.5; Live §4.1).

One record is one sync: the promise as it is now, how far all slots were known to be chosen, and the
votes since the record before. Replaying the records in order gives the state after the last one.
A snapshot takes the place of the votes to its slot (Live §5.5).
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from targets.store.journal import CorruptJournal
from targets.store.paxos.messages import Value, Vote
from targets.store.replicated import Members
from targets.store.text import text_of


class Snapshot(NamedTuple):
    """The state after all slots to this one, and who votes on the next."""

    slot: int
    members: Members
    state: str

    def text(self) -> str:
        """For the disk, and for servers that lag."""
        return text_of([self.slot, *self.members, self.state])

    @staticmethod
    def parse(text: str) -> Snapshot:
        """The reverse."""
        slot, voters, learners, state = json.loads(text)
        return Snapshot(slot, Members(tuple(voters), tuple(learners)), state)


@dataclass
class Saved:
    """The state on disk. `votes` has all slots after `floor` to `chosen`, and some beyond."""

    promised: int = 0
    chosen: int = 0
    floor: int = 0
    votes: dict[int, Vote] = field(default_factory=dict)
    snapshot: Snapshot | None = None
    journal_is_old: bool = False
    """Whether the journal is not what is here, and must be made anew before it goes on: it may hold
    votes for slots of the snapshot that were never chosen.
    """

    @staticmethod
    def replay(snapshot: str | None, records: Iterable[str]) -> Saved:
        """Rebuild the state from the snapshot and all records of a journal.

        Raises:
            CorruptJournal: slots that were known to be chosen are in neither.
        """
        saved = Saved()
        for record in records:
            saved.promised, saved.chosen, votes = json.loads(record)
            for slot, ballot, value in votes:
                saved.votes[slot] = Vote(slot, ballot, Value(*value))
        if snapshot is not None:
            saved._start_from(Snapshot.parse(snapshot))
        saved._check()
        return saved

    def _check(self) -> None:
        covered = 0 if self.snapshot is None else self.snapshot.slot
        for slot in range(covered + 1, self.chosen + 1):
            if slot not in self.votes:
                raise CorruptJournal(
                    f"the journal knows slots to {self.chosen} to be chosen and lacks slot {slot}, "
                    f"and the snapshot covers {covered}; refusing to start without what was "
                    "acknowledged"
                )

    def _start_from(self, snapshot: Snapshot) -> None:
        """Pass over what the snapshot covers. Votes before its end are of use to servers that lag,
        if they are known to be chosen: one that was sent the snapshot may have accepted others.
        """
        self.snapshot = snapshot
        self.floor = snapshot.slot
        self.journal_is_old = self.chosen < snapshot.slot
        if self.chosen >= snapshot.slot:
            while self.floor in self.votes:
                self.floor -= 1
        self.chosen = max(self.chosen, snapshot.slot)
        self.votes = {slot: vote for slot, vote in self.votes.items() if slot > self.floor}


def record(promised: int, chosen: int, votes: Iterable[Vote]) -> str:
    """Write one record."""
    return text_of([promised, chosen, list(votes)])
