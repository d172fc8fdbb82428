"""The journal: what a crash leaves is repaired, what only a broken disk leaves is refused."""

from __future__ import annotations

from pathlib import Path
from random import Random
from types import SimpleNamespace
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.worlds.sim.disk import SimDisk
from harness.worlds.sim.loop import SimLoop
from targets.store.journal import CorruptJournal, Journal, encode, scan
from targets.store.posix.disk import DiskInUse, PosixDisk
from targets.store.raft.messages import Entry
from targets.store.raft.saved import Saved, record
from targets.store.replicated import Output
from targets.store.storage import Storage

RECORDS = [b"[1,null,null,[]]", b'[2,"n1",1,[[2,""]]]', b'[2,"n1",2,[[2,"a"]]]']


def sim_disk(seed: int = 0) -> SimDisk:
    """A disk whose syncs keep nobody busy."""
    return SimDisk(Random(seed), cast(SimLoop, SimpleNamespace(now=0.0)), lambda seconds: 0.0)


def file_of(records: list[bytes]) -> bytes:
    return b"".join(map(encode, records))


def test_a_tail_torn_at_any_byte_is_cut() -> None:
    """Every prefix of the file gives the records that are whole, and says where they end."""
    data = file_of(RECORDS)
    ends = [len(file_of(RECORDS[:count])) for count in range(len(RECORDS) + 1)]
    for length in range(len(data) + 1):
        whole = max(count for count, end in enumerate(ends) if end <= length)
        assert scan(data[:length]) == (RECORDS[:whole], ends[whole])


def test_a_last_record_of_garbage_is_cut() -> None:
    """A crash may leave the length of a file without its bytes: zeros, or anything."""
    data = file_of(RECORDS[:2])
    assert scan(data + bytes(64)) == (RECORDS[:2], len(data))
    torn = encode(RECORDS[2])[:-3] + b"\x00\x00\x00"
    assert scan(data + torn) == (RECORDS[:2], len(data))


def test_damage_with_a_whole_record_after_it_is_refused() -> None:
    """One flipped bit anywhere before the last record, lengths and checksums included."""
    data = file_of(RECORDS)
    for byte in range(len(file_of(RECORDS[:2]))):
        for bit in range(8):
            damaged = bytearray(data)
            damaged[byte] ^= 1 << bit
            with pytest.raises(CorruptJournal, match="no torn tail"):
                scan(bytes(damaged))


@given(st.lists(st.binary(max_size=50), max_size=6), st.integers(0, 400))
def test_what_was_written_is_read(records: list[bytes], length: int) -> None:
    data = file_of(records)
    assert scan(data) == (records, len(data))
    payloads, end = scan(data[:length])
    assert payloads == records[: len(payloads)]
    assert end <= length


def test_opening_repairs_the_file_itself() -> None:
    disk = sim_disk()
    journal = Journal(disk, "journal")
    assert journal.open("me") == []
    journal.append("one")
    disk.append("journal", encode(b"two")[:-1])
    again = Journal(disk, "journal")
    assert again.open("me") == ["one"]
    assert again.torn == len(encode(b"two")) - 1
    again.append("three")
    assert Journal(disk, "journal").open("me") == ["one", "three"]


def test_another_node_s_journal_is_refused() -> None:
    disk = sim_disk()
    Journal(disk, "journal").open("n1")
    with pytest.raises(CorruptJournal, match="belongs to 'n1', not to 'n2'"):
        Journal(disk, "journal").open("n2")


@pytest.mark.parametrize("seed", range(20))
def test_a_synced_record_survives_any_crash(seed: int) -> None:
    disk = sim_disk(seed)
    journal = Journal(disk, "journal")
    journal.open("me")
    for number in range(10):
        journal.append(str(number))
        disk.append("journal", encode(b"never synced"))
        disk.lose_power()
        journal = Journal(disk, "journal")
        found = [text for text in journal.open("me") if text != "never synced"]
        assert found == [str(n) for n in range(number + 1)]


def test_replay_replaces_from_the_index_that_a_record_names() -> None:
    """A follower's log may change (Raft §5.3): the journal holds both, and the last counts."""
    first = record(1, "n1", (1, [Entry(1, "a"), Entry(1, "b"), Entry(1, "c")]))
    second = record(2, None, (2, [Entry(2, "x")]))
    third = record(3, "n3", None)
    saved = Saved.replay(None, [first, second, third])
    assert saved == Saved(3, "n3", [Entry(1, "a"), Entry(2, "x")])


def test_the_real_disk(tmp_path: Path) -> None:
    disk = PosixDisk(tmp_path / "data")
    assert disk.read("f") == b""
    disk.append("f", b"one")
    disk.append("f", b"two")
    disk.sync("f")
    assert disk.read("f") == b"onetwo"
    disk.replace("f", b"new")
    disk.append("f", b"er")
    disk.sync("f")
    assert disk.read("f") == b"newer"
    with pytest.raises(DiskInUse, match="another process uses"):
        PosixDisk(tmp_path / "data")
    disk.close()
    PosixDisk(tmp_path / "data").close()


def test_a_snapshot_whose_journal_is_gone_is_refused() -> None:
    """What was acknowledged since, a vote perhaps, was in it."""
    disk = sim_disk()
    storage = Storage(disk, "n1")
    storage.open()
    out = Output()
    out.snapshot, out.anew = "state", []
    storage.save(out)
    assert Storage(disk, "n1").open().snapshot == "state"
    disk.replace("journal", b"")
    with pytest.raises(CorruptJournal, match="journal: missing or empty beside a snapshot"):
        Storage(disk, "n1").open()
