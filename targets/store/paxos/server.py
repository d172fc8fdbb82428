"""What the roles of one server share: its name, its acceptor, who leads as far as it knows, and the
effects that gather until the core's `take`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from random import Random
from typing import Literal

from targets.store.paxos.acceptor import Acceptor
from targets.store.paxos.bugs import Bugs
from targets.store.paxos.messages import Message
from targets.store.paxos.saved import Saved
from targets.store.replicated import Members, Output
from targets.store.settings import Settings
from targets.store.timing import Patience

Role = Literal["follower", "pre-candidate", "candidate", "leader"]


class Server:
    """See `targets.store.paxos.core.PaxosCore` for the arguments."""

    def __init__(
        self,
        name: str,
        everyone: Sequence[str],
        initial: Members,
        saved: Saved,
        rng: Random,
        now: float,
        settings: Settings,
        bugs: Bugs,
    ) -> None:
        self.name = name
        self.number = sorted(everyone).index(name)
        self.everyone = sorted(everyone)
        self.settings = settings
        self.timing = settings.timing
        self.bugs = bugs
        self.acceptor = Acceptor(saved, initial, bugs, settings.batch_entries)
        self.patience = Patience(self.timing, rng, now)
        self.role: Role = "follower"
        self.leader: str | None = None
        self.highest = self.acceptor.promised
        """The highest ballot heard of."""
        self.out = Output()

    @property
    def members(self) -> Members:
        """After all slots that this server knows to be chosen."""
        return self.acceptor.membership.current

    @property
    def is_voter(self) -> bool:
        """Whether this server is a voter, as far as it knows."""
        return self.name in self.members.voters

    def hears_of(self, ballot: int) -> None:
        """Its own next one will be above."""
        self.highest = max(self.highest, ballot)

    def send(self, peer: str, message: Message) -> None:
        """Once all that is unsaved is on disk."""
        self.out.messages.append((peer, message))

    def ask(self, peers: Iterable[str], message: Message) -> None:
        """Send it to all of these but this server itself."""
        self.out.messages.extend((peer, message) for peer in peers if peer != self.name)


def majority(voters: Sequence[str], bugs: Bugs) -> int:
    """How many of these any two groups of that size share a server of (Simple §2.2)."""
    if bugs.quorum_half:
        return max(1, len(voters) // 2)
    return len(voters) // 2 + 1
