"""Paxos servers on a table; see `tests.store.scripted`.

A ballot is told as its round and its owner: `b2.n1` is n1's ballot of round 2.
"""

from __future__ import annotations

from random import Random

from targets.store.paxos.ballot import SERVERS, owner
from targets.store.paxos.bugs import NO_BUGS, Bugs
from targets.store.paxos.core import PaxosCore
from targets.store.paxos.messages import Accept, Accepted, Message, Prepare, Promise
from targets.store.paxos.saved import Saved
from tests.store.scripted import AnyTable


class Table(AnyTable[PaxosCore]):
    """A cluster of Paxos servers."""

    def __init__(self, size: int = 3, bugs: Bugs = NO_BUGS) -> None:
        self._bugs = bugs
        super().__init__(size)

    def make(self, name: str) -> PaxosCore:
        saved = Saved.replay(self.disks[name])
        return PaxosCore(name, self.names, saved, Random(0), self.now, bugs=self._bugs)

    def describe(self, message: Message) -> str:
        return describe(message)

    def chosen(self, name: str) -> list[str]:
        """What the server has applied, slot by slot, no-ops included."""
        return [committed.command or "no-op" for committed in self.applied[name]]


def ballot(number: int) -> str:
    """A ballot in words."""
    return f"b{number // SERVERS}.n{owner(number) + 1}"


def describe(message: Message) -> str:
    """A message in a few words."""
    match message:
        case Prepare():
            what = "would you promise" if message.pre else "promise"
            return f"{what} {ballot(message.ballot)}? from {message.first}"
        case Promise():
            votes = " ".join(
                f"{vote.slot}:{vote.value.command or 'no-op'}@{ballot(vote.ballot)}"
                for vote in message.votes
            )
            if not message.granted:
                return f"no, {ballot(message.promised)}"
            return "yes, I would" if message.pre else f"promised; accepted {votes or 'nothing'}"
        case Accept():
            values = " ".join(
                f"{slot}:{value.command or 'no-op'}" for slot, value in message.values
            )
            return (
                f"accept {values or 'nothing'} in {ballot(message.ballot)}; chosen {message.commit}"
            )
        case Accepted():
            slots = " ".join(map(str, message.slots))
            if message.promised > message.ballot:
                return f"no, {ballot(message.promised)}"
            return f"accepted {slots or 'nothing'}; know {message.chosen} chosen"
