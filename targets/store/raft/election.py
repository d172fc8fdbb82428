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

from random import Random

from targets.store.raft.bugs import Bugs
from targets.store.raft.log import Log
from targets.store.raft.messages import RequestVote
from targets.store.timing import Patience, Timing


def majority(members: int, bugs: Bugs) -> int:
    """How many servers decide: any two such sets share a server (Raft §5.2)."""
    return members // 2 if bugs.quorum_off_by_one else members // 2 + 1


def up_to_date(log: Log, request: RequestVote) -> bool:
    """Whether the candidate's log holds at least what this one's does: the later last term wins,
    then the greater length (Raft §5.4.1). That is why a leader has every committed entry.
    """
    return (request.last_term, request.last_index) >= (log.last_term, log.last_index)


class Election(Patience):
    """The time-out and the votes of one server."""

    def __init__(self, timing: Timing, rng: Random, now: float) -> None:
        super().__init__(timing, rng, now)
        self.votes: set[str] = set()
