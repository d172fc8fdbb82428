"""Random schedules on the table: letters lost, doubled, late; servers killed; members changed;
snapshots at any time. Whatever happens, one value is chosen a slot, a
state that was sent is the state at its slot, and what a client was told stays true.

`SPLITBRAIN_STORE_SEEDS` sets how many seeds are tried (default 100).
"""

from __future__ import annotations

import os
from random import Random

import pytest

from targets.store.paxos.bugs import NO_BUGS, Bugs
from targets.store.replicated import Change
from tests.store.paxos.table import Table

SEEDS = int(os.environ.get("SPLITBRAIN_STORE_SEEDS", "100"))
BATCH = 25
STEPS = 600
ODDS = {
    "deliver": 80.0,
    "wake": 12.0,
    "propose": 12.0,
    "change": 12.0,
    "read": 8.0,
    "restart": 6.0,
    "heal": 4.0,
    "lose": 3.0,
    "double": 3.0,
    "compact": 2.0,
    "transfer": 1.0,
    "crash": 1.0,
    "time": 1.0,
    "cut": 0.5,
}


class Schedule:
    """One random schedule."""

    def __init__(self, seed: int, bugs: Bugs = NO_BUGS) -> None:
        self.rng = Random(seed)
        size = self.rng.choice([3, 4, 5])
        first = self.rng.randint(2, size)
        reads = self.rng.choice(["index", "lease"])
        self.table = Table(
            size, bugs, [f"n{i + 1}" for i in range(first)], snapshot_entries=4, reads=reads
        )
        self.chosen: dict[int, tuple[int, str]] = {}
        self.newest = 0
        """The last slot that anybody has applied."""
        self.reads: dict[tuple[str, int], int] = {}
        self.token = 0
        self.violations: list[str] = []
        self.changes = self.answers = 0

    def run(self) -> list[str]:
        """Returns what was violated."""
        for number in range(STEPS):
            self.step(number)
            self.look()
            if self.violations:
                break
        return self.violations

    def step(self, number: int) -> None:
        """Something happens."""
        table, rng = self.table, self.rng
        table.now += rng.choice([0.0, 0.01, 0.03])
        name = rng.choice(sorted(table.cores) or table.names)
        match rng.choices(list(ODDS), list(ODDS.values()))[0]:
            case "deliver" if table.letters:
                for _ in range(min(len(table.letters), rng.choice([1, 4]))):
                    late = rng.random() < 0.1
                    at = rng.randrange(len(table.letters)) if late else 0
                    table.hand_over(table.letters.pop(at))
            case "lose" if table.letters:
                table.letters.pop(rng.randrange(len(table.letters)))
            case "double" if table.letters:
                table.letters.append(rng.choice(table.letters))
            case "crash" if name in table.cores and rng.random() < 0.5:
                table.crash(name)
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
        table.settle(name)

    def look(self) -> None:
        """Compare all that was applied; every read must have seen what was before it was asked."""
        table = self.table
        for name, applied in table.applied.items():
            for slot, committed in enumerate(applied, 1):
                found = (committed.position.term, committed.command)
                if slot != committed.position.slot:
                    self.violations.append(f"{name}: {committed} at place {slot}")
                elif self.chosen.setdefault(slot, found) != found:
                    self.violations.append(f"{name}: {found} at {slot}, not {self.chosen[slot]}")
            self.newest = max(self.newest, len(applied))
        for name, token, _ in table.answered:
            self.answers += 1
            if len(table.applied[name]) < self.reads.pop((name, token)):
                self.violations.append(f"{name}: read {token} is stale")
        table.answered.clear()
        table.trace.clear()


@pytest.mark.parametrize("batch", range(0, SEEDS, BATCH))
def test_whatever_happens_one_value_a_slot(batch: int) -> None:
    changes = answers = 0
    for seed in range(batch, min(batch + BATCH, SEEDS)):
        schedule = Schedule(seed)
        assert schedule.run() == [], f"seed {seed}"
        changes += schedule.changes
        answers += schedule.answers
    assert changes > 10
    assert answers > 100
