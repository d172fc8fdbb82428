"""How followers get the leader's log: what the leader knows of each of them, and what to send next.

::

    leader's log  [3]  4  5  6  7  8  9
    follower                ▲     ▲
                        match     next          5 and before are known to be there and synced;
                                                6 and 7 are on their way; 8 goes next

While a follower's log is unknown it is probed: one message at a time. Once an answer agreed,
messages are pipelined (thesis §10.2.1): `next` moves on sending. A message that was lost shows by
the next one's being rejected, a heartbeat's included, since it names the entry before `next`; then
it is back to probing.

A follower whose next entry has gone into a snapshot gets that first (Raft §7).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Sequence

from targets.store.raft.bugs import NO_BUGS, Bugs
from targets.store.raft.log import Log
from targets.store.raft.messages import Append, Appended, Entry, Install, Installed
from targets.store.raft.snapshot import Sending
from targets.store.replicated import Position

PIPELINE = 16


class Follower:
    """What the leader knows of one follower in its own term."""

    def __init__(self, last_index: int, bugs: Bugs = NO_BUGS) -> None:
        self.next = last_index + 1
        self.match = 0
        self.probing = True
        self.sending: Sending | None = None
        self._probed = False
        self._on_the_way: deque[int] = deque()
        self._bugs = bugs

    def answered(self, reply: Appended) -> None:
        """Take in an answer of the current term, however late."""
        if reply.ok:
            self._has(reply.match)
        elif reply.prev < self.next and not (self.probing and reply.prev != self.next - 1):
            self.next = min(reply.match, reply.prev - 1) + 1
            self.probing = True
            self._probed = False
            self._on_the_way.clear()

    def installed(self, reply: Installed) -> None:
        """Take in how much of a snapshot it has, however late the answer is."""
        sending = self.sending
        if sending is None or sending.position.slot != reply.slot:
            return
        if sending.answered(reply.received):
            self.sending = None
            self._has(reply.slot)

    def _has(self, match: int) -> None:
        self.match = match if self._bugs.match_index_regress else max(self.match, match)
        self.next = max(self.next, self.match + 1)
        self.probing = False
        while self._on_the_way and self._on_the_way[0] <= self.match:
            self._on_the_way.popleft()

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
            if self._bugs.optimistic_match:
                self.match = self.next - 1
        if beat and not batches:
            batches.append((self.next, ()))
        return batches


class Followers:
    """All followers of one leader. What it sends them is of one term."""

    def __init__(self, term: int, bugs: Bugs = NO_BUGS) -> None:
        self._term = term
        self._bugs = bugs
        self._followers: dict[str, Follower] = {}

    def follow(self, peers: Iterable[str], last_index: int) -> None:
        """These are the followers from now on; the log ends there for those who are new."""
        old = self._followers
        self._followers = {p: old.get(p) or Follower(last_index, self._bugs) for p in peers}

    def match(self, peer: str) -> int:
        """How far this peer's log is known to be the leader's; 0 for who is no follower."""
        follower = self._followers.get(peer)
        return follower.match if follower else 0

    def answered(self, peer: str, reply: Appended | Installed) -> None:
        """Take in an answer; whoever follows no more has nothing to say."""
        follower = self._followers.get(peer)
        if follower is None:
            return
        if isinstance(reply, Appended):
            follower.answered(reply)
        else:
            follower.installed(reply)

    def messages(
        self, log: Log, snapshot: tuple[Position, str] | None, commit: int, round_: int, beat: bool
    ) -> list[tuple[str, Append | Install]]:
        """Every message that should go out now; with `beat` at least one to each follower."""
        out: list[tuple[str, Append | Install]] = []
        message: Append | None = None
        for peer, follower in self._followers.items():
            if follower.next <= log.base and snapshot is not None:
                piece = self._piece(follower, snapshot, round_, beat)
                if piece is not None:
                    out.append((peer, piece))
                continue
            follower.sending = None
            for first, entries in follower.due(log, beat):
                prev = first - 1
                if message is None or prev != message.prev_index or entries != message.entries:
                    message = Append(self._term, prev, log.term(prev), entries, commit, round_)
                out.append((peer, message))
        return out

    def _piece(
        self, follower: Follower, snapshot: tuple[Position, str], round_: int, beat: bool
    ) -> Install | None:
        """The next piece of a snapshot; one that is under way is finished, if newer ones exist."""
        sending = follower.sending
        if sending is None:
            sending = follower.sending = Sending(*snapshot)
        data = sending.due(beat)
        if data is None:
            return None
        slot, term = sending.position
        size = len(sending.text)
        return Install(self._term, slot, term, sending.offset, size, data, round_)

    def on_majority(self, own: int, name: str, voters: Sequence[str], majority: int) -> int:
        """The greatest index that a majority of the voters holds on disk; `own` is the leader's."""
        matches = [own if voter == name else self.match(voter) for voter in voters]
        matches.sort(reverse=True)
        return matches[majority - 1]
