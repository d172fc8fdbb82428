"""Cores on a table: a test moves every message by hand and reads what happened.

Nothing happens by itself. `time_out` lets one server's election time-out pass, `deliver` moves the
messages that lie on the table, `cut` throws away what crosses it from then on. Each core has a disk
(the records and the snapshot it asked to save) that survives `crash`, and `tear` has a crash come
between the two writes of a snapshot.

The state of a server is simply all the commands that it has applied; `compact` has it take a
snapshot of that.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from random import Random
from types import SimpleNamespace
from typing import Any, Generic, TypeVar

from targets.raft_invariants import RaftInvariants
from targets.store.members import PREFIX, read
from targets.store.raft.bugs import NO_BUGS, Bugs
from targets.store.raft.core import RaftCore
from targets.store.raft.messages import (
    Append,
    Appended,
    Install,
    Installed,
    Message,
    RequestVote,
    TimeoutNow,
    Vote,
)
from targets.store.raft.saved import Saved
from targets.store.replicated import (
    Change,
    Committed,
    Members,
    Output,
    Position,
    ReplicatedLog,
)
from targets.store.settings import settings
from targets.store.wire import encode

Letter = tuple[str, str, Any]
Core = TypeVar("Core", bound=ReplicatedLog)


class AnyTable(Generic[Core]):
    """A cluster whose every step is the test's. A subclass says which core, and tells of it."""

    def __init__(self, size: int = 3, initial: Sequence[str] = (), **options: Any) -> None:
        self.names = [f"n{number}" for number in range(1, size + 1)]
        self.initial = Members(tuple(initial or self.names))
        self.settings = settings(options, "raft")  # paxos has the same
        self.now = 0.0
        self.trace: list[str] = []
        self.letters: list[Letter] = []
        self.disks: dict[str, list[str]] = {name: [] for name in self.names}
        self.snapshots: dict[str, str | None] = dict.fromkeys(self.names)
        self.applied: dict[str, list[Committed]] = {name: [] for name in self.names}
        self.answered: list[tuple[str, int, list[str]]] = []
        self.lost: list[tuple[str, int]] = []
        self.cores: dict[str, Core] = {}
        self._groups: list[set[str]] = [set(self.names)]
        self._tearing: set[str] = set()
        for name in self.names:
            self.restart(name)

    def make(self, name: str) -> Core:
        """A server that starts from its disk."""
        raise NotImplementedError

    def describe(self, message: Any) -> str:
        """A message in a few words."""
        raise NotImplementedError

    # Steps

    def time_out(self, name: str) -> None:
        """One server has heard of no leader for long enough. So have all, but only it acts."""
        self.now += 1.0
        self.cores[name].wake(self.now)
        self.settle(name)

    def beat(self, name: str) -> None:
        """The leader's heartbeat is due."""
        self.now += 0.1
        self.cores[name].wake(self.now)
        self.settle(name)

    def propose(self, name: str, *commands: str) -> list[Position]:
        """Requests that arrive at once."""
        found = [self.cores[name].propose(command) for command in commands]
        self.settle(name)
        assert all(position is not None for position in found), f"{name} does not lead"
        return [position for position in found if position is not None]

    def read(self, name: str, token: int) -> bool:
        """A read arrives; False when the server refuses it."""
        accepted = self.cores[name].read(self.now, token)
        self.settle(name)
        return accepted

    def change(self, name: str, action: Any, server: str) -> Position | str:
        """An administrator asks for a change of the members."""
        found = self.cores[name].change(Change(action, server))
        self.settle(name)
        return found

    def transfer(self, name: str, to: str) -> str | None:
        """An administrator asks for another leader; returns why not."""
        refused = self.cores[name].transfer(self.now, to)
        self.settle(name)
        return refused

    def compact(self, name: str) -> None:
        """The server takes a snapshot."""
        applied = self.applied[name]
        self.cores[name].compact(applied[-1].position.slot, json.dumps(applied))
        self.trace.append(f"{name} takes a snapshot at {applied[-1].position.slot}")
        self.settle(name)

    def settle(self, name: str) -> None:
        """Let the server do what it has to, in the order that `replicated` asks for."""
        core = self.cores[name]
        while True:
            out = core.take(self.now)
            self._post(name, out.early)
            if not self._save(name, out):
                return
            self._post(name, out.messages)
            core.saved()
            if out.restore is not None:
                slots = json.loads(out.restore.state)
                self.applied[name] = [Committed(Position(*at), command) for at, command in slots]
                self.trace.append(f"{name} has the state at {out.restore.slot}")
            self.applied[name].extend(out.committed)
            for committed in out.committed:
                self.trace.append(f"{name} commits {committed.position.slot} {_name(committed)}")
            for token in out.reads:
                self.answered.append((name, token, self.state(name)))
                self.trace.append(f"{name} answers read {token} with {self.state(name)}")
            self.lost.extend((name, token) for token in out.lost_reads)
            if out.record is None and out.anew is None:
                return

    def _save(self, name: str, out: Output) -> bool:
        """Write to the server's disk; False if it crashed before it was done."""
        if out.snapshot is not None:
            self.snapshots[name] = out.snapshot
            if name in self._tearing:
                self.crash(name)
                self.trace.append(f"{name} crashes between its snapshot and its journal")
                return False
        if out.anew is not None:
            self.disks[name] = list(out.anew)
        elif out.record is not None:
            self.disks[name].append(out.record)
        return True

    def deliver(
        self, which: Callable[[Letter], bool] = lambda letter: True, rounds: int = 100
    ) -> None:
        """Deliver what lies on the table and matches, then what that led to, and so on."""
        for _ in range(rounds):
            index = next((i for i, letter in enumerate(self.letters) if which(letter)), None)
            if index is None:
                return
            self.hand_over(self.letters.pop(index))

    def hand_over(self, letter: Letter) -> None:
        """Deliver one letter, wherever it came from: a copy, say, or one from long ago."""
        sender, receiver, message = letter
        self.trace.append(f"{sender} → {receiver} {self.describe(message)}")
        if receiver in self.cores:
            self.cores[receiver].receive(self.now, sender, message)
            self.settle(receiver)

    def lose(self, which: Callable[[Letter], bool] = lambda letter: True) -> list[Letter]:
        """Take letters off the table; returns them, should they turn up later."""
        gone = [letter for letter in self.letters if which(letter)]
        self.letters = [letter for letter in self.letters if not which(letter)]
        return gone

    def cut(self, *groups: Sequence[str]) -> None:
        """From now on only servers of one group reach each other; `cut()` heals."""
        self._groups = [set(group) for group in groups] or [set(self.names)]
        self.letters = [letter for letter in self.letters if self._together(*letter[:2])]

    def crash(self, name: str) -> None:
        """The server is gone, its disk is not."""
        del self.cores[name]
        self.applied[name] = []
        self._tearing.discard(name)

    def tear(self, name: str) -> None:
        """The server will crash when it has saved its next snapshot, its own or one that it is
        sent, and not yet made its journal anew.
        """
        self._tearing.add(name)

    def restart(self, name: str) -> None:
        """The server starts from its disk."""
        self.cores[name] = self.make(name)
        self.settle(name)

    def elect(self, name: str) -> None:
        """Make this server leader of whoever it reaches, its no-op committed where that works."""
        self.time_out(name)
        self.deliver()
        assert self.cores[name].status().role == "leader", f"{name} was not elected"

    # What a test looks at

    def state(self, name: str) -> list[str]:
        """The commands that the server has applied, no-ops left out."""
        return [committed.command for committed in self.applied[name] if committed.command]

    def leaders(self) -> list[tuple[str, int]]:
        """Everybody who believes to lead, with the term."""
        seen = {name: core.status() for name, core in self.cores.items()}
        return [(name, status.term) for name, status in seen.items() if status.role == "leader"]

    def _post(self, sender: str, messages: Sequence[tuple[str, Message]]) -> None:
        for receiver, message in messages:
            if self._together(sender, receiver):
                # Through JSON and back: what the wire does to a message.
                fields = json.loads(json.dumps(self.cores[sender].encode(message)))
                self.letters.append((sender, receiver, self.cores[sender].decode(fields)))

    def _together(self, one: str, other: str) -> bool:
        return any(one in group and other in group for group in self._groups)


