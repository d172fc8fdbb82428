"""What a leader does: it replicates, commits, serves reads, changes the members and hands over.

It stays leader while a majority answers: one that hears none for `election_max` steps down, so that
clients look elsewhere (check-quorum, thesis §6.2).
"""

from __future__ import annotations

from collections.abc import Sequence

from targets.store import members as texts
from targets.store.raft.messages import Appended, Entry, Installed, TimeoutNow
from targets.store.raft.replication import Followers
from targets.store.raft.server import Server
from targets.store.reads import Reads, lease_seconds
from targets.store.replicated import Change, Output, Position


class Leading(Server):
    """A server in office."""

    everyone: Sequence[str]
    beat_due = 0.0
    _followers: Followers
    _heir: str | None = None
    _heir_until = 0.0
    _heir_told = False

    def new_reads(self, now: float) -> Reads:
        """See `Server`."""
        lease = lease_seconds(self.settings, self.bugs)
        reuse = self.bugs.readindex_ack_reuse
        return Reads(self.name, self.voters, self.majority, lease, now, reuse)

    def lead(self, now: float) -> None:
        """Become leader: a no-op makes earlier terms' entries committable (Raft §8)."""
        self.role = "leader"
        self.leader = self.name
        self.beat_due = now
        self._heir = None
        self._followers = Followers(self.term, self.bugs)
        self.reads = self.new_reads(now)
        self._count_members()
        self.log.append(Entry(self.term, ""))
        self.out.points.append("elected")

    def _count_members(self) -> None:
        """A configuration holds from the moment it is in the log (thesis §4.1). Who leaves by it
        is sent entries until it is committed, so that it knows.
        """
        voters, learners = self.log.members
        members = [*voters, *learners]
        if self.log.members_index > self.commit:
            before = self.log.members_at(self.log.members_index - 1)
            members += [name for name in (*before.voters, *before.learners) if name not in members]
        peers = [name for name in members if name != self.name]
        self._followers.follow(peers, self.log.last_index)
        self.reads.recount(self.voters, self.majority)

    # Requests

    def propose(self, command: str) -> Position | None:
        """Append a command as leader (Raft §5.3); not while it hands over (thesis §3.10)."""
        if self.role != "leader" or self._heir is not None:
            return None
        self.out.points.append("appended")
        return Position(self.log.append(Entry(self.term, command)), self.term)

    def read(self, now: float, token: int) -> bool:
        """Take in a read as leader (thesis §6.4)."""
        if self.bugs.follower_local_read or (self.bugs.leader_local_read and self.role == "leader"):
            self.out.reads.append(token)
            return True
        if self.bugs.replay_missing and self.delivered == self.started_at:
            self.out.reads.append(token)
            return True
        if self.role != "leader":
            return False
        early = self.bugs.readindex_before_term_commit
        self.reads.add(token, early or self._term_committed())
        return True

    def change(self, change: Change) -> Position | str:
        """Append the members after this step, one step at a time (thesis §4.1), and none before an
        entry of this term is committed: an uncommitted step of an older leader may still be at
        work elsewhere (Ongaro, raft-dev, 2015: "bug in single-server membership changes").
        """
        if self.role != "leader":
            return f"{self.name} does not lead; {self.leader or 'nobody known'} does"
        if self._heir is not None:
            return f"{self._heir} is about to take over"
        if not self._term_committed() and not self.bugs.conf_before_term_commit:
            return "the leader has committed nothing of its own term yet"
        if self.log.members_index > self.commit:
            return "another change is under way"
        members = texts.changed(self.log.members, change, self.everyone)
        if isinstance(members, str):
            return members
        if change.action == "promote" and self._followers.match(change.server) < self.commit:
            return f"{change.server} has yet to catch up"
        self.out.points.append("appended")
        slot = self.log.append(Entry(self.term, texts.write(members)))
        self._count_members()
        return Position(slot, self.term)

    def transfer(self, now: float, to: str) -> str | None:
        """Begin to hand over (thesis §3.10): commands wait until the heir has stood, or has not for
        the time of an election. Its lease is over for good: the word to stand may arrive late.
        """
        if self.role != "leader":
            return f"{self.name} does not lead; {self.leader or 'nobody known'} does"
        if to == self.name or to not in self.log.members.voters:
            return f"{to} is no other voter"
        if self._heir is not None:
            return f"{self._heir} is about to take over"
        self._heir, self._heir_until, self._heir_told = to, now + self.settings.election_max, False
        if not self.bugs.lease_kept_on_transfer:
            self.reads.end_lease()
        return None

    # Answers

    def on_answer(self, now: float, sender: str, reply: Appended | Installed) -> None:
        """Whatever an answer says, it confirms the office (thesis §6.4)."""
        if self.role != "leader" or reply.term != self.term:
            return
        self.reads.acked(sender, reply.round)
        self._followers.answered(sender, reply)
        self.advance_commit(now)

    def advance_commit(self, now: float) -> None:
        """Commit what a majority has on disk, if it is of the own term; what lies before it is
        committed with it (Raft §5.4.2: counting copies of older terms is not safe).
        """
        log = self.log
        index = self._followers.on_majority(log.stable, self.name, self.voters, self.majority)
        counts = log.term(index) == self.term or self.bugs.commit_old_term_entry
        if index > self.commit and counts:
            settled = self.commit < log.members_index <= index
            self.commit = index
            self.out.points.append("committed")
            self.reads.term_committed()
            if settled:
                self._members_settled(now)

    def _members_settled(self, now: float) -> None:
        """The change of members is committed: a leader that is no member goes (thesis §4.2.2), and
        has whoever has most of its log stand at once (§3.10).
        """
        if self.name in self.log.members.voters:
            self._count_members()
        else:
            heir = max(self.log.members.voters, key=self._followers.match)
            self.out.messages.append((heir, TimeoutNow(self.term)))
            self.step_down(now)

    def _term_committed(self) -> bool:
        return self.log.term(self.commit) == self.term

    # Time

    def look_around(self, now: float) -> None:
        """Give up an office that no majority confirms, and an heir that does not stand."""
        if self._heir is not None and now >= self._heir_until:
            self._heir = None
        since = self.reads.unheard_since()
        patience = self.settings.election_max
        if self.settings.check_quorum and since is not None and now >= since + patience:
            self.step_down(now)

    def send(self, now: float, out: Output) -> None:
        """Entries go out while the leader's own disk is still writing them (thesis §10.2.1), but
        never before the term in which they are sent is durable.
        """
        beat = now >= self.beat_due
        if beat:
            self.beat_due = now + self.settings.heartbeat
        out.reads.extend(self.reads.on_lease(now))
        beat |= self.reads.begin_round(now, beat)
        messages = self._followers.messages(
            self.log, self.snapshot, self.commit, self.reads.round, beat
        )
        (out.messages if self.vote_changed else out.early).extend(messages)
        out.reads.extend(self.reads.confirmed())
        self._tell_heir(beat, out)

    def _tell_heir(self, beat: bool, out: Output) -> None:
        """Once it has the whole log it may stand (thesis §3.10); again with every heartbeat."""
        heir = self._heir
        if heir is None or (self._heir_told and not beat):
            return
        if self._followers.match(heir) == self.log.last_index:
            self._heir_told = True
            out.messages.append((heir, TimeoutNow(self.term)))
