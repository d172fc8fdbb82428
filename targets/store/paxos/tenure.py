"""Phase 2, for as long as one ballot leads (PMMC §2.3, the commander; all commanders in one place).

::

    slot       …  4   5   6   7   8   9
                  ▲   ·   ··  ·   ··  ·       the acceptors that have it on disk, this one too
               commit                    next 6 and 8 have a majority, and wait for 5

Every slot is voted on by itself, so a lost message delays its slot and not the ones after it; they
are applied in order all the same. What an acceptor has not answered by the next heartbeat but one
is sent again, and so is what it does not know yet to be chosen: that is how one that was away
catches up.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from targets.store.paxos.acceptor import BATCH_BYTES, BATCH_VOTES, Acceptor
from targets.store.paxos.bugs import Bugs
from targets.store.paxos.messages import Accepted, Value

IN_FLIGHT = 8192
"""Slots that an acceptor is sent ahead of its answers."""


class Follower:
    """What the leader knows of one acceptor in its ballot."""

    def __init__(self, chosen: int) -> None:
        self.next = chosen + 1
        self.chosen = chosen
        self.has: set[int] = set()
        self._hole = 0

    def answered(self, reply: Accepted) -> None:
        """Take in an answer of this ballot, however late."""
        if reply.chosen > self.chosen:
            self.has = {slot for slot in self.has if slot > reply.chosen}
            self.next = max(self.next, reply.chosen + 1)
        # Less than before is an old answer, or an acceptor that was restarted: `beat` will tell.
        self.chosen = reply.chosen
        self.has.update(slot for slot in reply.slots if slot > reply.chosen)

    def beat(self) -> None:
        """Go back to the first slot that has been without an answer for two beats."""
        hole = self.chosen + 1
        while hole in self.has:
            hole += 1
        if hole == self._hole and hole < self.next:
            self.next = hole
        self._hole = hole


class Tenure:
    """One ballot's leadership."""

    def __init__(
        self, ballot: int, acceptor: Acceptor, peers: Sequence[str], majority: int, bugs: Bugs
    ) -> None:
        self.ballot = ballot
        self.commit = acceptor.chosen
        self.next = acceptor.chosen + 1
        self._acceptor = acceptor
        self._majority = majority
        self._bugs = bugs
        self._values: dict[int, Value] = {}
        self._votes: dict[int, list[str]] = {}
        self._followers = {peer: Follower(acceptor.chosen) for peer in peers}

    def propose(self, value: Value) -> int:
        """Phase 2a for the next slot; returns it."""
        slot = self.next
        self.next += 1
        self._values[slot] = value
        self._votes[slot] = []
        self._acceptor.accept(self.ballot, slot, value)
        return slot

    def voted(self, server: str, slots: Iterable[int]) -> bool:
        """An acceptor has accepted these in this ballot; True if `commit` moved."""
        for slot in slots:
            votes = self._votes.get(slot)
            if votes is not None and (server not in votes or self._bugs.learner_counts_dups):
                votes.append(server)
        before = self.commit
        while len(self._votes.get(self.commit + 1, ())) >= self._majority:
            self.commit += 1
            del self._votes[self.commit], self._values[self.commit]
        return self.commit > before

    def answered(self, server: str, reply: Accepted) -> bool:
        """An acceptor's answer of this ballot; True if `commit` moved."""
        self._followers[server].answered(reply)
        return self.voted(server, reply.slots)

    def due(self, server: str, beat: bool) -> tuple[tuple[int, Value], ...] | None:
        """The slots to send to this acceptor now; none in a heartbeat, None for no message."""
        follower = self._followers[server]
        if beat:
            follower.beat()
        found: list[tuple[int, Value]] = []
        size = 0
        while follower.next < self.next and len(found) < BATCH_VOTES and size < BATCH_BYTES:
            slot = follower.next
            if slot > follower.chosen + IN_FLIGHT:
                break
            follower.next += 1
            if slot not in follower.has:
                value = self._values.get(slot) or self._acceptor.value(slot)
                size += len(value.command)
                found.append((slot, value))
        return tuple(found) if found or beat else None
