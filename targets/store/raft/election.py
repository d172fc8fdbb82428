"""Who leads: when to stand for election, and whom to vote for.

::

                 time-out            a majority would         a majority did
    follower ─────────────▶ pre-candidate ──────▶ candidate ──────▶ leader
        ▲                        │ term unchanged     │ term + 1       │
        └────────────────────────┴────────────────────┴────────────────┘
                     a leader or a higher term was heard of

The pre-vote keeps a server that was cut off from forcing a new term on a healthy cluster when it
comes back (thesis §9.6).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf
from random import Random

from targets.store.raft.bugs import Bugs
from targets.store.raft.log import Log
from targets.store.raft.messages import RequestVote


@dataclass(frozen=True)
class Timing:
    """Seconds. A leader's silence of `election_min` to `election_max` starts an election.

    Raft §5.6 asks for broadcast time well below election time-out: the defaults leave room for a
    busy machine with two cores and a slow disk.
    """

    election_min: float = 0.3
    election_max: float = 0.6
    heartbeat: float = 0.06


DEFAULT_TIMING = Timing()


def majority(members: int, bugs: Bugs) -> int:
    """How many servers decide: any two such sets share a server (Raft §5.2)."""
    return members // 2 if bugs.quorum_off_by_one else members // 2 + 1


def up_to_date(log: Log, request: RequestVote) -> bool:
    """Whether the candidate's log holds at least what this one's does: the later last term wins,
    then the greater length (Raft §5.4.1). That is why a leader has every committed entry.
    """
    return (request.last_term, request.last_index) >= (log.last_term, log.last_index)


class Election:
    """The time-out and the votes of one server."""

    def __init__(self, timing: Timing, rng: Random, now: float) -> None:
        self._timing = timing
        self._rng = rng
        self._leader_heard = -inf
        self.votes: set[str] = set()
        self.due = 0.0
        self.restart(now)

    def restart(self, now: float) -> None:
        """Wait a fresh random time, so that two servers seldom stand at once (Raft §5.2)."""
        self.due = now + self._rng.uniform(self._timing.election_min, self._timing.election_max)

    def heard_leader(self, now: float) -> None:
        """A message of the current leader arrived."""
        self._leader_heard = now
        self.restart(now)

    def leader_is_alive(self, now: float) -> bool:
        """Whether a leader was heard within the least time-out: no pre-vote then (thesis §9.6)."""
        return now < self._leader_heard + self._timing.election_min
