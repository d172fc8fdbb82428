"""The acceptor: what it has promised and accepted, all of it durable before it is told.

::

    promised   b7                              accepts nothing below ballot 7 (Simple P1a)
    slot       1    2    3    4    5    6
    ballot          b3   b7   b7        b7     5 is a gap: its Accept was lost, or is late
               ▲         ▲
             floor     chosen                  the snapshot covers at least what is gone

Slots after `floor` to `chosen` hold the chosen value, whatever ballot stands beside it: that is
final, and never asked for again.
"""

from __future__ import annotations

from collections.abc import Callable

from targets.store.paxos.bugs import Bugs
from targets.store.paxos.membership import Membership, is_change
from targets.store.paxos.messages import Value, Vote
from targets.store.paxos.saved import Saved, Snapshot, record
from targets.store.replicated import BATCH_ENTRIES, Members

BATCH_BYTES = 1 << 20


class Acceptor:
    """One server's memory, and what of it the disk lacks.

    Args:
        saved: what it remembers.
        initial: the first members.
        bugs: as they say.
        batch_votes: the most that go into one message.
    """

    def __init__(
        self, saved: Saved, initial: Members, bugs: Bugs, batch_votes: int = BATCH_ENTRIES
    ) -> None:
        self.batch_votes = batch_votes
        self.promised = 0 if bugs.promise_not_persisted else saved.promised
        self.chosen = saved.chosen
        self.floor = saved.floor
        self._votes: dict[int, Vote] = {
            slot: vote
            for slot, vote in saved.votes.items()
            if slot <= saved.chosen or not bugs.accepted_not_persisted
        }
        self.last = max(self._votes, default=self.chosen)
        """The highest slot with a vote."""
        self.membership = self._recount(saved, initial)
        self.cast: Callable[[Vote], None] | None = None
        """Told of each vote as it is cast, for an observer."""
        self.unsaved: dict[int, Vote] = {}
        self.promise_unsaved = False
        self._bugs = bugs

    def _recount(self, saved: Saved, initial: Members) -> Membership:
        snapshot = saved.snapshot or Snapshot(0, initial, "")
        membership = Membership(snapshot.slot, snapshot.members)
        for slot in range(snapshot.slot + 1, self.chosen + 1):
            text = self._votes[slot].value.command
            if is_change(text):
                membership.chosen(slot, text)
        return membership

    def promise(self, ballot: int) -> bool:
        """Phase 1b: promise, unless a higher ballot was promised (Simple P1a)."""
        if ballot < self.promised and not self._bugs.promise_lower_ballot:
            return False
        self.promise_unsaved |= ballot != self.promised
        self.promised = ballot
        return True

    def accept(self, ballot: int, slot: int, value: Value) -> bool:
        """Phase 2b: accept, unless a higher ballot was promised (Simple P1a).

        Accepting promises, too: else a lower ballot could still be accepted afterwards.
        """
        if ballot < self.promised and not self._bugs.accept_lower_ballot:
            return False
        if ballot > self.promised and not self._bugs.accept_keeps_old_promise:
            self.promised = ballot
            self.promise_unsaved = True
        known = self._votes.get(slot)
        if slot > self.chosen and (known is None or known.ballot != ballot):
            vote = self._votes[slot] = self.unsaved[slot] = Vote(slot, ballot, value)
            if self.cast is not None:
                self.cast(vote)
            self.last = max(self.last, slot)
        return True

    def learn(self, ballot: int, commit: int) -> None:
        """The leader of this ballot says that all slots to `commit` are chosen.

        Known to be the chosen value is only what was accepted in that very ballot: a leader
        proposes one value a slot, and for a chosen slot that one (PMMC §2.2, invariant A5 and C2).
        """
        while self.chosen < commit:
            vote = self._votes.get(self.chosen + 1)
            if vote is None or (vote.ballot != ballot and not self._bugs.learner_cross_ballot):
                return
            self.chosen += 1
            if is_change(vote.value.command):
                self.membership.chosen(vote.slot, vote.value.command)

    def vote(self, slot: int) -> Vote | None:
        """What was accepted for this slot."""
        return self._votes.get(slot)

    def value(self, slot: int) -> Value:
        """The value of a slot that has one."""
        return self._votes[slot].value

    @property
    def changing(self) -> bool:
        """Whether a change of the members was accepted that is not known to be chosen."""
        open_ = (self._votes.get(slot) for slot in range(self.chosen + 1, self.last + 1))
        return any(vote is not None and is_change(vote.value.command) for vote in open_)

    def votes(self, first: int) -> tuple[tuple[Vote, ...], bool]:
        """The votes from `first` on, as many as fit a message, and whether there are more."""
        found: list[Vote] = []
        size = 0
        for slot in range(first, self.last + 1):
            vote = self._votes.get(slot)
            if vote is None:
                continue
            size += len(vote.value.command)
            if found and (len(found) == self.batch_votes or size > BATCH_BYTES):
                return tuple(found), True
            found.append(vote)
        return tuple(found), False

    def forget(self, floor: int) -> None:
        """Slots to this one are covered by a snapshot, and are not kept for anybody."""
        for slot in range(self.floor + 1, floor + 1):
            self._votes.pop(slot, None)
        self.floor = max(self.floor, floor)

    def install(self, snapshot: Snapshot) -> None:
        """A snapshot takes the place of all slots to its own: what was accepted there may never
        have been chosen. The promise stays, it is about ballots and not about slots.
        """
        self._votes = {slot: vote for slot, vote in self._votes.items() if slot > snapshot.slot}
        self.unsaved = {slot: vote for slot, vote in self.unsaved.items() if slot > snapshot.slot}
        self.chosen = self.floor = snapshot.slot
        self.last = max(self._votes, default=snapshot.slot)
        self.membership = Membership(snapshot.slot, snapshot.members)
        if self._bugs.snapshot_lowers_promise:
            self.promised = 0

    def records(self) -> list[str]:
        """A whole journal for what is held now."""
        votes = list(self._votes.values())
        batches = range(0, max(1, len(votes)), BATCH_ENTRIES)
        return [
            record(self.promised, self.chosen, votes[at : at + BATCH_ENTRIES]) for at in batches
        ]

    def saved(self) -> None:
        """Everything is on disk."""
        self.unsaved.clear()
        self.promise_unsaved = False
