"""One Raft server, pure: events in, effects gathered for `take` (see `targets.store.replicated`).

The core owns what is persistent (term, vote, log), the role, and the commit index; it leaves
time-outs and votes to `election`, followers' progress to `replication` and ReadIndex to `reads`.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Literal

from targets.store.raft import messages
from targets.store.raft.bugs import NO_BUGS, Bugs
from targets.store.raft.election import Election, majority, up_to_date
from targets.store.raft.log import Log
from targets.store.raft.messages import Append, Appended, Entry, Message, RequestVote, Vote
from targets.store.raft.replication import Followers
from targets.store.raft.saved import Saved, record
from targets.store.reads import Reads
from targets.store.replicated import Committed, CoreStatus, Output, Position
from targets.store.timing import DEFAULT_TIMING, Timing

Role = Literal["follower", "pre-candidate", "candidate", "leader"]


POINTS = (
    "saved",
    "stood",
    "granted-vote",
    "elected",
    "appended",
    "accepted",
    "committed",
)
"""Where faults can be aimed: a record was saved and nothing that promises it has been sent yet; all
others come after the messages have left: it asks for votes, it has given its vote, it leads, a
leader has taken in a command, a follower has accepted entries, a leader has found a new commit.
"""


class RaftCore:
    """A server of a fixed set of members, its own name among them."""

    def __init__(
        self,
        name: str,
        members: Sequence[str],
        saved: Saved,
        rng: Random,
        now: float,
        timing: Timing = DEFAULT_TIMING,
        bugs: Bugs = NO_BUGS,
    ) -> None:
        self.name = name
        self.term = 0 if bugs.term_not_persisted else saved.term
        self.vote = None if bugs.term_not_persisted else saved.vote
        self.log = Log(saved.entries)
        self.commit = 0
        self.role: Role = "follower"
        self.leader: str | None = None
        self._peers = tuple(member for member in members if member != name)
        self._majority = majority(len(members), bugs)
        self._timing = timing
        self._bugs = bugs
        self._election = Election(timing, rng, now)
        self._followers = Followers((), 0)
        self._reads = Reads((), self._majority)
        self._beat_due = now
        self._vote_changed = False
        self._delivered = 0
        self._out = Output()

    @property
    def deadline(self) -> float:
        """When `wake` must be called next."""
        return self._beat_due if self.role == "leader" else self._election.due

    def status(self) -> CoreStatus:
        """Say what this server is."""
        return CoreStatus(self.role, self.term, self.commit, self.leader)

    # Time

    def wake(self, now: float) -> None:
        """Stand for election when no leader was heard in time; a leader only needs to `take`."""
        if self.role != "leader" and now >= self._election.due:
            self._ask_for_pre_votes(now)

    # Requests

    def propose(self, command: str) -> Position | None:
        """Append a command as leader (Raft §5.3)."""
        if self.role != "leader":
            return None
        self._out.points.append("appended")
        return Position(self.log.append(Entry(self.term, command)), self.term)

    def read(self, token: int) -> bool:
        """Take in a read as leader (thesis §6.4)."""
        if self._bugs.follower_local_read or (
            self._bugs.leader_local_read and self.role == "leader"
        ):
            self._out.reads.append(token)
            return True
        if self.role != "leader":
            return False
        self._reads.add(token, self._term_committed())
        return True

    # Messages

    def receive(self, now: float, sender: str, message: Message) -> None:
        """Handle one message; terms come first (Raft §5.1)."""
        if message.term > self.term and not self._is_pre_vote_talk(message):
            self._follow(message.term, now)
        match message:
            case RequestVote():
                self._on_request_vote(now, sender, message)
            case Vote():
                self._on_vote(now, sender, message)
            case Append():
                self._on_append(now, sender, message)
            case Appended():
                self._on_appended(sender, message)

    @staticmethod
    def _is_pre_vote_talk(message: Message) -> bool:
        """A pre-vote names a term that nobody may ever enter, so it moves no term."""
        return (isinstance(message, RequestVote) and message.pre) or (
            isinstance(message, Vote) and message.pre and message.granted
        )

    # Election

    def _ask_for_pre_votes(self, now: float) -> None:
        """Ask whether an election would be won, changing nothing durable (thesis §9.6)."""
        self.role = "pre-candidate"
        self.leader = None
        self._election.restart(now)
        self._election.votes = {self.name}
        if len(self._election.votes) >= self._majority:
            self._stand(now)
        else:
            self._ask(RequestVote(self.term + 1, True, self.log.last_index, self.log.last_term))

    def _stand(self, now: float) -> None:
        """Become candidate in a new term and vote for itself (Raft §5.2)."""
        self.role = "candidate"
        self.leader = None
        self.term += 1
        self.vote = self.name
        self._vote_changed = True
        self._out.points.append("stood")
        self._election.restart(now)
        self._election.votes = {self.name}
        if len(self._election.votes) >= self._majority:
            self._lead(now)
        else:
            self._ask(RequestVote(self.term, False, self.log.last_index, self.log.last_term))

    def _ask(self, request: RequestVote) -> None:
        self._out.messages.extend((peer, request) for peer in self._peers)

    def _on_request_vote(self, now: float, sender: str, request: RequestVote) -> None:
        if request.pre:
            granted = (
                request.term > self.term
                and up_to_date(self.log, request)
                and self.role != "leader"
                and not self._election.leader_is_alive(now)
            )
            self._reply(sender, Vote(request.term if granted else self.term, True, granted))
            return
        # One vote a term, first come first served, and it is durable before it is told (Raft §5.2).
        granted = (
            request.term == self.term
            and self.vote in (None, sender)
            and up_to_date(self.log, request)
        )
        if granted:
            self._vote_changed |= self.vote is None
            self.vote = sender
            self._out.points.append("granted-vote")
            self.role = "follower"
            self._election.restart(now)
        self._reply(sender, Vote(self.term, False, granted))

    def _on_vote(self, now: float, sender: str, vote: Vote) -> None:
        asked = self.term + 1 if vote.pre else self.term
        if not vote.granted or vote.term != asked:
            return
        if self.role != ("pre-candidate" if vote.pre else "candidate"):
            return
        self._election.votes.add(sender)
        if len(self._election.votes) < self._majority:
            return
        if vote.pre:
            self._stand(now)
        else:
            self._lead(now)

    def _lead(self, now: float) -> None:
        """Become leader: a no-op makes earlier terms' entries committable (Raft §8)."""
        self.role = "leader"
        self.leader = self.name
        self._followers = Followers(self._peers, self.log.last_index)
        self._reads = Reads(self._peers, self._majority)
        self._beat_due = now
        self.log.append(Entry(self.term, ""))
        self._out.points.append("elected")

    def _follow(self, term: int, now: float) -> None:
        """Enter a newer term (Raft §5.1); whoever leads it has yet to show."""
        if self.role == "leader":
            self._out.lost_reads.extend(self._reads.unanswered())
            self._election.restart(now)
        self.role = "follower"
        self.leader = None
        self.term = term
        self.vote = None
        self._vote_changed = True

    # Replication

    def _on_append(self, now: float, sender: str, request: Append) -> None:
        if request.term < self.term:
            self._reply(sender, Appended(self.term, False, 0, request.prev_index, request.round))
            return
        if self.role == "leader":
            return  # two leaders in one term: only a bug makes them, and neither obeys the other
        self.role = "follower"
        self.leader = sender
        self._election.heard_leader(now)
        self._reply(sender, self._accept(request))

    def _accept(self, request: Append) -> Appended:
        """Make the log match the request, where it can (Raft figure 2, AppendEntries 2 to 5)."""
        prev = request.prev_index
        if self.log.term(prev) != request.prev_term:
            index = self.log.last_possible_match(prev)
            return Appended(self.term, False, index, prev, request.round)
        first = prev + 1
        end = first + len(request.entries)
        # Only what conflicts is cut: a late request must not take back what was acknowledged since.
        start = self.log.conflict(first, request.entries)
        if self._bugs.truncate_on_append:
            start = first
            self.log.replace_from(start, ())
        if start < end:
            self.log.replace_from(start, request.entries[start - first :])
            self._out.points.append("accepted")
        # Beyond the request's last entry nothing is known to match the leader's log.
        self.commit = max(self.commit, min(request.commit, end - 1))
        return Appended(self.term, True, end - 1, prev, request.round)

    def _on_appended(self, sender: str, reply: Appended) -> None:
        if self.role != "leader" or reply.term != self.term:
            return
        self._reads.acked(sender, reply.round)
        self._followers.answered(sender, reply)
        self._advance_commit()

    def _advance_commit(self) -> None:
        """Commit what a majority has on disk, if it is of the own term; what lies before it is
        committed with it (Raft §5.4.2: counting copies of older terms is not safe).
        """
        index = self._followers.on_majority(self.log.stable, self._majority)
        if index > self.commit and self.log.term(index) == self.term:
            self.commit = index
            self._out.points.append("committed")
            self._reads.term_committed()

    def _term_committed(self) -> bool:
        return self.log.term(self.commit) == self.term

    def _reply(self, peer: str, message: Message) -> None:
        self._out.messages.append((peer, message))

    # Effects

    def take(self, now: float) -> Output:
        """Hand over what is to be done, batched."""
        out, self._out = self._out, Output()
        if self.role == "leader":
            self._send_appends(now, out)
            out.reads.extend(self._reads.confirmed())
        unsaved = self.log.unsaved()
        if unsaved is not None or self._vote_changed:
            out.record = record(self.term, self.vote, unsaved)
        end = min(self.commit, self.log.last_index)
        for index in range(self._delivered + 1, end + 1):
            entry = self.log.entry(index)
            out.committed.append(Committed(Position(index, entry.term), entry.command))
        self._delivered = max(self._delivered, end)
        return out

    def _send_appends(self, now: float, out: Output) -> None:
        """Entries go out while the leader's own disk is still writing them (thesis §10.2.1), but
        never before the term in which they are sent is durable.
        """
        beat = now >= self._beat_due
        if beat:
            self._beat_due = now + self._timing.heartbeat
        beat |= self._reads.begin_round()
        appends = self._followers.appends(self.term, self.log, self.commit, self._reads.round, beat)
        (out.messages if self._vote_changed else out.early).extend(appends)

    def saved(self) -> None:
        """The last record is on disk: now this server's own copy counts (thesis §10.2.1)."""
        self.log.saved()
        self._vote_changed = False
        if self.role == "leader":
            self._advance_commit()

    # The wire

    def encode(self, message: Message) -> Sequence[Any]:
        """See `messages`."""
        return messages.encode(message)

    def decode(self, fields: Sequence[Any]) -> Message:
        """See `messages`."""
        return messages.decode(fields)
