"""One Raft server, pure: events in, effects gathered for `take` (`targets.store.replicated`)."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from targets.store.members import PREFIX
from targets.store.raft import messages
from targets.store.raft.bugs import NO_BUGS, Bugs
from targets.store.raft.following import Following
from targets.store.raft.leading import Leading
from targets.store.raft.messages import (
    Append,
    Appended,
    Install,
    Installed,
    Message,
    RequestVote,
    TimeoutNow,
    Vote,
)
from targets.store.raft.saved import Saved, anew, record
from targets.store.raft.snapshot import Snapshot
from targets.store.raft.voting import Voting
from targets.store.replicated import Committed, CoreStatus, Members, Output, Position
from targets.store.settings import Settings

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

_DEFAULT = Settings()


class RaftCore(Voting, Following, Leading):
    """A server that may become, and cease to be, a member.

    Args:
        name: its own.
        everyone: all servers that can be reached, itself among them.
        initial: the first members, the same at every server; its snapshot and its log know better.
        saved: what it remembers.
        now: the time.
        settings, bugs: as they say.
    """

    def __init__(
        self,
        name: str,
        everyone: Sequence[str],
        initial: Members,
        saved: Saved,
        rng: Random,
        now: float,
        settings: Settings = _DEFAULT,
        bugs: Bugs = NO_BUGS,
    ) -> None:
        super().__init__(name, initial, saved, rng, now, settings, bugs)
        self.everyone = everyone
        self._now = now
        self._trailing = settings.snapshot_entries // 2

    @property
    def deadline(self) -> float:
        """When `wake` must be called next."""
        return self.beat_due if self.role == "leader" else self.patience.due

    def status(self) -> CoreStatus:
        """Say what this server is. The members are those that are settled: a change that is not
        committed yet may still be undone. (A new leader may not know yet that it is.)
        """
        log = self.log
        slot = self.snapshot[0].slot if self.snapshot else 0
        voters, learners = log.members_at(self.commit)
        return CoreStatus(
            role=self.role,
            term=self.term,
            commit=self.commit,
            leader=self.leader,
            snapshot=slot,
            last=log.last_index,
            voters=voters,
            learners=learners,
            changing=log.members_index > self.commit,
        )

    # Events

    def wake(self, now: float) -> None:
        """Stand for election when no leader was heard in time; look around as leader."""
        if self.role == "leader":
            self.look_around(now)
        elif now >= self.patience.due:
            self.lose_patience(now)

    def receive(self, now: float, sender: str, message: Message) -> None:
        """Handle one message; terms come first (Raft §5.1)."""
        if isinstance(message, RequestVote) and self.disregards(now, message):
            return
        if message.term > self.term and not _is_pre_vote_talk(message):
            self.follow(message.term, now)
        match message:
            case Append():
                self.on_append(now, sender, message)
            case Appended() | Installed():
                self.on_answer(now, sender, message)
            case RequestVote():
                self.on_request_vote(now, sender, message)
            case Vote():
                self.on_vote(now, sender, message)
            case Install():
                self.on_install(now, sender, message)
            case TimeoutNow():
                self.on_timeout_now(now, message)

    def compact(self, slot: int, state: str) -> None:
        """Take a snapshot, and keep some entries before it for followers that are a little behind:
        they need no snapshot then.
        """
        position = Position(slot, self.log.term(slot))
        self.keep(Snapshot(position, self.log.members_at(slot), state))
        self.log.compact(max(0, slot - self._trailing))

    # Effects

    def take(self, now: float) -> Output:
        """Hand over what is to be done, batched."""
        self._now = now
        out, self.out = self.out, Output()
        if self.role == "leader":
            self.send(now, out)
        if self.renewed:
            out.anew = anew(self.term, self.vote, *self.log.all())
        else:
            unsaved = self.log.unsaved()
            if unsaved is not None or self.vote_changed:
                out.record = record(self.term, self.vote, unsaved)
        out.restore, self.restore = self.restore, None
        if out.restore is not None and self.bugs.snapshot_off_by_one:
            self.delivered += 1
        self._deliver(out)
        return out

    def _deliver(self, out: Output) -> None:
        log = self.log
        end = min(self.commit, log.last_index)
        if self.bugs.apply_before_commit and self.role == "leader":
            end = log.last_index
        last = end
        if self.bugs.commit_page_skips:
            last = min(end, self.delivered + 16)
        for index in range(self.delivered + 1, last + 1):
            term, command = log.entry(index)
            if command.startswith(PREFIX):
                command = ""  # it has been obeyed since it was appended
            out.committed.append(Committed(Position(index, term), command))
        self.delivered = max(self.delivered, end)

    def saved(self) -> None:
        """The last record is on disk: now this server's own copy counts (thesis §10.2.1)."""
        self.log.saved()
        self.vote_changed = self.renewed = False
        if self.role == "leader":
            self.advance_commit(self._now)

    # The wire

    def encode(self, message: Message) -> Sequence[Any]:
        """See `messages`."""
        return messages.encode(message)

    def decode(self, fields: Sequence[Any]) -> Message:
        """See `messages`."""
        return messages.decode(fields)


def _is_pre_vote_talk(message: Message) -> bool:
    """A pre-vote names a term that nobody may ever enter, so it moves no term."""
    return (isinstance(message, RequestVote) and message.pre) or (
        isinstance(message, Vote) and message.pre and message.granted
    )
