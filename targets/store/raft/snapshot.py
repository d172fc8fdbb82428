"""Snapshots: what they hold, and how one gets to a follower piece by piece (Raft §7, thesis §5).

::

    leader    ── piece 0 ─▶   ── piece 1 ─▶   ── piece 1 ─▶   ── piece 2 ─▶
    follower                 ◀─ 64 KiB here       (lost)     ◀─ 128 KiB here     ◀─ all is here

One piece at a time is on its way, and the follower says how much it has: so a transfer goes on
where it was, whatever was lost, and takes no more memory than the snapshot itself.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from targets.store.replicated import Members, Position
from targets.store.text import text_of

PIECE = 1 << 16
"""Characters in one message."""


class Snapshot(NamedTuple):
    """The state after `position`, and who the members were there."""

    position: Position
    members: Members
    state: str

    def write(self) -> str:
        """As one text: a line that says of what, then the state."""
        return f"{text_of([self.position, self.members])}\n{self.state}"

    @staticmethod
    def read(text: str) -> Snapshot:
        """The reverse."""
        head, _, state = text.partition("\n")
        position, (voters, learners) = json.loads(head)
        members = Members(tuple(voters), tuple(learners))
        return Snapshot(Position(*position), members, state)


class Sending:
    """A snapshot on its way to one follower."""

    def __init__(self, position: Position, text: str) -> None:
        self.position = position
        self.text = text
        self.offset = 0
        self._waiting = False

    def due(self, beat: bool) -> str | None:
        """The piece to send now: the next one, or with `beat` the last one again."""
        if self._waiting and not beat:
            return None
        self._waiting = True
        return self.text[self.offset : self.offset + PIECE]

    def answered(self, received: int) -> bool:
        """The follower has so much; True when that is all."""
        self.offset, self._waiting = received, False
        return received >= len(self.text)


class Arriving:
    """A snapshot on its way from a leader. A newer leader's begins anew."""

    def __init__(self, term: int, slot: int, size: int) -> None:
        self.key = (term, slot, size)
        self.received = 0
        self._pieces: list[str] = []

    def take(self, offset: int, data: str) -> None:
        """Take a piece in, if it is the next one."""
        if offset == self.received:
            self._pieces.append(data)
            self.received += len(data)

    def whole(self) -> Snapshot | None:
        """The snapshot, once all of it is here."""
        return Snapshot.read("".join(self._pieces)) if self.received == self.key[2] else None
