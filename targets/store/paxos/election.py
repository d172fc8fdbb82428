"""Who may lead, and when: phase 1 from both sides (Simple §2.2).

A server that hears no leader for its time-out first asks whether it would be promised, so that one
that was cut off disturbs nobody (as Raft's pre-vote, thesis §9.6). A leader that is heard is left
alone (Live §5.2, a master with a lease), but for an heir that it has named itself.
"""

from __future__ import annotations

from targets.store.paxos import ballot as ballots
from targets.store.paxos.candidate import Candidacy
from targets.store.paxos.catch_up import CatchUp
from targets.store.paxos.messages import Prepare, Promise, Succeed
from targets.store.paxos.office import Office
from targets.store.paxos.server import Server


class Election:
    """One server's part in choosing who leads."""

    def __init__(self, server: Server, office: Office, catch_up: CatchUp) -> None:
        self._server = server
        self._office = office
        self._catch_up = catch_up
        self._candidacy: Candidacy | None = None

    def time_out(self, now: float) -> None:
        """No leader was heard in time. Only a voter stands: nobody else could be told to."""
        server = self._server
        if server.is_voter:
            self.stand(now, pre=True)
        else:
            server.leader = None
            server.patience.restart(now)

    def stand(self, now: float, pre: bool, heir_of: int = 0) -> None:
        """Ask for promises in a ballot above all that were seen; with `pre` ask if one would."""
        server = self._server
        self._office.leave()
        server.patience.restart(now)
        if not pre:
            server.out.points.append("stood")
        server.role = "pre-candidate" if pre else "candidate"
        server.leader = None
        above = max(server.highest, server.acceptor.promised)
        ballot = ballots.above(above, server.number, server.bugs)
        first = server.acceptor.chosen + 1
        voters = server.members.voters
        self._candidacy = Candidacy(ballot, pre, first, voters, heir_of, server.bugs)
        server.ask(voters, Prepare(ballot, pre, first, heir_of))
        if not pre:
            server.acceptor.promise(ballot)
        self._answer_self(now, first)

    def stand_again(self, now: float) -> None:
        """Go on in a new ballot, unless a change that was recovered has taken the own vote away."""
        if self._server.is_voter:
            self.stand(now, pre=False)
        else:
            self.withdraw()
            self._server.leader = None
            self._server.patience.restart(now)

    def withdraw(self) -> None:
        """Somebody else leads, or will."""
        self._candidacy = None
        self._office.leave()
        self._server.role = "follower"

    def succeed(self, now: float, sender: str, word: Succeed) -> None:
        """The leader wants this server to take its place (thesis §3.10, for Raft)."""
        server = self._server
        if sender == server.leader and word.ballot == server.acceptor.promised and server.is_voter:
            self.stand(now, pre=False, heir_of=word.ballot)

    def _answer_self(self, now: float, first: int) -> None:
        """This server is an acceptor like the others."""
        candidacy = self._candidacy
        while candidacy is not None:
            votes, more = ((), False) if candidacy.pre else self._server.acceptor.votes(first)
            ballot = candidacy.ballot
            told = Promise(ballot, candidacy.pre, True, ballot, votes, more)
            following = candidacy.take(self._server.name, told)
            if following is None:
                break
            first = following
        self._count(now)

    def on_prepare(self, now: float, sender: str, request: Prepare) -> None:
        """Promise, or not; or say that this acceptor no longer has what is asked for."""
        server = self._server
        acceptor = server.acceptor
        server.hears_of(request.ballot)
        settled = self._leads_or_hears(now) and sender != server.leader
        # The leader of a lower ballot than the one that is succeeded was deposed before.
        settled &= not request.heir_of or request.heir_of < acceptor.promised
        settled &= not server.bugs.commit_before_lease_invalidated
        willing = request.ballot >= acceptor.promised or server.bugs.promise_lower_ballot
        gone = request.first <= acceptor.floor and not server.bugs.promise_hides_gone_slots
        if willing and not settled and gone:
            server.send(sender, self._catch_up.latest)
            return
        if request.pre or settled:
            granted = request.pre and willing and not settled
            reply = Promise(request.ballot, request.pre, granted, acceptor.promised, (), False)
            server.send(sender, reply)
            return
        granted = acceptor.promise(request.ballot)
        votes, more = acceptor.votes(request.first) if granted else ((), False)
        if granted:
            self.withdraw()
            server.leader = None
            server.patience.restart(now)
            server.out.points.append("promised")
        promised = acceptor.promised
        server.send(sender, Promise(request.ballot, False, granted, promised, votes, more))

    def _leads_or_hears(self, now: float) -> bool:
        if self._server.role == "leader":
            return self._office.heard(now, self._server.timing.election_min)
        return self._server.patience.leader_is_alive(now)

    def on_promise(self, now: float, sender: str, reply: Promise) -> None:
        """Count a promise for the ballot that is asked for, and no other."""
        self._server.hears_of(reply.promised)
        candidacy = self._candidacy
        if candidacy is None or not reply.granted or reply.pre != candidacy.pre:
            return
        if reply.ballot != candidacy.ballot and not self._server.bugs.stale_promise_counted:
            return
        following = candidacy.take(sender, reply)
        if following is not None:
            more = Prepare(candidacy.ballot, False, following, candidacy.heir_of)
            self._server.send(sender, more)
            return
        self._count(now)

    def _count(self, now: float) -> None:
        candidacy = self._candidacy
        if candidacy is None or not candidacy.won:
            return
        if candidacy.pre:
            self.stand(now, pre=False)
        else:
            self._candidacy = None
            self._office.enter(now, candidacy)
