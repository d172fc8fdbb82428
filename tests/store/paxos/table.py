"""Paxos servers on a table; see `tests.store.scripted`.

A ballot is told as its round and its owner: `b2.n1` is n1's ballot of round 2.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from random import Random
from typing import Any

from targets.store.members import PREFIX
from targets.store.paxos.ballot import SERVERS, owner
from targets.store.paxos.bugs import NO_BUGS, Bugs
from targets.store.paxos.core import PaxosCore
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
from targets.store.paxos.saved import Saved
from tests.store.scripted import AnyTable


class Table(AnyTable[PaxosCore]):
    """A cluster of Paxos servers."""

    def __init__(
        self, size: int = 3, bugs: Bugs = NO_BUGS, initial: Sequence[str] = (), **options: Any
    ) -> None:
        self._bugs = bugs
        super().__init__(size, initial, **options)

    def make(self, name: str) -> PaxosCore:
        saved = Saved.replay(self.snapshots[name], self.disks[name])
        rng = Random(name)
        return PaxosCore(
            name, self.names, self.initial, saved, rng, self.now, self.settings, self._bugs
        )

    def describe(self, message: Message) -> str:
        return describe(message)

    def chosen(self, name: str) -> list[str]:
        """What the server has applied, slot by slot, no-ops included."""
        return [committed.command or "no-op" for committed in self.applied[name]]


def words(command: str) -> str:
    """A command as a story tells it."""
    return (
        " ".join(json.loads(command[len(PREFIX) :])) if is_change(command) else command or "no-op"
    )


def ballot(number: int) -> str:
    """A ballot in words."""
    return f"b{number // SERVERS}.n{owner(number) + 1}"


def describe(message: Message) -> str:
    """A message in a few words."""
    match message:
        case Prepare():
            what = "would you promise" if message.pre else "promise"
            heir = f", heir of {ballot(message.heir_of)}" if message.heir_of else ""
            return f"{what} {ballot(message.ballot)}? from {message.first}{heir}"
        case Promise():
            votes = " ".join(
                f"{vote.slot}:{words(vote.value.command)}@{ballot(vote.ballot)}"
                for vote in message.votes
            )
            if not message.granted:
                return f"no, {ballot(message.promised)}"
            return "yes, I would" if message.pre else f"promised; accepted {votes or 'nothing'}"
        case Accept():
            values = " ".join(f"{slot}:{words(value.command)}" for slot, value in message.values)
            return (
                f"accept {values or 'nothing'} in {ballot(message.ballot)}; chosen {message.commit}"
            )
        case Accepted():
            slots = " ".join(map(str, message.slots))
            if message.promised > message.ballot:
                return f"no, {ballot(message.promised)}"
            return f"accepted {slots or 'nothing'}; know {message.chosen} chosen"
        case Behind():
            return f"I have a snapshot to {message.slot}"
        case Fetch():
            return f"send your snapshot to {message.slot} from {message.offset}"
        case Chunk():
            end = ", the end" if message.offset + len(message.text) == message.size else ""
            return f"snapshot to {message.slot} from {message.offset}{end}"
        case Succeed():
            return f"succeed me in {ballot(message.ballot)}"