class Table(AnyTable[RaftCore]):
    """A cluster of Raft servers."""

    observer: RaftInvariants | None = None
    """Looks at every server after each of its steps, where there is one."""

    def __init__(
        self, size: int = 3, bugs: Bugs = NO_BUGS, initial: Sequence[str] = (), **options: Any
    ) -> None:
        self._bugs = bugs
        super().__init__(size, initial, **options)

    def make(self, name: str) -> RaftCore:
        saved = Saved.replay(self.snapshots[name], self.disks[name])
        rng = Random(name)
        return RaftCore(
            name, self.names, self.initial, saved, rng, self.now, self.settings, self._bugs
        )

    def describe(self, message: Message) -> str:
        return describe(message)

    def settle(self, name: str) -> None:
        super().settle(name)
        if self.observer is not None:
            self.observer.look(name, SimpleNamespace(core=self.cores[name], torn=False))

    def hand_over(self, letter: Letter) -> None:
        sender, receiver, message = letter
        if self.observer is not None and receiver in self.cores:
            frame = encode(["c", *self.cores[receiver].encode(message)])
            self.observer.heard(receiver, sender, frame)
        super().hand_over(letter)

    def crash(self, name: str) -> None:
        super().crash(name)
        if self.observer is not None:
            self.observer.gone(name)

    def log(self, name: str) -> list[tuple[int, str]]:
        """What the server has of its log as (term, command)."""
        log = self.cores[name].log
        entries = [log.entry(index) for index in range(log.base + 1, log.last_index + 1)]
        return [(entry.term, entry.command) for entry in entries]


