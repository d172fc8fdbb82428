"""Who leads: when to stand for election, and whom to vote for (Raft §5.2, §5.4.1).

The pre-vote keeps a server that was cut off from forcing a new term on a healthy cluster when it
comes back (thesis §9.6). Nor does anybody vote, or take notice of a newer term, while the leader
was heard just now: a server that was removed and does not know it stands again and again (thesis
§4.2.3), and a lease rests on it (§6.4.1). The leader's own heir is the exception (§3.10).
"""

from __future__ import annotations

from targets.store.raft.bugs import Bugs
from targets.store.raft.log import Log
from targets.store.raft.messages import RequestVote, TimeoutNow, Vote
from targets.store.raft.server import Server


def up_to_date(log: Log, request: RequestVote, bugs: Bugs) -> bool:
    """Whether the candidate's log holds at least what this one's does: the later last term wins,
    then the greater length (Raft §5.4.1). That is why a leader has every committed entry.
    """
    if bugs.vote_ignores_log:
        return True
    if bugs.vote_length_only:
        return request.last_index >= log.last_index
    return (request.last_term, request.last_index) >= (log.last_term, log.last_index)


class Voting(Server):
    """A server in an election."""

    _votes: set[str]

    # Standing

    def lose_patience(self, now: float) -> None:
        """No leader was heard in time. Only a voter stands."""
        if self.name in self.log.members.voters:
            self._ask_for_pre_votes(now)
        else:
            self.leader = None
            self.patience.restart(now)

    def _ask_for_pre_votes(self, now: float) -> None:
        """Ask whether an election would be won, changing nothing durable (thesis §9.6)."""
        self.role = "pre-candidate"
        self.leader = None
        self.patience.restart(now)
        self._votes = {self.name}
        if self._won():
            self._stand(now)
        else:
            self._ask(RequestVote(self.term + 1, True, self.log.last_index, self.log.last_term))

    def _stand(self, now: float, heir: bool = False) -> None:
        """Become candidate in a new term and vote for itself (Raft §5.2)."""
        self.role = "candidate"
        self.leader = None
        self.term += 1
        self.vote = self.name
        self.vote_changed = True
        self.out.points.append("stood")
        self.patience.restart(now)
        self._votes = {self.name}
        if self._won():
            self.lead(now)
        else:
            log = self.log
            self._ask(RequestVote(self.term, False, log.last_index, log.last_term, heir))

    def _ask(self, request: RequestVote) -> None:
        for voter in self.voters:
            if voter != self.name:
                self.tell(voter, request)

    def _won(self) -> bool:
        return sum(voter in self._votes for voter in self.voters) >= self.majority

    def on_timeout_now(self, now: float, word: TimeoutNow) -> None:
        """The leader hands its office over: stand at once, without asking first (thesis §3.10)."""
        if word.term == self.term and self.role != "leader" and self.name in self.voters:
            self._stand(now, heir=True)

    # Voting

    def disregards(self, now: float, request: RequestVote) -> bool:
        """Whether a leader is there, so that nobody else may be helped to its office, or even be
        noticed (thesis §4.2.3).

        Another message may have brought this server to the candidate's term since it heard the
        leader of an older one: a lease of that leader still rests on it (§6.4.1).
        """
        if request.pre or request.heir or not self._has_leader(now):
            return False
        leases = self.settings.reads == "lease"
        return request.term > self.term or (leases and request.term == self.term)

    def _has_leader(self, now: float) -> bool:
        if self.role != "leader":
            return self.patience.leader_is_alive(now)
        since = self.reads.unheard_since()
        return since is None or now < since + self.settings.election_min

    def on_request_vote(self, now: float, sender: str, request: RequestVote) -> None:
        """Answer one; whether the sender is a member is its own affair (thesis §4.1)."""
        if request.pre:
            granted = (
                request.term > self.term
                and up_to_date(self.log, request, self.bugs)
                and not self._has_leader(now)
            )
            self.tell(sender, Vote(request.term if granted else self.term, True, granted))
            if self.bugs.double_vote:
                self.vote = None
            if self.bugs.prevote_refreshes_contact:
                self.patience.restart(now)
            return
        # One vote a term, first come first served, and it is durable before it is told (Raft §5.2).
        granted = (
            request.term == self.term
            and self.vote in (None, sender)
            and up_to_date(self.log, request, self.bugs)
        )
        if granted:
            self.vote_changed |= self.vote is None
            self.vote = sender
            self.out.points.append("granted-vote")
            self.role = "follower"
            self.patience.restart(now)
        self.tell(sender, Vote(self.term, False, granted))

    def on_vote(self, now: float, sender: str, vote: Vote) -> None:
        """Count one, if it is for what was asked."""
        asked = self.term + 1 if vote.pre else self.term
        stale = vote.term != asked and not self.bugs.stale_vote_counted
        if not vote.granted or stale:
            return
        if self.role != ("pre-candidate" if vote.pre else "candidate"):
            return
        self._votes.add(sender)
        if not self._won():
            return
        if vote.pre:
            self._stand(now)
        else:
            self.lead(now)
