"""When a snapshot takes the place of slots: of its own, or of somebody else's that reaches further
(Live §5.5). `catch_up` brings the latter here.
"""

from __future__ import annotations

from targets.store.paxos.catch_up import CatchUp
from targets.store.paxos.election import Election
from targets.store.paxos.messages import Behind, Chunk, Fetch
from targets.store.paxos.office import Office
from targets.store.paxos.saved import Saved, Snapshot
from targets.store.paxos.server import Server
from targets.store.replicated import Output, Restore


class Snapshots:
    """One server's, from the one on that it has `saved`."""

    def __init__(
        self,
        server: Server,
        office: Office,
        election: Election,
        catch_up: CatchUp,
        saved: Saved,
    ) -> None:
        self._server = server
        self._office = office
        self._election = election
        self._catch_up = catch_up
        self._trailing = server.settings.snapshot_entries // 2
        self._unsaved: str | None = None
        self._renewed = saved.journal_is_old
        """Whether the journal is to be made anew."""
        self._restore: Restore | None = None
        if saved.snapshot is not None:
            self._restore = Restore(saved.snapshot.slot, saved.snapshot.state)

    def compact(self, slot: int, state: str) -> None:
        """The state after this slot takes the place of the log before it, but for some slots that
        a server which is slightly behind will ask for.
        """
        acceptor, bugs = self._server.acceptor, self._server.bugs
        slot += bugs.snapshot_off_by_one
        at = self._catch_up.latest.slot if bugs.snapshot_stale_conf else slot
        snapshot = Snapshot(slot, acceptor.membership.at(at), state)
        self._keep(snapshot, snapshot.text())
        acceptor.membership.forget(slot)
        acceptor.forget(slot - self._trailing)

    def _keep(self, snapshot: Snapshot, text: str) -> None:
        self._catch_up.keep(snapshot.slot, text)
        self._unsaved = text
        self._renewed = True

    def on_behind(self, sender: str, word: Behind) -> None:
        """A leader lacks nothing for long: what is chosen already, others tell it."""
        chosen = self._server.acceptor.chosen
        if self._office.ballot is None and word.slot > chosen:
            request = self._catch_up.behind(sender, word, chosen)
            if request is not None:
                self._server.send(sender, request)

    def on_chunk(self, now: float, sender: str, chunk: Chunk) -> None:
        """A piece of somebody else's arrived."""
        following = self._catch_up.receive(sender, chunk)
        if isinstance(following, Fetch):
            self._server.send(sender, following)
        elif following is not None:
            self._install(now, Snapshot.parse(following), following)

    def _install(self, now: float, snapshot: Snapshot, text: str) -> None:
        """Go on from the snapshot, unless what it has was learned by other ways meanwhile. A
        candidate asked for slots that are settled now: it must ask anew.
        """
        server = self._server
        if self._office.ballot is not None:
            return
        if snapshot.slot <= server.acceptor.chosen and not server.bugs.old_snapshot_installed:
            return
        if server.role != "follower":
            self._election.withdraw()
            server.patience.restart(now)
        server.acceptor.install(snapshot)
        self._keep(snapshot, text)
        self._restore = Restore(snapshot.slot, snapshot.state)

    def take(self, out: Output) -> None:
        """Have saved and loaded what has come to be since the last time."""
        out.snapshot, self._unsaved = self._unsaved, None
        if self._renewed:
            out.anew, self._renewed = self._server.acceptor.records(), False
        out.restore, self._restore = self._restore, None