def between(sender: str, receiver: str) -> Callable[[Letter], bool]:
    """Letters of this direction."""
    return lambda letter: letter[:2] == (sender, receiver)


def about(kind: type[Any]) -> Callable[[Letter], bool]:
    """Letters with this kind of message."""
    return lambda letter: isinstance(letter[2], kind)


def describe(message: Message) -> str:
    """A message in a few words."""
    match message:
        case RequestVote():
            what = "would you vote for me" if message.pre else "vote for me"
            if message.heir:
                what = "vote for me, the heir,"
            return (
                f"{what} in {message.term}? my log ends at {message.last_index}/{message.last_term}"
            )
        case Vote():
            yes = "yes" if message.granted else "no"
            return f"{yes}{', I would' if message.pre and message.granted else ''} ({message.term})"
        case Append():
            entries = " ".join(
                f"{_command(entry.command)}/{entry.term}" for entry in message.entries
            )
            return (
                f"after {message.prev_index}/{message.prev_term}: {entries or 'nothing'}; "
                f"commit {message.commit} ({message.term})"
            )
        case Appended():
            return f"{'have' if message.ok else 'try after'} {message.match} ({message.term})"
        case Install():
            end = message.offset + len(message.data)
            whole = "all" if end == message.size else f"to {end}"
            return f"snapshot at {message.slot}, from {message.offset} {whole} ({message.term})"
        case Installed():
            return f"have {message.received} of it ({message.term})"
        case TimeoutNow():
            return f"stand now ({message.term})"


def _command(text: str) -> str:
    if text.startswith(PREFIX):
        voters, learners = read(text)
        return f"[{' '.join([*voters, *(f'+{name}' for name in learners)])}]"
    return text or "no-op"


def _name(committed: Committed) -> str:
    return f"{committed.command or 'no-op'}/{committed.position.term}"
