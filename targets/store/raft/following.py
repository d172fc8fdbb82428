"""How a follower makes its log the leader's: entry by entry, or with a whole snapshot.

The same for a learner, and for a server that is not a member yet: a configuration that makes it one
comes to it in the log (thesis §4.1).
"""

from __future__ import annotations

from targets.store.raft.messages import Append, Appended, Install, Installed
from targets.store.raft.saved import START
from targets.store.raft.server import Server
from targets.store.raft.snapshot import Arriving, Snapshot
from targets.store.replicated import Restore


class Following(Server):
    """A server that takes in what a leader sends."""

    _arriving: Arriving | None = None

    def on_append(self, now: float, sender: str, request: Append) -> None:
        """Entries, or a heartbeat (Raft figure 2, AppendEntries)."""
        if request.term < self.term and not self.bugs.accept_old_term_append:
            self.tell(sender, Appended(self.term, False, 0, request.prev_index, request.round))
        elif self.obey(now, sender):
            self.tell(sender, self._accept(request))

    def _accept(self, request: Append) -> Appended:
        """Make the log match the request, where it can (Raft figure 2, AppendEntries 2 to 5)."""
        log, prev, entries = self.log, request.prev_index, request.entries
        if prev < log.base:
            # What is in the snapshot is committed, so the leader has the same there.
            entries = entries[log.base - prev :]
            first = log.base + 1
        elif not self._agrees(prev, request.prev_term):
            index = log.last_possible_match(prev)
            return Appended(self.term, False, index, prev, request.round)
        else:
            first = prev + 1
        end = first + len(entries)
        # Only what conflicts is cut: a late request must not take back what was acknowledged since.
        start = log.conflict(first, entries)
        if self.bugs.truncate_on_append:
            start = first
            log.replace_from(start, ())
        if start < end:
            log.replace_from(start, entries[start - first :])
            self.out.points.append("accepted")
            if self.bugs.rejoin_blank_member and self._was_added(start):
                return Appended(self.term, False, self._wiped(), prev, request.round)
        # Beyond the request's last entry nothing is known to match the leader's log.
        known = min(request.commit, log.last_index if self.bugs.commit_to_own_last else end - 1)
        self.commit = known if self.bugs.commit_index_regress else max(self.commit, known)
        return Appended(self.term, True, end - 1, prev, request.round)

    def _agrees(self, prev: int, term: int) -> bool:
        """Whether the log holds the leader's entry there, and so all before it (Raft §5.3)."""
        if self.bugs.no_prev_term_check:
            return prev <= self.log.last_index
        return self.log.term(prev) == term

    def _was_added(self, first: int) -> bool:
        """Whether an entry from there on has made this server a learner."""
        log = self.log
        here = log.members_index >= first and self.name in log.members.learners
        return here and self.name not in log.members_at(first - 1).learners

    def _wiped(self) -> int:
        """The mistake to begin with nothing, the vote included; returns what is left."""
        self.log.reset(START, self.log.members)
        self.commit, self.vote, self.renewed = 0, None, True
        return 0

    def on_install(self, now: float, sender: str, request: Install) -> None:
        """A piece of a snapshot (Raft figure 13, InstallSnapshot)."""
        if request.term < self.term:
            self.tell(sender, Installed(self.term, request.slot, 0, request.round))
        elif self.obey(now, sender):
            received = self._collect(request)
            self.tell(sender, Installed(self.term, request.slot, received, request.round))

    def _collect(self, request: Install) -> int:
        """Take the piece in; returns how much is here. What is known to be committed through the
        snapshot's end needs no snapshot, and must not go back to one.
        """
        if request.slot <= self.commit and not self.bugs.old_snapshot_installed:
            self._arriving = None
            return request.size
        arriving = self._arriving
        if arriving is None or arriving.key != (request.term, request.slot, request.size):
            arriving = self._arriving = Arriving(request.term, request.slot, request.size)
        arriving.take(request.offset, request.data)
        snapshot = arriving.whole()
        if snapshot is not None:
            self._arriving = None
            self._install(snapshot)
        return arriving.received

    def _install(self, snapshot: Snapshot) -> None:
        """Put it in place of the state, and of the log unless that goes on from it (Raft §7)."""
        position, members, state = snapshot
        if self.log.term(position.slot) == position.term:
            self.log.compact(position.slot)
        else:
            self.log.reset(position, members)
        self.commit = self.delivered = position.slot
        self.restore = Restore(position.slot, state)
        if self.bugs.snapshot_lowers_term:
            self.term, self.vote, self.vote_changed = position.term, None, True
        self.keep(snapshot)

    def keep(self, snapshot: Snapshot) -> None:
        """Save this snapshot, and the log as it is now, with the next `take`."""
        self.snapshot = (snapshot.position, snapshot.write())
        self.out.snapshot = self.snapshot[1]
        self.renewed = True
