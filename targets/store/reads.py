"""ReadIndex: linearizable reads that write nothing to the log (thesis §6.4).

::

    read arrives ──▶ note the commit index ──▶ a round of heartbeats ──▶ answer from a state that
                     (once an entry of this     is answered by a         has applied that index
                      term is committed)        majority

A leader may be deposed without knowing. Had anybody committed a newer write before the read
arrived, a majority would have moved to a newer term, and at least one of the round's answers
would be missing. The round must begin after the read arrived, hence its number.

A fresh leader knows of everything committed before it only when its own first entry, the no-op, is
committed (Raft §8), so reads wait for that.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence


class Reads:
    """The reads of one leader in one term."""

    def __init__(self, peers: Sequence[str], majority: int) -> None:
        self._majority = majority
        self._early: list[int] = []
        self._pending: deque[tuple[int, int]] = deque()
        self._acked = dict.fromkeys(peers, 0)
        self.round = 0

    def add(self, token: int, term_committed: bool) -> None:
        """Take a read in; it belongs to the next round, or waits for the first commit."""
        if term_committed:
            self._pending.append((self.round + 1, token))
        else:
            self._early.append(token)

    def term_committed(self) -> None:
        """An entry of this leader's own term is committed: the reads that waited may start."""
        for token in self._early:
            self._pending.append((self.round + 1, token))
        self._early.clear()

    def begin_round(self) -> bool:
        """Start a round when a read needs one: every follower must be sent a message then."""
        needed = bool(self._pending) and self._pending[-1][0] > self.round
        self.round += needed
        return needed

    def acked(self, peer: str, round_: int) -> None:
        """A follower answered a message of that round in this leader's term, so it had not moved
        to a newer one when that round began.
        """
        self._acked[peer] = max(self._acked[peer], round_)

    def confirmed(self) -> list[int]:
        """Tokens of the reads that a majority has confirmed; this leader is one of it."""
        if not self._pending:
            return []
        acks = sorted([self.round, *self._acked.values()], reverse=True)
        reached = acks[self._majority - 1]
        tokens = []
        while self._pending and self._pending[0][0] <= reached:
            tokens.append(self._pending.popleft()[1])
        return tokens

    def unanswered(self) -> list[int]:
        """Tokens of all reads that are not confirmed."""
        return [*self._early, *(token for _, token in self._pending)]
