"""One Multi-Paxos server, pure: events in, effects gathered for `take` (see
`targets.store.replicated`).

Every server is acceptor, learner and, at times, candidate and leader. The durable part stands in
`acceptor`, phase 1 in `candidate`, phase 2 in `tenure`. The core decides who may stand when: a
leader that is heard is left alone (Live §5.2, a master with a lease), and which effects wait for
the disk.
"""

from __future__ import annotations

from collections.abc import Sequence
from random import Random
from typing import Any, Literal

from targets.store.paxos import ballot as ballots
from targets.store.paxos import messages
from targets.store.paxos.acceptor import Acceptor
from targets.store.paxos.bugs import NO_BUGS, Bugs
from targets.store.paxos.candidate import NO_OP, Candidacy
from targets.store.paxos.messages import Accept, Accepted, Message, Prepare, Promise, Value
from targets.store.paxos.saved import Saved, record
from targets.store.paxos.tenure import Tenure
from targets.store.reads import Reads
from targets.store.replicated import Committed, CoreStatus, Output, Position
from targets.store.timing import DEFAULT_TIMING, Patience, Timing

Role = Literal["follower", "pre-candidate", "candidate", "leader"]

POINTS = ("saved", "stood", "promised", "elected", "proposed", "accepted", "committed")
"""Where faults can be aimed: a record was saved and nothing that promises it has been sent yet; all
others come after the messages have left: it asks for promises, it has given one, it leads, a leader
has put a command into a slot, a follower has accepted values, a leader has found a new commit.
"""


