"""Phase 2, for as long as one ballot leads (PMMC §2.3, the commander; all commanders in one place).

::

    slot       …  4   5   6   7   8   9  10
                  ▲   ·   ··  ·   ··  ·       the acceptors that have it on disk, this one too
               commit                 ▲  next 6 and 8 have a majority, and wait for 5
                                   opened     9 changes the members: 10 waits until it is chosen

Every slot is voted on by itself, so a lost message delays its slot and not the ones after it; they
are applied in order all the same. What an acceptor has not answered by the next heartbeat but one
is sent again, and so is what it does not know yet to be chosen: that is how one that was away
catches up.
"""

from __future__ import annotations

from collections.abc import Iterable
from math import inf

from targets.store.paxos.acceptor import BATCH_BYTES, Acceptor
from targets.store.paxos.bugs import Bugs
from targets.store.paxos.membership import is_change
from targets.store.paxos.messages import Accepted, Value
from targets.store.paxos.server import majority
from targets.store.replicated import Members

IN_FLIGHT = 8192
"""Slots that an acceptor is sent ahead of its answers."""


class Follower:
    """What the leader knows of one acceptor in its ballot."""

    def __init__(self, chosen: int) -> None:
        self.next = chosen + 1
        self.chosen = chosen
        self.heard = False
        """Whether it has answered at all: until then, `chosen` is a guess."""
        self.gone_after = inf
        """It is no member any more after this slot, and should learn of it."""
        self.has: set[int] = set()
        self._hole = 0

    def answered(self, reply: Accepted) -> None:
        """Take in an answer of this ballot, however late."""
        self.heard = True
        if reply.chosen > self.chosen:
            self.has = {slot for slot in self.has if slot > reply.chosen}
            self.next = max(self.next, reply.chosen + 1)
        # Less than before is an old answer, or an acceptor that was restarted: `beat` will tell.
        self.chosen = reply.chosen
        self.has.update(slot for slot in reply.slots if slot > reply.chosen)

    def beat(self, floor: int) -> None:
        """Go back to the first slot that has been without an answer for two beats. What is gone
        here comes as a snapshot.
        """
        hole = self.chosen + 1
        while hole in self.has:
            hole += 1
        if hole == self._hole and floor < hole < self.next:
            self.next = hole
        self._hole = hole


class Tenure:
    """One ballot's leadership. `name` is the leader's."""

    def __init__(
        self, ballot: int, acceptor: Acceptor, name: str, members: Members, bugs: Bugs
    ) -> None:
        self.ballot = ballot
        self.commit = acceptor.chosen
        self.next = acceptor.chosen + 1
        self.opened = acceptor.chosen
        """Slots to this one are voted on, those after it only have a place."""
        self.change: int | None = None
        """The slot of a change of the members that is voted on."""
        self.followers: dict[str, Follower] = {}
        self._acceptor = acceptor
        self._name = name
        self._bugs = bugs
        self._values: dict[int, Value] = {}
        self._votes: dict[int, list[str]] = {}
        self.enter(members)

    def enter(self, members: Members) -> None:
        """These vote, and learn, from the slot after `commit` on."""
        self._voters = frozenset(members.voters)
        self._majority = majority(members.voters, self._bugs)
        if self._bugs.apply_before_commit:
            self._majority = 1
        everyone = {*members.voters, *members.learners}
        for server in sorted(everyone - self.followers.keys() - {self._name}):
            self.followers[server] = Follower(self._acceptor.chosen)
        for server, follower in self.followers.items():
            follower.gone_after = inf if server in everyone else self.commit
        self.change = None
        self._open()

    def propose(self, value: Value) -> int:
        """Phase 2a for the next slot; returns it."""
        slot = self.next
        self.next += 1
        self._values[slot] = value
        if self.change is None or self._bugs.change_not_awaited:
            self._open()
        return slot

    def _open(self) -> None:
        """Have all slots voted on that have a value, but none beyond a change of the members."""
        while self.opened < self.next - 1 and (
            self.change is None or self._bugs.change_not_awaited
        ):
            slot = self.opened = self.opened + 1
            value = self._values[slot]
            self._votes[slot] = []
            self._acceptor.accept(self.ballot, slot, value)
            if is_change(value.command):
                self.change = slot

    def voted(self, server: str, slots: Iterable[int]) -> None:
        """An acceptor has accepted these in this ballot; `commit` may move."""
        if server in self._voters or self._bugs.nonvoter_counted:
            for slot in slots:
                votes = self._votes.get(slot)
                if votes is not None and (server not in votes or self._bugs.learner_counts_dups):
                    votes.append(server)
        while len(self._votes.get(self.commit + 1, ())) >= self._majority:
            self._settle()

    def _settle(self) -> None:
        """The next slot is chosen."""
        self.commit += 1
        del self._votes[self.commit], self._values[self.commit]

    def answered(self, server: str, reply: Accepted) -> None:
        """An acceptor's answer of this ballot; `commit` may move."""
        follower = self.followers.get(server)
        if follower is None:
            return
        follower.answered(reply)
        if follower.chosen >= follower.gone_after:
            del self.followers[server]
        # What it knows to be chosen is what this leader sends for the slot: phase 1 saw to that.
        # It may never vote for it again: it is sent only what it doesn't know.
        while self.commit < min(reply.chosen, self.opened):
            self._settle()
        self.voted(server, reply.slots)

    def due(self, server: str, beat: bool) -> tuple[tuple[int, Value], ...] | None:
        """The slots to send to this acceptor now; none in a heartbeat, None for no message."""
        follower = self.followers[server]
        if beat:
            follower.beat(self._acceptor.floor)
        found: list[tuple[int, Value]] = []
        size, batch = 0, self._acceptor.batch_votes
        follower.next = max(follower.next, self._acceptor.floor + 1)
        while follower.next <= self.opened and len(found) < batch and size < BATCH_BYTES:
            slot = follower.next
            if slot > follower.chosen + IN_FLIGHT:
                break
            follower.next += 1
            if slot not in follower.has:
                value = self._values.get(slot) or self._acceptor.value(slot)
                size += len(value.command)
                found.append((slot, value))
        if self._bugs.optimistic_match:
            self.voted(server, [slot for slot, _ in found])
        return tuple(found) if found or beat else None

    def foremost(self) -> str | None:
        """The voter, but the leader itself, that knows most slots to be chosen."""
        others = sorted(self._voters & self.followers.keys())
        return max(others, key=lambda server: self.followers[server].chosen, default=None)

    def near(self, server: str, slots: int) -> bool:
        """Whether this acceptor is known to lack no more chosen slots than this."""
        follower = self.followers[server]
        return follower.heard and follower.chosen + slots >= self.commit

    def lags(self, server: str) -> bool:
        """Whether this acceptor needs what only a snapshot has."""
        return self.followers[server].chosen < self._acceptor.floor
