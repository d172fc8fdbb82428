"""Phase 1 over all open slots at once (Simple §3; PMMC §2.4, the scout).

A candidate asks a majority for a promise and for what they accepted beyond the slots it knows to be
chosen. For each such slot it must propose the value of the highest ballot it is told of: that one
may be chosen already (Simple P2c). A slot that nobody of the majority accepted anything for can't
be chosen; below the highest it is a gap, filled with a no-op. Beyond a change of the members others
vote (`targets.store.paxos.membership`): there it stops.
"""

from __future__ import annotations

from collections.abc import Sequence

from targets.store.paxos.bugs import Bugs
from targets.store.paxos.membership import is_change
from targets.store.paxos.messages import Promise, Value, Vote
from targets.store.paxos.server import majority

NO_OP = ""


class Candidacy:
    """One server's attempt at one ballot; `heir_of` as in `messages.Prepare`."""

    def __init__(
        self, ballot: int, pre: bool, first: int, voters: Sequence[str], heir_of: int, bugs: Bugs
    ) -> None:
        self.ballot = ballot
        self.pre = pre
        self.first = first
        self.heir_of = heir_of
        self._voters = voters
        self._majority = majority(voters, bugs)
        self._bugs = bugs
        self._promised: set[str] = set()
        self._best: dict[int, Vote] = {}

    def take(self, sender: str, promise: Promise) -> int | None:
        """Take in an answer that was granted; the slot to ask this acceptor from next, if any."""
        if sender not in self._voters and not self._bugs.nonvoter_counted:
            return None
        for vote in promise.votes:
            known = self._best.get(vote.slot)
            higher = known is None or vote.ballot > known.ballot
            if self._bugs.adopt_first_not_highest:
                higher = known is None
            if higher:
                self._best[vote.slot] = vote
        if promise.more and not self._bugs.promise_page_skips:
            return promise.votes[-1].slot + 1
        self._promised.add(sender)
        return None

    @property
    def won(self) -> bool:
        """Whether a majority has promised, and told all."""
        return len(self._promised) >= self._majority

    def proposals(self) -> tuple[list[Value], bool]:
        """What must be proposed for the slots from `first` on, to the highest that was told of, or
        to a change of the members: that is True then.
        """
        top = max(self._best, default=self.first - 1)
        found = []
        for slot in range(self.first, top + 1):
            vote = self._best.get(slot)
            if vote is None or self._bugs.ignore_accepted_value:
                found.append(Value(self.ballot, NO_OP))
            else:
                found.append(vote.value)
                if is_change(vote.value.command) and not self._bugs.candidate_passes_change:
                    return found, True
        return found, False
