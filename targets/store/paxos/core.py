"""One Multi-Paxos server, pure: events in, effects gathered for `take` (see
`targets.store.replicated`).

Every server is acceptor, learner and, at times, candidate and leader::

    acceptor     promises and votes, the durable part        ┐
    election     who may lead, and when: phase 1             │  what they share: `server`
    office       leading: phase 2, reads, members, hand-over │
    snapshots    in place of slots; catch_up, for who lags   ┘

The core takes messages to the right one, follows a leader, and says which effects wait for the
disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any

from targets.store.paxos import messages
from targets.store.paxos.acceptor import Acceptor
from targets.store.paxos.bugs import NO_BUGS, Bugs
from targets.store.paxos.catch_up import CatchUp
from targets.store.paxos.election import Election
from targets.store.paxos.membership import is_change
from targets.store.paxos.messages import (
    Accept,
    Accepted,
    Behind,
    Chunk,
    Fetch,
    Message,
    Prepare,
    Promise,
    Succeed,
)
from targets.store.paxos.office import Office
from targets.store.paxos.saved import Saved, record
from targets.store.paxos.server import Role, Server
from targets.store.paxos.snapshots import Snapshots
from targets.store.replicated import (
    Change,
    Committed,
    CoreStatus,
    Members,
    Output,
    Position,
)
from targets.store.settings import Settings

POINTS = ("saved", "stood", "promised", "elected", "proposed", "accepted", "committed")
"""Where faults can be aimed: a record was saved and nothing that promises it has been sent yet; all
others come after the messages have left: it asks for promises, it has given one, it leads, a leader
has put a command into a slot, a follower has accepted values, a leader has found a new commit.
"""

DEFAULTS = Settings()


class PaxosCore:
    """One server. `everyone` are all nodes that there are, its own name among them; `initial` are
    the members before the log says otherwise.
    """

    def __init__(
        self,
        name: str,
        everyone: Sequence[str],
        initial: Members,
        saved: Saved,
        rng: Random,
        now: float,
        settings: Settings = DEFAULTS,
        bugs: Bugs = NO_BUGS,
    ) -> None:
        self.name = name
        self._server = Server(name, everyone, initial, saved, rng, now, settings, bugs)
        self._catch_up = CatchUp(saved.snapshot)
        self._office = Office(self._server, self._catch_up, now)
        self._election = Election(self._server, self._office, self._catch_up)
        self._snapshots = Snapshots(
            self._server, self._office, self._election, self._catch_up, saved
        )
        self._delivered = 0
        self._now = now

    @property
    def acceptor(self) -> Acceptor:
        """Its durable part, for an observer."""
        return self._server.acceptor

    @property
    def snapshot(self) -> tuple[int, str]:
        """The slot and the text of the last one, for an observer; 0 and nothing before."""
        return self._catch_up.latest.slot, self._catch_up.text

    @property
    def role(self) -> Role:
        """What it is."""
        return self._server.role

    @property
    def deadline(self) -> float:
        """When `wake` must be called next."""
        office = self._office
        return self._server.patience.due if office.ballot is None else office.beat_due

    @property
    def ballot(self) -> int | None:
        """The ballot that this server leads in, None when it leads in none."""
        return self._office.ballot

    def reads_alone(self, now: float) -> bool:
        """Whether a read would be answered now, and nobody asked; for an observer."""
        return self._office.reads_alone(now)

    @property
    def commit(self) -> int:
        """All slots to this one are chosen."""
        return self._server.acceptor.chosen

    @property
    def leader(self) -> str | None:
        """Where to take requests; None while the office is being handed over."""
        server = self._server
        return None if server.role == "leader" and not self._office.serves else server.leader

    def status(self) -> CoreStatus:
        """Say what this server is; the term is the ballot that it has promised."""
        acceptor, members = self._server.acceptor, self._server.members
        return CoreStatus(
            role=self._server.role,
            term=acceptor.promised,
            commit=acceptor.chosen,
            leader=self.leader,
            snapshot=self._catch_up.latest.slot,
            last=acceptor.last,
            voters=members.voters,
            learners=members.learners,
            changing=acceptor.changing,
        )

    # Time and requests

    def wake(self, now: float) -> None:
        """Stand when no leader was heard in time; look around as leader."""
        if self._office.ballot is not None:
            self._office.look_around(now)
        elif now >= self._server.patience.due:
            self._election.time_out(now)

    def propose(self, command: str) -> Position | None:
        """Put a command into the next slot as leader (PMMC §2.3)."""
        return self._office.propose(command)

    def read(self, now: float, token: int) -> bool:
        """Take in a read as leader."""
        return self._office.read(token)

    def change(self, change: Change) -> Position | str:
        """Change the members, by one (`targets.store.paxos.membership`)."""
        return self._office.change(change)

    def transfer(self, now: float, to: str) -> str | None:
        """Begin to hand the leadership over."""
        return self._office.transfer(now, to)

    def compact(self, slot: int, state: str) -> None:
        """The state after this slot takes the place of the log before it."""
        self._snapshots.compact(slot, state)

    # Messages

    def receive(self, now: float, sender: str, message: Message) -> None:
        """Handle one message."""
        match message:
            case Accept():
                self._on_accept(now, sender, message)
            case Accepted():
                if self._office.on_accepted(sender, message):
                    self._election.stand_again(now)
            case Prepare():
                self._election.on_prepare(now, sender, message)
            case Promise():
                self._election.on_promise(now, sender, message)
            case Succeed():
                self._election.succeed(now, sender, message)
            case Behind():
                self._snapshots.on_behind(sender, message)
            case Fetch():
                self._server.send(sender, self._catch_up.serve(message))
            case Chunk():
                self._snapshots.on_chunk(now, sender, message)

    def _on_accept(self, now: float, sender: str, request: Accept) -> None:
        server = self._server
        server.hears_of(request.ballot)
        acceptor = server.acceptor
        if request.ballot < acceptor.promised and not server.bugs.accept_lower_ballot:
            server.send(sender, self._accepted(request, ()))
            return
        if request.ballot == self._office.ballot:
            return  # two leaders in one ballot: only a bug makes them, and neither obeys the other
        if server.role != "follower":
            self._election.withdraw()
        server.leader = sender
        server.patience.heard_leader(now)
        slots = tuple(
            [slot for slot, value in request.values if acceptor.accept(request.ballot, slot, value)]
        )
        if slots:
            server.out.points.append("accepted")
        acceptor.learn(request.ballot, request.commit)
        server.send(sender, self._accepted(request, slots))

    def _accepted(self, request: Accept, slots: tuple[int, ...]) -> Accepted:
        acceptor = self._server.acceptor
        return Accepted(request.ballot, acceptor.promised, slots, acceptor.chosen, request.round)

    # Effects

    def take(self, now: float) -> Output:
        """Hand over what is to be done, batched."""
        server, acceptor = self._server, self._server.acceptor
        out, server.out = server.out, Output()
        self._now = now
        self._office.take(now, out)
        self._snapshots.take(out)
        if out.anew is None and (acceptor.unsaved or acceptor.promise_unsaved):
            out.record = record(acceptor.promised, acceptor.chosen, acceptor.unsaved.values())
        if out.restore is not None:
            self._delivered = out.restore.slot
        for slot in range(self._delivered + 1, acceptor.chosen + 1):
            value = acceptor.value(slot)
            command = "" if is_change(value.command) else value.command
            out.committed.append(Committed(Position(slot, value.term), command))
        self._delivered = acceptor.chosen
        return out

    def saved(self) -> None:
        """What was to be saved is on disk: now this server's own votes count."""
        slots = list(self._server.acceptor.unsaved)
        self._server.acceptor.saved()
        if self._office.saved(slots):
            self._election.stand_again(self._now)

    # The wire

    def encode(self, message: Message) -> Sequence[Any]:
        """See `messages`."""
        return messages.encode(message)

    def decode(self, fields: Sequence[Any]) -> Message:
        """See `messages`."""
        return messages.decode(fields)
