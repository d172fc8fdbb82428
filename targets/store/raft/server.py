"""What one Raft server is, and what its roles share (Raft, figure 2, "state").

::

                 time-out            a majority would         a majority did
    follower ─────────────▶ pre-candidate ──────▶ candidate ──────▶ leader
        ▲                        │ term unchanged     │ term + 1       │
        └────────────────────────┴────────────────────┴────────────────┘
                     a leader or a higher term was heard of

`voting` is the way to the right, `following` and `leading` what a server does where it is.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Literal

from targets.store.raft.bugs import Bugs
from targets.store.raft.log import Log
from targets.store.raft.messages import Message
from targets.store.raft.saved import START, Saved
from targets.store.reads import Reads
from targets.store.replicated import Members, Output, Restore
from targets.store.settings import Settings
from targets.store.timing import Patience

Role = Literal["follower", "pre-candidate", "candidate", "leader"]


class Server:
    """The state of a server. What is persistent is what `saved` has: see there."""

    def __init__(
        self,
        name: str,
        initial: Members,
        saved: Saved,
        rng: Random,
        now: float,
        settings: Settings,
        bugs: Bugs,
    ) -> None:
        self.name = name
        self.term = 0 if bugs.term_not_persisted else saved.term
        self.vote = None if bugs.term_not_persisted or bugs.vote_not_persisted else saved.vote
        snapshot = saved.snapshot
        start, members = (snapshot.position, snapshot.members) if snapshot else (START, initial)
        batch = settings.batch_entries
        self.log = Log(saved.entries, saved.base, members, start.slot, bugs, batch)
        self.commit = start.slot
        self.role: Role = "follower"
        self.leader: str | None = None
        self.snapshot = (start, snapshot.write()) if snapshot else None
        self.settings = settings
        self.bugs = bugs
        self.patience = Patience(settings.timing, rng, now)
        self.reads = self.new_reads(now)
        self.vote_changed = False
        self.renewed = saved.journal_is_old
        """Whether the journal is to be made anew."""
        self.delivered = self.started_at = start.slot
        self.restore = Restore(start.slot, snapshot.state) if snapshot else None
        self.out = Output()

    # Who decides

    @property
    def voters(self) -> Sequence[str]:
        """Who is counted."""
        voters, learners = self.log.members
        return (*voters, *learners) if self.bugs.nonvoter_counted else voters

    @property
    def majority(self) -> int:
        """How many voters decide: any two such sets share a server (Raft §5.2)."""
        count = len(self.log.members.voters)
        return count // 2 if self.bugs.quorum_off_by_one else count // 2 + 1

    def new_reads(self, now: float) -> Reads:
        """None yet, for an office that begins now; see `leading`."""
        raise NotImplementedError

    def lead(self, now: float) -> None:
        """Take office; see `leading`."""
        raise NotImplementedError

    # What happens to every server

    def follow(self, term: int, now: float) -> None:
        """Enter a newer term (Raft §5.1); whoever leads it has yet to show."""
        self.step_down(now)
        self.term = term
        self.vote = None
        self.vote_changed = True

    def step_down(self, now: float) -> None:
        """Lead no more, and know nobody who does."""
        if self.role == "leader":
            self.out.lost_reads.extend(self.reads.unanswered())
            self.patience.restart(now)
        self.role = "follower"
        self.leader = None

    def obey(self, now: float, sender: str) -> bool:
        """A message of this term's leader arrived. False when this server leads it itself: only a
        bug makes two leaders in one term, and neither obeys the other.
        """
        if self.role == "leader":
            return False
        self.role = "follower"
        self.leader = sender
        self.patience.heard_leader(now)
        return True

    def tell(self, peer: str, message: Message) -> None:
        """Send once what this server has promised is on its disk."""
        self.out.messages.append((peer, message))
