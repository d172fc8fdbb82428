"""The leader's office: taking it, proposing, reading, handing it over, losing it.

::

    elected ──▶ recover ──▶ serve ──▶ hand over ──▶ (the heir's Prepare ends it, or time goes by)
                   │          ▲            └────────────── serve again
                   └─ a change of the members was recovered: lead to there, then stand again

A leader that hears no majority for longer than an election takes steps down (as Raft's, thesis
§6.2): somebody else may lead already, and its clients should not wait for it.
"""

from __future__ import annotations

from math import inf

from targets.store import members as steps
from targets.store.paxos import membership
from targets.store.paxos.candidate import NO_OP, Candidacy
from targets.store.paxos.catch_up import CatchUp
from targets.store.paxos.messages import Accept, Accepted, Succeed, Value
from targets.store.paxos.server import Server, majority
from targets.store.paxos.tenure import Tenure
from targets.store.reads import Reads, lease_seconds
from targets.store.replicated import Change, Output, Position

PROMOTABLE = 200
"""Slots that a learner may lag and still become a voter: it would hold up the others for long."""


class Office:
    """One server as leader, when it is that."""

    def __init__(self, server: Server, catch_up: CatchUp, now: float) -> None:
        self._server = server
        self._catch_up = catch_up
        self._tenure: Tenure | None = None
        self._reads = self._new_reads(now)
        self._barrier = 0
        self._partial = False
        self._handed_until: float | None = None
        self._dismissed = False
        self.beat_due = now

    @property
    def ballot(self) -> int | None:
        """The ballot that this server leads in, None when it leads in none."""
        return None if self._tenure is None else self._tenure.ballot

    @property
    def serves(self) -> bool:
        """Whether commands and reads are taken."""
        return self._server.role == "leader" and self._handed_until is None

    def enter(self, now: float, candidacy: Candidacy) -> None:
        """Propose again what may be chosen already, gaps filled with no-ops (Simple §3)."""
        server = self._server
        members = server.members
        tenure = Tenure(candidacy.ballot, server.acceptor, server.name, members, server.bugs)
        self._tenure = tenure
        self.beat_due = now
        self._handed_until = None
        self._dismissed = False
        self._reads = self._new_reads(now)
        values, self._partial = candidacy.proposals()
        for value in values:
            tenure.propose(value)
        if self._partial:
            return  # Still a candidate: see `targets.store.paxos.membership`, rule 3.
        # Something of its own: with it chosen, so is all that may have been chosen before.
        self._barrier = tenure.propose(Value(candidacy.ballot, NO_OP))
        server.role, server.leader = "leader", server.name
        server.out.points.append("elected")

    def leave(self) -> None:
        """Lead no more."""
        if self._tenure is not None:
            self._server.out.lost_reads.extend(self._reads.unanswered())
            self._tenure = None
            self._handed_until = None

    def _new_reads(self, now: float) -> Reads:
        server = self._server
        voters = server.members.voters
        lease = lease_seconds(server.settings, server.bugs)
        reuse = server.bugs.readindex_ack_reuse
        return Reads(server.name, voters, majority(voters, server.bugs), lease, now, reuse)

    # Requests

    def propose(self, command: str) -> Position | None:
        """Put a command into the next slot (PMMC §2.3)."""
        if self._tenure is None or not self.serves:
            return None
        self._server.out.points.append("proposed")
        ballot = self._tenure.ballot
        return Position(self._tenure.propose(Value(ballot, command)), ballot)

    def read(self, token: int) -> bool:
        """Take in a read: it waits for a round of answers, and for the barrier."""
        bugs = self._server.bugs
        if (
            bugs.follower_local_read
            or (bugs.leader_local_read and self.serves)
            or (bugs.read_skips_inflight and self.serves and not self._past_barrier())
        ):
            self._server.out.reads.append(token)
            return True
        if not self.serves:
            return False
        self._reads.add(token, self._past_barrier())
        return True

    def change(self, change: Change) -> Position | str:
        """Put a change of the members into the next slot, if it makes sense."""
        if self._tenure is None or not self.serves:
            return f"{self._server.name} does not lead"
        if self._tenure.change is not None and not self._server.bugs.change_not_awaited:
            return "another change is under way"
        members = steps.changed(self._server.members, change, self._server.everyone)
        if isinstance(members, str):
            return members
        if change.action == "promote" and not self._tenure.near(change.server, PROMOTABLE):
            return f"{change.server} has yet to catch up"
        ballot = self._tenure.ballot
        return Position(self._tenure.propose(Value(ballot, membership.command(change))), ballot)

    def transfer(self, now: float, to: str) -> str | None:
        """Have this voter stand at once, and take no commands meanwhile (thesis §3.10, for Raft).

        An heir that only a snapshot can help would not win. The lease is over for good: the word to
        stand may arrive late.
        """
        server, tenure = self._server, self._tenure
        if tenure is None or not self.serves:
            return f"{server.name} does not lead"
        if to == server.name or to not in server.members.voters:
            return f"{to} is no other voter"
        if tenure.lags(to):
            return f"{to} has yet to catch up"
        if not server.bugs.lease_kept_on_transfer:
            self._reads.end_lease()
        server.send(to, Succeed(tenure.ballot))
        self._handed_until = now + server.timing.election_max
        return None

    # Answers

    def on_accepted(self, sender: str, reply: Accepted) -> bool:
        """Take in an answer to an Accept; True if this server must stand again to go on leading."""
        self._server.hears_of(reply.promised)
        tenure = self._tenure
        if tenure is None or reply.ballot != tenure.ballot:
            return False
        if reply.promised > tenure.ballot and not reply.slots:
            # It promised somebody else: this ballot is over, a higher one may win it back.
            return True
        self._reads.acked(sender, reply.round)
        tenure.answered(sender, reply)
        return self._chosen(tenure)

    def saved(self, slots: list[int]) -> bool:
        """These votes of its own are on disk; True if this server must stand again."""
        tenure = self._tenure
        if tenure is None:
            return False
        tenure.voted(self._server.name, slots)
        return self._chosen(tenure)

    def _chosen(self, tenure: Tenure) -> bool:
        if tenure.commit <= self._server.acceptor.chosen:
            return False
        self._server.acceptor.learn(tenure.ballot, tenure.commit)
        self._server.out.points.append("committed")
        if tenure.change is not None and tenure.commit >= tenure.change:
            if self._partial:
                return True
            self._others_vote(tenure)
        if self._past_barrier():
            self._reads.term_committed()
        return False

    def _others_vote(self, tenure: Tenure) -> None:
        """The members have changed. Who was removed learns of it by the next heartbeat; a leader
        that was removed itself names an heir then, and has nothing to do after that.
        """
        server = self._server
        tenure.enter(server.members)
        voters = server.members.voters
        self._reads.recount(voters, majority(voters, server.bugs))
        self._dismissed = not server.is_voter
        self.beat_due = -inf

    def _past_barrier(self) -> bool:
        """Whether all that any earlier leader may have had chosen is known to this one."""
        return self._server.acceptor.chosen >= self._barrier

    # Time

    def heard(self, now: float, seconds: float) -> bool:
        """Whether, for all it knows, a majority has heard this leader within these seconds."""
        since = self._reads.unheard_since()
        return since is None or now < since + seconds

    def reads_alone(self, now: float) -> bool:
        """Whether a read would be answered now, and nobody asked."""
        return self.serves and self._past_barrier() and self._reads.alone(now)

    def look_around(self, now: float) -> None:
        """Give up an heir that does not stand, and an office that no majority confirms."""
        if self._handed_until is not None and now >= self._handed_until:
            self._handed_until = None
        server = self._server
        if server.settings.check_quorum and not self.heard(now, server.timing.election_max):
            self._resign(now, server.out)

    # Effects

    def take(self, now: float, out: Output) -> None:
        """Send what is due, and serve the reads that are confirmed."""
        tenure = self._tenure
        if tenure is None:
            return
        self._send_accepts(now, tenure, out)
        out.reads.extend(self._reads.confirmed())
        if self._dismissed:
            heir = tenure.foremost()
            if heir is not None:
                out.messages.append((heir, Succeed(tenure.ballot)))
            self._resign(now, out)

    def _send_accepts(self, now: float, tenure: Tenure, out: Output) -> None:
        """Values go out while the leader's own disk is still writing them: its own vote counts
        only once it is durable. Not before its promise is, though.
        """
        beat = now >= self.beat_due
        if beat:
            self.beat_due = now + self._server.timing.heartbeat
        out.reads.extend(self._reads.on_lease(now))
        beat |= self._reads.begin_round(now, beat)
        into = out.messages if self._server.acceptor.promise_unsaved else out.early
        for peer in tenure.followers:
            values = tenure.due(peer, beat)
            if values is not None:
                accept = Accept(tenure.ballot, values, tenure.commit, self._reads.round)
                into.append((peer, accept))
            if beat and tenure.lags(peer):
                into.append((peer, self._catch_up.latest))

    def _resign(self, now: float, out: Output) -> None:
        out.lost_reads.extend(self._reads.unanswered())
        self._tenure = None
        self._handed_until = None
        self._server.role, self._server.leader = "follower", None
        self._server.patience.restart(now)
