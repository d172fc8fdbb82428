"""Linearizable reads that write nothing to the log: ReadIndex, and leases (thesis §6.4).

::

    read arrives ──▶ note the commit index ──▶ a round of messages ──▶ answer from a state that
                     (once an entry of this     is answered by a        has applied that index
                      term is committed)        majority
                              │                                           ▲
                              └─────────── a lease holds ─────────────────┘

A leader may be deposed without knowing. Had anybody committed a newer write before the read
arrived, a majority would have moved to a newer term, and at least one of the round's answers
would be missing. The round must begin after the read arrived, hence its number.

A fresh leader knows of everything committed before it only when its own first entry, the no-op, is
committed (Raft §8), so reads wait for that.

Leases
------
Who has heard a leader helps nobody else to its office for `election_min` (`timing.Patience`). So
from the moment when a round was *sent* that a majority then answered, nobody can take over for that
long, and the leader may answer at once (thesis §6.4.1). Both sides measure with their own clocks:
the lease is shorter by `MAX_DRIFT`, and clocks that differ by more, or that jump, break it. A
leader that hands its office over gives its lease up first, for its heir need not wait.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from typing import Any

from targets.store.settings import Settings

MAX_DRIFT = 2.0
"""No node's clock is assumed to run more than this many times as fast as another's."""

_REMEMBERED = 64


def lease_seconds(settings: Settings, bugs: Any = None) -> float:
    """How long after a round was sent its majority can be trusted; 0 when reads go by rounds."""
    if settings.reads != "lease":
        return 0.0
    if getattr(bugs, "lease_too_long", False):
        return 5 * settings.election_max
    if getattr(bugs, "lease_ignores_drift", False):
        return settings.election_min
    return settings.election_min / MAX_DRIFT


class Reads:
    """The reads of one leader in one term, and the rounds of messages that it sends.

    Args:
        name: the leader's.
        voters: who may confirm, and `majority` how many of them must; see `recount`.
        lease: seconds, 0 for none; see `lease_seconds`.
        now: when the office began. That counts as round 0, answered by all; it gives no lease.
        reuse: the mistake to count answers of a round that began before the read.
    """

    def __init__(
        self,
        name: str,
        voters: Sequence[str],
        majority: int,
        lease: float,
        now: float,
        reuse: bool = False,
    ) -> None:
        self._name = name
        self._voters = voters
        self._majority = majority
        self._lease = lease
        self._next = 0 if reuse else 1
        self._early: list[int] = []
        self._pending: deque[tuple[int, int]] = deque()
        self._acked: dict[str, int] = {}
        self._sent: deque[tuple[int, float]] = deque([(0, now)])
        self.round = 0

    def recount(self, voters: Sequence[str], majority: int) -> None:
        """Others are asked from now on."""
        self._voters, self._majority = voters, majority

    def add(self, token: int, term_committed: bool) -> None:
        """Take a read in; it belongs to the next round, or waits for the first commit."""
        if term_committed:
            self._pending.append((self.round + self._next, token))
        else:
            self._early.append(token)

    def term_committed(self) -> None:
        """An entry of this leader's own term is committed: the reads that waited may start."""
        for token in self._early:
            self._pending.append((self.round + self._next, token))
        self._early.clear()

    def begin_round(self, now: float, beat: bool) -> bool:
        """Start a round on a heartbeat, or when a read needs one: every follower must be sent a
        message then.
        """
        needed = beat or (bool(self._pending) and self._pending[-1][0] > self.round)
        if needed:
            self.round += 1
            self._sent.append((self.round, now))
            if len(self._sent) > _REMEMBERED:
                del self._sent[2]  # an older round's time stands for it, which is on the safe side
        return needed

    def acked(self, peer: str, round_: int) -> None:
        """A follower answered a message of that round in this leader's term, so it had not moved
        to a newer one when that round began.
        """
        if round_ > self._acked.get(peer, 0):
            self._acked[peer] = round_

    def confirmed(self) -> list[int]:
        """Tokens of the reads that a majority has confirmed."""
        if not self._pending:
            return []
        reached = self._reached()
        tokens = []
        while self._pending and self._pending[0][0] <= reached:
            tokens.append(self._pending.popleft()[1])
        return tokens

    def on_lease(self, now: float) -> list[int]:
        """Tokens of the reads that need no round, because a lease holds."""
        if not self._pending or not self._holds(*self._heard(), now):
            return []
        tokens = [token for _, token in self._pending]
        self._pending.clear()
        return tokens

    def alone(self, now: float) -> bool:
        """Whether a read that came now would be answered at once, and nobody asked: an observer may
        want to know, so this changes nothing.
        """
        reached = self._reached()
        round_, sent = [each for at, each in enumerate(self._sent) if not at or each[0] <= reached][
            -1
        ]
        return self.round + self._next <= reached or self._holds(round_, sent, now)

    def end_lease(self) -> None:
        """There is none any more in this term: somebody may be elected at once."""
        self._lease = 0.0

    def unheard_since(self) -> float | None:
        """When the first round was sent that no majority has answered yet; None: all are."""
        reached, _ = self._heard()
        return self._sent[1][1] if self.round > reached and len(self._sent) > 1 else None

    def unanswered(self) -> list[int]:
        """Tokens of all reads that are not confirmed."""
        return [*self._early, *(token for _, token in self._pending)]

    def _reached(self) -> int:
        """The youngest round that a majority has answered; the leader has, if it is a voter."""
        rounds = [
            self.round if voter == self._name else self._acked.get(voter, 0)
            for voter in self._voters
        ]
        rounds.sort(reverse=True)
        return rounds[self._majority - 1]

    def _holds(self, round_: int, sent: float, now: float) -> bool:
        """Whether a lease by this round does. Without one the time says nothing: a clock may have
        been set back to before any round.
        """
        return bool(self._lease and round_) and now < sent + self._lease

    def _heard(self) -> tuple[int, float]:
        """That round, and when it was sent (or some earlier time)."""
        reached = self._reached()
        while len(self._sent) > 1 and self._sent[1][0] <= reached:
            self._sent.popleft()
        return self._sent[0]
