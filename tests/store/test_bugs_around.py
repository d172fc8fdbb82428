"""The mistakes around the core, which every bundled store can be told to make, caught; and that
every mistake is declared and has a test.
"""

from __future__ import annotations

import pytest

from harness.target import Bug
from targets.raft import RaftTarget
from targets.raft_bugs import RAFT_BUGS
from targets.store.bugs import NO_STORE_BUGS, StoreBugs
from targets.store.journal import CorruptJournal, Journal
from targets.store.machine.counter import Counters
from targets.store.machine.kv import KeyValue
from targets.store.machine.sessions import OPEN, Sessions, command
from targets.store.raft.bugs import Bugs
from tests.store import (
    test_bugs,
    test_bugs_members,
    test_bugs_reads,
    test_bugs_snapshots,
)
from tests.store.test_bugs import both


def bugs(flag: str, on: bool) -> StoreBugs:
    return StoreBugs.named([flag]) if on else NO_STORE_BUGS


class Disk:
    """Files that lose what was not synced."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self._safe: dict[str, bytes] = {}

    def read(self, name: str) -> bytes:
        return self.files.get(name, b"")

    def append(self, name: str, data: bytes) -> None:
        self.files[name] = self.read(name) + data

    def sync(self, name: str) -> None:
        self._safe[name] = self.read(name)

    def replace(self, name: str, data: bytes) -> None:
        self.files[name] = self._safe[name] = data

    def power_loss(self) -> None:
        self.files = dict(self._safe)


def records(disk: Disk, common: StoreBugs) -> list[str]:
    return Journal(disk, "journal", common).open("me")


def written(common: StoreBugs, *texts: str) -> Disk:
    """A disk with these records, each of them acknowledged."""
    disk = Disk()
    journal = Journal(disk, "journal", common)
    journal.open("me")
    for text in texts:
        journal.append(text)
    return disk


@pytest.mark.parametrize(
    ("flag", "left"),
    [(None, ["a", "b"]), ("log_not_fsynced", []), ("wal_tail_lost", ["a"])],
)
def test_log_not_fsynced_wal_tail_lost(flag: str | None, left: list[str]) -> None:
    """What was acknowledged survives a power failure (Raft figure 2)."""
    common = bugs(flag or "", flag is not None)
    disk = written(common, "a", "b")
    disk.power_loss()
    assert records(disk, common) == left


@both
def test_wal_cut_on_corrupt_middle(on: bool) -> None:
    """Damage before a whole record is no torn tail (Protocol-Aware Recovery, FAST'18)."""
    common = bugs("wal_cut_on_corrupt_middle", on)
    disk = written(common, "first", "second")
    disk.files["journal"] = disk.files["journal"].replace(b"first", b"f1rst")
    if on:
        assert records(disk, common) == []
    else:
        with pytest.raises(CorruptJournal):
            records(disk, common)


@both
def test_no_client_dedup(on: bool) -> None:
    """A write that was sent twice acts once (thesis §6.3).

    One client's write of 1 gets no answer and is sent again; meanwhile another client writes 2.
    The second copy must not bring 1 back.
    """
    state = Sessions(KeyValue(), bugs("no_client_dedup", on))
    state.apply(1, OPEN)
    state.apply(2, OPEN)
    first = command(1, 1, ["write", "x", 1])
    for slot, text in enumerate([first, command(2, 1, ["write", "x", 2]), first], 3):
        state.apply(slot, text)
    assert state.query(["read", "x"]) == {"ok": 1 if on else 2}


@both
def test_snapshot_drops_sessions(on: bool) -> None:
    """Nor does it act again on a node that started from a snapshot in between (thesis §6.3)."""
    state = Sessions(Counters(), bugs("snapshot_drops_sessions", on))
    state.apply(1, OPEN)
    state.apply(2, command(1, 1, ["add", "x", 5]))
    again = Sessions(Counters())
    again.load(state.dump())
    again.apply(3, command(1, 1, ["add", "x", 5]))
    assert again.query(["read", "x"]) == {"ok": 10 if on else 5}


def test_every_flag_is_described() -> None:
    assert tuple(bug.flag for bug in RAFT_BUGS) == Bugs.known()
    assert {bug.workload for bug in RAFT_BUGS} <= set(RaftTarget.offers)


@pytest.mark.parametrize("bug", RAFT_BUGS, ids=lambda bug: bug.flag)
def test_every_flag_is_caught_and_can_be_set(bug: Bug) -> None:
    parts = [test_bugs, test_bugs_reads, test_bugs_members, test_bugs_snapshots]
    tests = [name for part in parts for name in vars(part)] + list(globals())
    assert any(bug.flag in name for name in tests if name.startswith("test_"))
    RaftTarget(bugs=[bug.flag])


def test_an_unknown_flag_names_the_nearest_and_all() -> None:
    with pytest.raises(ValueError, match=r"'leader_local_read'.* known: .*quorum_off_by_one"):
        RaftTarget(bugs=["leader_local_raed"])
