"""A random schedule on the table, for any core: letters lost, doubled, late; servers killed, some
between a snapshot and its journal; members changed; snapshots at any time.

Whatever happens, every server applies the same commands in the same order, a state that was sent is
the state at its slot, and what a client was told stays true. The observer that watches the core in
simulations looks on as well.
"""

from __future__ import annotations

from random import Random
from types import SimpleNamespace
from typing import Any

from harness.invariants import Invariants
from targets.store.replicated import Change
from targets.store.wire import encode
from tests.store.scripted import AnyTable, Letter

STEPS = 600
ODDS = {
    "deliver": 80.0,
    "wake": 12.0,
    "propose": 12.0,
    "change": 4.0,
    "read": 8.0,
    "restart": 8.0,
    "lose": 3.0,
    "double": 3.0,
    "compact": 4.0,
    "transfer": 1.0,
    "crash": 2.0,
    "time": 1.0,
    "tear": 1.0,
    "cut": 2.0,
    "heal": 1.0,
}
"""A cut outlasts most elections; of what is rare in one schedule, another has much: see `odds`."""


def options(rng: Random) -> dict[str, Any]:
    """A cluster's size, its first members, and how it serves reads."""
    size = rng.choice([3, 4, 5])
    initial = [f"n{number}" for number in range(1, rng.randint(2, size) + 1)]
    return {
        "size": size,
        "initial": initial,
        "reads": rng.choice(["index", "lease"]),
        "snapshot_entries": 4,
    }


def odds(rng: Random) -> dict[str, float]:
    """One schedule's: some change the members all the time, some never rest from cutting."""
    return {
        **ODDS,
        "change": rng.choice([2.0, 4.0, 12.0]),
        "wake": rng.choice([12.0, 30.0]),
        "cut": rng.choice([0.5, 2.0, 3.0]),
    }


class Schedule:
    """One random schedule of a cluster on a table."""

    def __init__(self, rng: Random, table: AnyTable[Any], observer: Invariants) -> None:
        self.rng = rng
        self.table = table
        self.observer = observer
        self.odds = odds(rng)
        self.chosen: dict[int, tuple[int, str]] = {}
        self.newest = 0
        """How many commands anybody has applied, at most."""
        self.reads: dict[tuple[str, int], int] = {}
        self.token = 0
        self.violations: list[str] = []
        self.changes = self.answers = self.tears = 0

    def run(self) -> list[str]:
        """Returns what was violated."""
        for number in range(STEPS):
            self.step(number)
            if self.violations:
                break
        return self.violations

    def step(self, number: int) -> None:
        """Something happens."""
        table, rng = self.table, self.rng
        table.now += rng.choice([0.0, 0.01, 0.03])
        name = rng.choice(sorted(table.cores) or table.names)
        match rng.choices(list(self.odds), list(self.odds.values()))[0]:
            case "deliver" if table.letters:
                for _ in range(min(len(table.letters), rng.choice([1, 4]))):
                    late = rng.random() < 0.1
                    at = rng.randrange(len(table.letters)) if late else 0
                    self.hand_over(table.letters.pop(at))
            case "lose" if table.letters:
                table.letters.pop(rng.randrange(len(table.letters)))
            case "double" if table.letters:
                table.letters.append(rng.choice(table.letters))
            case "crash" if name in table.cores and rng.random() < 0.5:
                table.crash(name)
            case "tear" if name in table.cores:
                table.tear(name)
            case "restart":
                self.restart()
            case "cut":
                side = [n for n in table.names if rng.random() < 0.5]
                table.cut(side, [n for n in table.names if n not in side])
            case "heal":
                table.cut()
            case "time":
                table.now += 0.5
            case what if name in table.cores:
                self.ask(what, name, number)
        self.look()

    def hand_over(self, letter: Letter) -> None:
        """A letter comes; the observer sees it as the frame that it would be."""
        sender, receiver, message = letter
        if receiver in self.table.cores:
            frame = encode(["c", *self.table.cores[receiver].encode(message)])
            self.observer.heard(receiver, sender, frame)
        self.table.hand_over(letter)
        self.look()

    def restart(self) -> None:
        """One that is down starts."""
        down = [name for name in self.table.names if name not in self.table.cores]
        if down:
            self.table.restart(self.rng.choice(down))

    def ask(self, what: str, name: str, number: int) -> None:
        """A client, an administrator or a timer."""
        table, rng = self.table, self.rng
        core = table.cores[name]
        match what:
            case "wake":
                core.wake(max(table.now, core.deadline if rng.random() < 0.05 else 0.0))
            case "propose":
                core.propose(f"v{number}")
            case "read":
                self.token += 1
                self.reads[name, self.token] = self.newest
                core.read(table.now, self.token)
            case "change":
                server = rng.choice(table.names)
                action = rng.choice(["add", "promote", "promote", "remove"])
                self.changes += not isinstance(core.change(Change(action, server)), str)  # type: ignore[arg-type]
            case "transfer":
                core.transfer(table.now, rng.choice(table.names))
            case "compact" if table.applied[name]:
                table.compact(name)
                return
        table.settle(name)

    def look(self) -> None:
        """Compare all that was applied; every read must have seen what was before it was asked."""
        table = self.table
        for name in table.names:
            if name in table.cores:
                program = SimpleNamespace(
                    core=table.cores[name], torn=False, clock=lambda: table.now
                )
                self.observer.look(name, program)
            else:
                self.observer.gone(name)
        self.violations.extend(self.observer.violations)
        for name, applied in table.applied.items():
            for slot, committed in enumerate(applied, 1):
                found = (committed.position.term, committed.command)
                if slot != committed.position.slot:
                    self.violations.append(f"{name}: {committed} at place {slot}")
                elif self.chosen.setdefault(slot, found) != found:
                    self.violations.append(f"{name}: {found} at {slot}, not {self.chosen[slot]}")
            self.newest = max(self.newest, len(table.state(name)))
        for name, token, state in table.answered:
            self.answers += 1
            if len(state) < self.reads.pop((name, token)):
                self.violations.append(f"{name}: read {token} is stale")
        self.tears += sum("between its snapshot" in line for line in table.trace)
        table.answered.clear()
        table.trace.clear()