class PaxosCore:
    """A server of a fixed set of members, its own name among them."""

    def __init__(
        self,
        name: str,
        members: Sequence[str],
        saved: Saved,
        rng: Random,
        now: float,
        timing: Timing = DEFAULT_TIMING,
        bugs: Bugs = NO_BUGS,
    ) -> None:
        self.name = name
        self.role: Role = "follower"
        self.leader: str | None = None
        self.acceptor = Acceptor(saved, bugs)
        self._members = sorted(members)
        self._peers = [member for member in self._members if member != name]
        self._number = self._members.index(name)
        self._majority = max(1, len(members) // 2) if bugs.quorum_half else len(members) // 2 + 1
        self._timing = timing
        self._bugs = bugs
        self._patience = Patience(timing, rng, now)
        self._candidacy: Candidacy | None = None
        self._tenure: Tenure | None = None
        self._barrier = 0
        self._highest = self.acceptor.promised
        self._reads = Reads((), self._majority)
        self._beat_due = now
        self._delivered = 0
        self._out = Output()

    @property
    def deadline(self) -> float:
        """When `wake` must be called next."""
        return self._beat_due if self._tenure is not None else self._patience.due

    @property
    def ballot(self) -> int | None:
        """The ballot that this server leads, None when it leads none."""
        return None if self._tenure is None else self._tenure.ballot

    @property
    def commit(self) -> int:
        """All slots to this one are chosen."""
        return self.acceptor.chosen

    def status(self) -> CoreStatus:
        """Say what this server is; the term is the ballot that it has promised."""
        return CoreStatus(self.role, self.acceptor.promised, self.commit, self.leader)

    # Time

    def wake(self, now: float) -> None:
        """Stand when no leader was heard in time; a leader only needs to `take`."""
        if self._tenure is None and now >= self._patience.due:
            self._stand(now, pre=True)

    # Requests

    def propose(self, command: str) -> Position | None:
        """Put a command into the next slot as leader (PMMC §2.3)."""
        if self._tenure is None:
            return None
        self._out.points.append("proposed")
        ballot = self._tenure.ballot
        return Position(self._tenure.propose(Value(ballot, command)), ballot)

    def read(self, token: int) -> bool:
        """Take in a read as leader: it waits for a round of answers, and for the barrier."""
        if self._tenure is None:
            return False
        if self._bugs.read_skips_inflight and not self._past_barrier():
            self._out.reads.append(token)
            return True
        self._reads.add(token, self._past_barrier())
        return True

    # Messages

    def receive(self, now: float, sender: str, message: Message) -> None:
        """Handle one message."""
        match message:
            case Prepare():
                self._on_prepare(now, sender, message)
            case Promise():
                self._on_promise(now, sender, message)
            case Accept():
                self._on_accept(now, sender, message)
            case Accepted():
                self._on_accepted(now, sender, message)

    # Phase 1

    def _stand(self, now: float, pre: bool) -> None:
        """Ask for promises in a ballot above all that were seen; with `pre` ask if one would."""
        self._leave_office()
        self._patience.restart(now)
        if not pre:
            self._out.points.append("stood")
        self.role = "pre-candidate" if pre else "candidate"
        self.leader = None
        above = max(self._highest, self.acceptor.promised)
        ballot = ballots.above(above, self._number, self._bugs)
        first = self.acceptor.chosen + 1
        self._candidacy = Candidacy(ballot, pre, first, self._majority, self._bugs)
        self._tell_all(Prepare(ballot, pre, first))
        if not pre:
            self.acceptor.promise(ballot)
        self._answer_self(now, first)

    def _answer_self(self, now: float, first: int) -> None:
        """This server is an acceptor like the others."""
        candidacy = self._candidacy
        while candidacy is not None:
            votes, more = ((), False) if candidacy.pre else self.acceptor.votes(first)
            ballot = candidacy.ballot
            told = Promise(ballot, candidacy.pre, True, ballot, votes, more)
            following = candidacy.take(self.name, told)
            if following is None:
                break
            first = following
        self._count(now)

    def _on_prepare(self, now: float, sender: str, request: Prepare) -> None:
        """A leader that was heard lately is left alone, whoever else asks (Live §5.2)."""
        self._highest = max(self._highest, request.ballot)
        settled = self._leads_or_hears(now) and sender != self.leader
        willing = request.ballot >= self.acceptor.promised or self._bugs.promise_lower_ballot
        if request.pre or settled:
            granted = request.pre and willing and not settled
            reply = Promise(request.ballot, request.pre, granted, self.acceptor.promised, (), False)
            self._reply(sender, reply)
            return
        granted = self.acceptor.promise(request.ballot)
        votes, more = self.acceptor.votes(request.first) if granted else ((), False)
        if granted:
            self._leave_office()
            self.leader = None
            self._patience.restart(now)
            self._out.points.append("promised")
        promised = self.acceptor.promised
        self._reply(sender, Promise(request.ballot, False, granted, promised, votes, more))

    def _leads_or_hears(self, now: float) -> bool:
        return self._tenure is not None or self._patience.leader_is_alive(now)

    def _on_promise(self, now: float, sender: str, reply: Promise) -> None:
        self._highest = max(self._highest, reply.promised)
        candidacy = self._candidacy
        if candidacy is None or not reply.granted or reply.pre != candidacy.pre:
            return
        if reply.ballot != candidacy.ballot and not self._bugs.stale_promise_counted:
            return
        following = candidacy.take(sender, reply)
        if following is not None:
            self._reply(sender, Prepare(candidacy.ballot, False, following))
            return
        self._count(now)

    def _count(self, now: float) -> None:
        candidacy = self._candidacy
        if candidacy is None or not candidacy.won:
            return
        if candidacy.pre:
            self._stand(now, pre=False)
        else:
            self._lead(now, candidacy)

    # Phase 2

    def _lead(self, now: float, candidacy: Candidacy) -> None:
        """Propose again what may be chosen already, gaps filled with no-ops (Simple §3)."""
        self._candidacy = None
        self.role, self.leader = "leader", self.name
        self._tenure = Tenure(
            candidacy.ballot, self.acceptor, self._peers, self._majority, self._bugs
        )
        self._reads = Reads(self._peers, self._majority)
        self._beat_due = now
        for slot, value in candidacy.proposals():
            placed = self._tenure.propose(value)
            assert placed == slot, "proposals follow what is chosen without a gap"
        # Something of its own: with it chosen, so is all that may have been chosen before.
        self._barrier = self._tenure.propose(Value(candidacy.ballot, NO_OP))
        self._out.points.append("elected")

    def _leave_office(self) -> None:
        self._candidacy = None
        if self._tenure is not None:
            self._out.lost_reads.extend(self._reads.unanswered())
            self._tenure = None
        self.role = "follower"

    def _on_accept(self, now: float, sender: str, request: Accept) -> None:
        self._highest = max(self._highest, request.ballot)
        acceptor = self.acceptor
        if request.ballot < acceptor.promised and not self._bugs.accept_lower_ballot:
            self._reply(sender, self._accepted(request, ()))
            return
        if self._tenure is not None and request.ballot == self._tenure.ballot:
            return  # two leaders in one ballot: only a bug makes them, and neither obeys the other
        if self._tenure is not None or self._candidacy is not None:
            self._leave_office()
        self.leader = sender
        self._patience.heard_leader(now)
        slots = tuple(
            [slot for slot, value in request.values if acceptor.accept(request.ballot, slot, value)]
        )
        if slots:
            self._out.points.append("accepted")
        acceptor.learn(request.ballot, request.commit)
        self._reply(sender, self._accepted(request, slots))

    def _accepted(self, request: Accept, slots: tuple[int, ...]) -> Accepted:
        acceptor = self.acceptor
        return Accepted(request.ballot, acceptor.promised, slots, acceptor.chosen, request.round)

    def _on_accepted(self, now: float, sender: str, reply: Accepted) -> None:
        self._highest = max(self._highest, reply.promised)
        tenure = self._tenure
        if tenure is None or reply.ballot != tenure.ballot:
            return
        if reply.promised > tenure.ballot and not reply.slots:
            # It promised somebody else: this ballot is over, a higher one may win it back.
            self._stand(now, pre=False)
            return
        self._reads.acked(sender, reply.round)
        if tenure.answered(sender, reply):
            self._chosen(tenure)

    def _chosen(self, tenure: Tenure) -> None:
        self.acceptor.learn(tenure.ballot, tenure.commit)
        self._out.points.append("committed")
        if self._past_barrier():
            self._reads.term_committed()

    def _past_barrier(self) -> bool:
        """Whether all that any earlier leader may have had chosen is known to this one."""
        return self.commit >= self._barrier

    def _tell_all(self, message: Message) -> None:
        self._out.messages.extend((peer, message) for peer in self._peers)

    def _reply(self, peer: str, message: Message) -> None:
        self._out.messages.append((peer, message))

    # Effects

    def take(self, now: float) -> Output:
        """Hand over what is to be done, batched."""
        out, self._out = self._out, Output()
        acceptor = self.acceptor
        if self._tenure is not None:
            self._send_accepts(now, self._tenure, out)
            out.reads.extend(self._reads.confirmed())
        if acceptor.unsaved or acceptor.promise_unsaved:
            out.record = record(acceptor.promised, acceptor.chosen, acceptor.unsaved)
        for slot in range(self._delivered + 1, self.commit + 1):
            value = acceptor.value(slot)
            out.committed.append(Committed(Position(slot, value.term), value.command))
        self._delivered = self.commit
        return out

    def _send_accepts(self, now: float, tenure: Tenure, out: Output) -> None:
        """Values go out while the leader's own disk is still writing them: its own vote counts
        only once it is durable. Not before its promise is, though.
        """
        beat = now >= self._beat_due
        if beat:
            self._beat_due = now + self._timing.heartbeat
        beat |= self._reads.begin_round()
        into = out.messages if self.acceptor.promise_unsaved else out.early
        for peer in self._peers:
            values = tenure.due(peer, beat)
            if values is not None:
                accept = Accept(tenure.ballot, values, tenure.commit, self._reads.round)
                into.append((peer, accept))

    def saved(self) -> None:
        """The last record is on disk: now this server's own votes count."""
        slots = list(self.acceptor.unsaved)
        self.acceptor.saved()
        if self._tenure is not None and self._tenure.voted(self.name, slots):
            self._chosen(self._tenure)

    # The wire

    def encode(self, message: Message) -> Sequence[Any]:
        """See `messages`."""
        return messages.encode(message)

    def decode(self, fields: Sequence[Any]) -> Message:
        """See `messages`."""
        return messages.decode(fields)
