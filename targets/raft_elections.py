"""What Raft promises about terms, votes and time-outs, as an observer of all servers sees it.

::

    n1   term 4, votes for n1      stands; its log ends at 17 of term 3        ─┐ a majority of
    n2   term 4, votes for n1      and n2's ended no later                      │ them: n1 leads
    n3   term 3 … term 4           once it is there, n3 obeys n1 and no other  ─┘ in term 4

- Terms only grow, restarts included (Raft figure 2, persistent state; §5.1).
- One vote a term: a vote is neither changed nor forgotten, restarts included (§5.2).
- Votes for the up to date: nobody votes for a log that ends before its own (§5.4.1).
- Leaders by a majority: who leads has the votes of a majority of the voters it knows, in that very
  term (§5.2); learners have none (thesis §4.2.1).
- One leader to obey: a follower's leader is the one that was elected in its term (§5.1, §5.2).
- Elections wait for leaders only: a follower's time-out is put off by its leader, and by its own
  vote for another, not by anything else (figure 2, followers).

Most of these hold long before a client could notice: two votes in one term elect a second leader
only if the right server asks for the second one.

What a server remembers counts from the moment that it is on its disk. A torn end of a journal is no
different from a damaged one, so a server that finds one may be a record behind.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from typing import NamedTuple

from targets.store.raft.core import RaftCore

_ASKED = re.compile(rb'\["c","rv",(\d+),false,')
"""A request for a vote, not for a pre-vote; see `targets.store.raft.messages`."""
_ROUNDING_S = 1e-6


class _Ballot(NamedTuple):
    """A term, and the vote given in it."""

    term: int
    vote: str | None


class _Life:
    """What a process was when it was last looked at."""

    __slots__ = ("ballot", "due", "leader", "role")

    def __init__(self, ballot: _Ballot) -> None:
        self.ballot = ballot
        self.role = ""
        self.leader: str | None = None
        self.due = float("inf")


class Elections:
    """The elections of one run.

    Args:
        violated: is told a sentence for each violation.
    """

    def __init__(self, violated: Callable[[str], None]) -> None:
        self._violated = violated
        self._lives: dict[str, _Life] = {}
        self._saved: dict[str, list[_Ballot]] = {}
        """What each server has on disk, and what it had before that."""
        self._votes: set[tuple[int, str, str]] = set()
        """In which term, whose, for whom; one that was never saved may be given to another."""
        self._cores: dict[str, RaftCore] = {}
        self._stood: dict[tuple[int, str], tuple[int, int]] = {}
        self._elected: dict[int, str] = {}
        self._asked: Counter[tuple[int, str, str]] = Counter()

    def heard(self, node: str, sender: str, frame: bytes) -> None:
        """A frame of a peer has come: who asks for a vote a second time may get it again."""
        asked = _ASKED.match(frame)
        if asked is not None:
            self._asked[int(asked[1]), sender, node] += 1

    def gone(self, node: str) -> None:
        """The process has ended; what it had on disk is still there."""
        self._lives.pop(node, None)

    def look(self, core: RaftCore, torn: bool) -> None:
        """A server has handled an event; `torn`: its journal had a damaged end when it started."""
        life = self._lives.get(core.name)
        self._cores[core.name] = core
        ballot = _Ballot(core.term, core.vote)
        if life is None:
            life = self._lives[core.name] = _Life(self._remembered(core, ballot, torn))
        same = ballot == life.ballot and core.role == life.role
        if not same:
            self._look_at_ballot(core, life.ballot, ballot, started=bool(life.role))
            life.ballot, life.role = ballot, core.role
            if core.role == "candidate":
                log = core.log
                self._stood[core.term, core.name] = (log.last_term, log.last_index)
            elif core.role == "leader" and core.term not in self._elected:
                self._elected[core.term] = core.name
                self._look_at_majority(core)
        if not (core.vote_changed or core.renewed):
            self._note_saved(core.name, ballot)
        if core.leader != life.leader or not same:
            life.leader = core.leader
            self._look_at_obedience(core)
        if core.patience.due != life.due:
            if same and core.patience.due > life.due:
                self._look_at_patience(core)
            life.due = core.patience.due

    def _remembered(self, core: RaftCore, ballot: _Ballot, torn: bool) -> _Ballot:
        """What a server that has started should know at least."""
        saved = self._saved.pop(core.name, [ballot])
        if torn:
            return ballot if core.snapshot else saved[0]
        return saved[-1]

    def _note_saved(self, name: str, ballot: _Ballot) -> None:
        saved = self._saved.setdefault(name, [ballot])
        if ballot != saved[-1]:
            self._saved[name] = [saved[-1], ballot]

    def _look_at_ballot(self, core: RaftCore, before: _Ballot, now: _Ballot, started: bool) -> None:
        """With `started` it was looked at before in this life; else its vote may be an old one."""
        if now.term < before.term:
            self._violated(
                f"terms only grow: {core.name} was in term {before.term}, and is in {now.term}"
            )
        elif now.term == before.term and before.vote not in (None, now.vote):
            does = "has forgotten it" if now.vote is None else f"votes for {now.vote}"
            self._violated(
                f"one vote a term: {core.name} voted for {before.vote} in term {now.term}, and "
                f"now {does}"
            )
        if now.vote is not None and now != before:
            self._votes.add((now.term, core.name, now.vote))
            if started:
                self._look_at_candidate(core, now.vote)

    def _look_at_candidate(self, core: RaftCore, candidate: str) -> None:
        stood = self._stood.get((core.term, candidate)) or self._stands(core.term, candidate)
        own = (core.log.last_term, core.log.last_index)
        if candidate != core.name and stood is not None and stood < own:
            self._violated(
                f"votes for the up to date: {core.name}, whose log ends at {own[1]} of term "
                f"{own[0]}, votes for {candidate}, whose log ends at {stood[1]} of term {stood[0]}"
            )

    def _stands(self, term: int, candidate: str) -> tuple[int, int] | None:
        """Where the log of a candidate ends that was not looked at yet since it has stood."""
        core = self._cores.get(candidate)
        if core is None or (core.term, core.role) != (term, "candidate"):
            return None
        return core.log.last_term, core.log.last_index

    def _look_at_majority(self, core: RaftCore) -> None:
        voters = core.log.members.voters
        votes = [name for name in voters if (core.term, name, core.name) in self._votes]
        if len(votes) <= len(voters) // 2:
            self._violated(
                f"leaders by a majority: {core.name} leads in term {core.term} with the votes of "
                f"{' '.join(votes) or 'nobody'}, of {' '.join(voters)}"
            )

    def _look_at_obedience(self, core: RaftCore) -> None:
        elected = self._elected.get(core.term)
        if core.leader is not None and elected not in (None, core.leader):
            self._violated(
                f"one leader to obey: {core.name} obeys {core.leader} in term {core.term}, which "
                f"{elected} was elected in"
            )

    def _look_at_patience(self, core: RaftCore) -> None:
        """It waits longer than before, in the same role, term and vote."""
        most = core.patience.heard_at + core.settings.election_max
        if core.role != "follower" or core.patience.due <= most + _ROUNDING_S:
            return
        again = self._asked[core.term, core.vote or "", core.name] > 1
        if not again and core.name in core.log.members.voters:
            self._violated(
                f"elections wait for leaders only: {core.name} puts its election in term "
                f"{core.term} off, and has neither heard its leader nor voted"
            )
