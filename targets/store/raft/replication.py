"""How followers get the leader's log: what the leader knows of each of them, and what to send next.

::

    leader's log   1  2  3  4  5  6  7  8
    follower             ▲     ▲
                     match     next          3 and before are known to be there and synced;
                                             4 and 5 are on their way; 6 goes next

While a follower's log is unknown it is probed: one message at a time. Once an answer agreed,
messages are pipelined (thesis §10.2.1): `next` moves on sending. A message that was lost shows by
the next one's being rejected, a heartbeat's included, since it names the entry before `next`; then
it is back to probing.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from targets.store.raft.log import Log
from targets.store.raft.messages import Append, Appended, Entry

PIPELINE = 16


class Follower:
    """What the leader knows of one follower in its own term."""

    def __init__(self, last_index: int) -> None:
        self.next = last_index + 1
        self.match = 0
        self.probing = True
        self._probed = False
        self._on_the_way: deque[int] = deque()

    def answered(self, reply: Appended) -> None:
        """Take in an answer of the current term, however late."""
        if reply.ok:
            self.match = max(self.match, reply.match)
            self.next = max(self.next, self.match + 1)
            self.probing = False
            while self._on_the_way and self._on_the_way[0] <= self.match:
                self._on_the_way.popleft()
        elif reply.prev < self.next and not (self.probing and reply.prev != self.next - 1):
            self.next = min(reply.match, reply.prev - 1) + 1
            self.probing = True
            self._probed = False
            self._on_the_way.clear()

    def due(self, log: Log, beat: bool) -> list[tuple[int, tuple[Entry, ...]]]:
        """Batches (first index, entries) to send now; an empty one is a heartbeat."""
        if self.probing:
            if self._probed and not beat:
                return []
            self._probed = True
            return [(self.next, log.batch(self.next))]
        batches = []
        while self.next <= log.last_index and len(self._on_the_way) < PIPELINE:
            batch = log.batch(self.next)
            batches.append((self.next, batch))
            self.next += len(batch)
            self._on_the_way.append(self.next - 1)
        if beat and not batches:
            batches.append((self.next, ()))
        return batches


class Followers:
    """All followers of one leader."""

    def __init__(self, peers: Sequence[str], last_index: int) -> None:
        self._followers = {peer: Follower(last_index) for peer in peers}

    def answered(self, peer: str, reply: Appended) -> None:
        """Take in a follower's answer."""
        self._followers[peer].answered(reply)

    def appends(
        self, term: int, log: Log, commit: int, round_: int, beat: bool
    ) -> list[tuple[str, Append]]:
        """Every message that should go out now; with `beat` at least one to each follower."""
        out: list[tuple[str, Append]] = []
        message: Append | None = None
        for peer, follower in self._followers.items():
            for first, entries in follower.due(log, beat):
                prev = first - 1
                if message is None or prev != message.prev_index or entries != message.entries:
                    message = Append(term, prev, log.term(prev), entries, commit, round_)
                out.append((peer, message))
        return out

    def on_majority(self, own: int, majority: int) -> int:
        """The greatest index that a majority holds on disk, `own` being this server's."""
        matches = sorted([own, *(f.match for f in self._followers.values())], reverse=True)
        return matches[majority - 1]
