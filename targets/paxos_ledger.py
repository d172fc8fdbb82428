"""The book that an all-knowing observer of Paxos keeps: who has accepted what, and what therefore
is chosen, whether any server knows it yet or not.

::

    slot 7      ballot 3: a   n1 n2 n5        a majority of three of five: a is chosen
                ballot 5: a   n3              the only value that a higher ballot may have (P2b)
    ballot 5    elected by    n3 n4 n5        with these promises its leader began

What a majority has accepted is chosen once all of that is on disk, for a crash may take back a
vote that is not; at the latest when a server takes it for chosen. Who votes on a slot is settled
when all changes of the members before it are; until then its votes only wait to be counted.

- One value a slot: whatever any server takes for chosen is what was chosen there (Simple §2.1).
- Chosen by a majority: a server takes for chosen only what a majority of its slot's voters has
  accepted in one ballot (Simple §2.1).
- What is chosen stays: then every vote of a higher ballot is for the same value (Simple, P2b). It
  is broken long before a second value is learned, and often when none ever will be.
- The right members promised: the leader that had it chosen was elected by a majority of those who
  voted after the last change before the slot that was not the leader's own (Lamport, Malkhi and
  Zhou, *Reconfiguring a State Machine*, 2010, §2.2; see `targets.store.paxos.membership`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from typing import NamedTuple

from targets.store.paxos.membership import Membership, is_change
from targets.store.paxos.messages import Value, Vote
from targets.store.replicated import Members


class Decision(NamedTuple):
    """What a majority accepted, and in which ballot it was the first to."""

    ballot: int
    value: Value


class _Votes:
    """Of one slot and ballot: by whom, and on whose disk."""

    __slots__ = ("cast", "saved", "value")

    def __init__(self, value: Value) -> None:
        self.value = value
        self.cast: set[str] = set()
        self.saved: set[str] = set()


class Ledger:
    """See the module.

    Args:
        members: before any slot.
        violated: is told a sentence for each violation.
    """

    def __init__(self, members: Members, violated: Callable[[str], None]) -> None:
        self._membership = Membership(0, members)
        self._violated = violated
        self._votes: dict[int, dict[int, _Votes]] = {}
        self._changes: dict[int, Value] = {}
        """The chosen changes of the members by slot."""
        self._open_changes: set[int] = set()
        """Slots after `_settled` that somebody has voted a change for."""
        self._settled = 0
        """All slots to this one are chosen."""
        self._electors: dict[int, frozenset[str]] = {}
        self.chosen: dict[int, Decision] = {}

    def elected(self, ballot: int, electors: Collection[str]) -> None:
        """The leader of this ballot begins: these have promised it until now."""
        self._electors.setdefault(ballot, frozenset(electors))

    def cast(self, node: str, vote: Vote) -> None:
        """The node accepts this; it is not on its disk yet."""
        slot, ballot, value = vote
        decision = self.chosen.get(slot)
        if decision is not None and ballot > decision.ballot and value != decision.value:
            self._violated(
                f"what is chosen stays: {node} accepts {vote}, where {decision.value} was chosen "
                f"in ballot {decision.ballot}"
            )
        votes = self._votes.setdefault(slot, {}).setdefault(ballot, _Votes(value))
        votes.cast.add(node)
        if slot > self._settled and is_change(value.command):
            self._open_changes.add(slot)

    def saved(self, node: str, vote: Vote) -> None:
        """This vote is on the node's disk."""
        votes = self._votes[vote.slot][vote.ballot]
        votes.saved.add(node)
        if vote.slot not in self.chosen and self._decide(vote.slot):
            self._settle()

    def taken(self, node: str, slot: int, value: Value) -> None:
        """The node takes this for chosen."""
        decision = self.chosen.get(slot)
        if decision is not None:
            if decision.value != value:
                self._violated(
                    f"one value: {node} takes {value} for chosen at {slot}, where "
                    f"{decision.value} was chosen"
                )
            return
        if any(change < slot for change in self._open_changes):
            return  # a change went into a snapshot unseen: nobody knows who votes
        have = {
            ballot: votes.cast
            for ballot, votes in sorted(self._votes.get(slot, {}).items())
            if votes.value == value
        }
        voters = self._voters(slot)
        enough = [ballot for ballot, who in have.items() if _most(who, voters)]
        if not enough:
            told = {ballot: sorted(who) for ballot, who in have.items()}
            self._violated(
                f"chosen by a majority: {node} takes {value} for chosen at {slot}, accepted there "
                f"by {told or 'nobody'}, where {' '.join(voters)} vote"
            )
        self._choose(slot, Decision(min(enough, default=max(have, default=0)), value))
        self._settle()

    def _voters(self, slot: int) -> tuple[str, ...]:
        return self._membership.at(slot - 1).voters

    def _decide(self, slot: int) -> bool:
        """Whether a ballot has come to have a majority there; not before it is settled of whom."""
        if any(change < slot for change in self._open_changes):
            return False
        voters = self._voters(slot)
        for ballot, votes in sorted(self._votes.get(slot, {}).items()):
            if _most(votes.saved, voters):
                self._choose(slot, Decision(ballot, votes.value))
                return True
        return False

    def _choose(self, slot: int, decision: Decision) -> None:
        self.chosen[slot] = decision
        for ballot, votes in self._votes.get(slot, {}).items():
            if ballot > decision.ballot and votes.value != decision.value:
                self._violated(
                    f"what is chosen stays: {' '.join(sorted(votes.cast))} accepted {votes.value} "
                    f"at {slot} in ballot {ballot}, where {decision.value} is chosen in ballot "
                    f"{decision.ballot}"
                )
        self._look_at_electors(slot, decision.ballot)

    def _look_at_electors(self, slot: int, ballot: int) -> None:
        electors = self._electors.get(ballot)
        if electors is None:
            return
        others = [c for c, value in self._changes.items() if c < slot and value.term != ballot]
        voters = self._membership.at(max(others, default=0)).voters
        if not _most(electors, voters):
            self._violated(
                f"the right members promised: slot {slot} is chosen in ballot {ballot}, whose "
                f"leader was elected by {' '.join(sorted(electors))}, and {' '.join(voters)} vote "
                "there"
            )

    def _settle(self) -> None:
        """Go on to the first slot that is not chosen; who votes behind a change is known then."""
        while (decision := self.chosen.get(self._settled + 1)) is not None:
            self._settled += 1
            slot, value = self._settled, decision.value
            changes = slot in self._open_changes
            self._open_changes.discard(slot)
            if is_change(value.command):
                self._changes[slot] = value
                self._membership.chosen(slot, value.command)
            if changes:
                for later in sorted(at for at in self._votes if at > slot):
                    if later not in self.chosen:
                        self._decide(later)


def _most(who: Collection[str], voters: Collection[str]) -> bool:
    return sum(voter in who for voter in voters) > len(voters) // 2
