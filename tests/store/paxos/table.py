"""Paxos servers on a table; see `tests.store.scripted`.

A ballot is told as its round and its owner: `b2.n1` is n1's ballot of round 2.
"""

from __future__ import annotations

from random import Random

from targets.store.paxos.ballot import SERVERS, owner
from targets.store.paxos.bugs import NO_BUGS, Bugs
from targets.store.paxos.core import DEFAULTS, PaxosCore
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
from targets.store.replicated import Members, Restore
from targets.store.settings import Settings
from tests.store.scripted import AnyTable


class Table(AnyTable[PaxosCore]):
    """A cluster of Paxos servers."""

    def __init__(
        self, size: int = 3, bugs: Bugs = NO_BUGS, settings: Settings = DEFAULTS, voters: int = 0
    ) -> None:
        self._bugs = bugs
        self._settings = settings
        self._voters = voters or size
        self.snapshots: dict[str, str | None] = {}
        self.restored: dict[str, Restore] = {}
        super().__init__(size)

    def make(self, name: str) -> PaxosCore:
        saved = Saved.replay(self.snapshots.get(name), self.disks[name])
        initial = Members(tuple(self.names[: self._voters]))
        rng, settings = Random(0), self._settings
        return PaxosCore(name, self.names, initial, saved, rng, self.now, settings, self._bugs)

    def read(self, name: str, token: int) -> bool:
        accepted = self.cores[name].read(self.now, token)
        self.settle(name)
        return accepted

    def settle(self, name: str) -> None:
        core = self.cores[name]
        while True:
            out = core.take(self.now)
            self._post(name, out.early)
            if out.snapshot is not None:
                self.snapshots[name] = out.snapshot
            if out.anew is not None:
                self.disks[name] = list(out.anew)
            elif out.record is not None:
                self.disks[name].append(out.record)
            self._post(name, out.messages)
            core.saved()
            if out.restore is not None:
                self.restored[name] = out.restore
                self.applied[name] = []
                self.trace.append(f"{name} starts from {out.restore.slot}: {out.restore.state}")
            self.applied[name].extend(out.committed)
            for committed in out.committed:
                what = committed.command or "no-op"
                position = committed.position
                self.trace.append(f"{name} commits {position.slot} {what}/{position.term}")
            for token in out.reads:
                self.answered.append((name, token, self.state(name)))
                self.trace.append(f"{name} answers read {token} with {self.state(name)}")
            self.lost.extend((name, token) for token in out.lost_reads)
            if out.record is None and out.anew is None:
                return

    def state(self, name: str) -> list[str]:
        restored = self.restored.get(name)
        before = restored.state.split() if restored is not None else []
        return before + super().state(name)

    def compact(self, name: str) -> int:
        """The server takes a snapshot of what it has applied; returns its slot."""
        restored = self.restored.get(name, Restore(0, ""))
        applied = self.applied[name]
        slot = applied[-1].position.slot if applied else restored.slot
        self.cores[name].compact(slot, " ".join(self.state(name)))
        self.settle(name)
        return slot

    def crash(self, name: str) -> None:
        super().crash(name)
        self.restored.pop(name, None)

    def restart(self, name: str) -> None:
        super().restart(name)
        self.settle(name)

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
            heir = f", heir of {ballot(message.heir_of)}" if message.heir_of else ""
            return f"{what} {ballot(message.ballot)}? from {message.first}{heir}"
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
        case Behind():
            return f"I have a snapshot to {message.slot}"
        case Fetch():
            return f"send your snapshot to {message.slot} from {message.offset}"
        case Chunk():
            end = message.offset + len(message.text)
            return f"snapshot to {message.slot}, {message.offset} to {end} of {message.size}"
        case Succeed():
            return f"succeed me in {ballot(message.ballot)}"
