"""Snapshots of the Raft core: as stories (see `test_scenarios`), and rule by rule (Raft §7)."""

from __future__ import annotations

import pytest

from targets.store.journal import CorruptJournal
from targets.store.raft import snapshot
from targets.store.raft.messages import Append, Entry, Install, Installed
from targets.store.raft.saved import Saved, anew, record
from targets.store.raft.snapshot import Snapshot
from targets.store.replicated import Members, Position
from tests.store.scripted import Table, about
from tests.store.test_scenarios import story, told

MEMBERS = Members(("n1", "n2", "n3"))


def behind(pieces: int = 1 << 16) -> Table:
    """n3 was cut off while n1 and n2 wrote a to f, and n1 keeps only f besides its snapshot."""
    table = Table(snapshot_entries=2)
    table.elect("n1")
    table.cut(["n1", "n2"], ["n3"])
    table.propose("n1", *"abcdef")
    table.deliver()
    table.compact("n1")
    table.cut()
    told(table)
    return table


def test_a_follower_that_is_too_far_behind_gets_a_snapshot() -> None:
    """n3's next entry is in no log any more. It says where its own log ends, gets the snapshot
    (Raft §7), says that it has it, and goes on with entries like everybody.
    """
    table = behind()
    table.beat("n1")
    table.deliver(lambda letter: "n3" in letter[:2])
    assert told(table) == story("""
        n1 → n3 after 7/1: nothing; commit 7 (1)
        n3 → n1 try after 1 (1)
        n1 → n3 snapshot at 7, from 0 all (1)
        n3 has the state at 7
        n3 → n1 have 134 of it (1)
    """)
    table.propose("n1", "g")
    table.deliver()
    table.beat("n1")
    table.deliver()
    assert table.state("n3") == list("abcdefg")
    assert table.cores["n3"].status()[2:3] == (8,)


def test_a_transfer_goes_on_where_it_was(monkeypatch: pytest.MonkeyPatch) -> None:
    """Pieces and answers are lost, doubled and late; each piece is asked for until it is there."""
    monkeypatch.setattr(snapshot, "PIECE", 100)
    table = behind()
    table.beat("n1")
    table.deliver(lambda letter: "n3" in letter[:2], rounds=3)
    (second,) = table.lose(about(Installed))
    told(table)
    table.beat("n1")
    late = [letter for letter in table.letters if isinstance(letter[2], Install)]
    table.deliver(lambda letter: "n3" in letter[:2], rounds=2)
    assert told(table) == story("""
        n1 → n3 snapshot at 7, from 0 to 100 (1)
        n3 → n1 have 100 of it (1)
    """)
    table.hand_over(second)
    table.hand_over(late[0])
    table.deliver()
    assert table.state("n3") == list("abcdef")


def test_a_server_starts_from_its_snapshot_and_the_journal_after_it() -> None:
    table = behind()
    table.propose("n1", "g")
    table.crash("n1")
    table.restart("n1")
    assert table.state("n1") == list("abcdef"), "what is after the snapshot has yet to be committed"
    assert table.log("n1") == [(1, "f"), (1, "g")]
    assert table.cores["n1"].status().snapshot == 7


def test_a_late_snapshot_takes_nothing_back() -> None:
    """n3 has got the snapshot at 7 and entries since when a copy of it arrives once more."""
    table = behind()
    table.beat("n1")
    table.deliver(lambda letter: "n3" in letter[:2], rounds=2)
    (copy,) = [letter for letter in table.letters if isinstance(letter[2], Install)]
    table.propose("n1", "g")
    table.deliver()
    table.beat("n1")
    table.deliver()
    table.hand_over(copy)
    assert table.state("n3") == list("abcdefg")
    table.crash("n1")
    table.elect("n3")


def test_an_old_leaders_snapshot_is_refused() -> None:
    table = behind()
    table.beat("n1")
    table.deliver(lambda letter: "n3" in letter[:2], rounds=2)
    (old,) = table.lose(about(Install))
    table.cut(["n2", "n3"], ["n1"])
    table.elect("n2")
    table.cut()
    table.lose()
    table.hand_over(old)
    assert table.letters == [("n3", "n1", Installed(2, 7, 0, old[2].round))]


def test_an_append_that_reaches_back_into_the_snapshot_is_taken_from_its_end() -> None:
    """What the snapshot holds was committed, so the sender has the same there."""
    table = behind()
    table.cut(["n2", "n3"], ["n1"])
    table.elect("n2")
    entries = (Entry(1, "e"), Entry(1, "f"), Entry(2, ""))
    table.hand_over(("n2", "n1", Append(2, 5, 1, entries, 8, 0)))
    assert table.log("n1")[-2:] == [(1, "f"), (2, "")]


def snapped(slot: int, term: int) -> str:
    return Snapshot(Position(slot, term), MEMBERS, "state").write()


def test_a_log_that_agrees_with_the_snapshot_is_kept() -> None:
    """The crash came after the snapshot was saved and before the journal was made anew."""
    journal = [record(2, "n1", (1, [Entry(1, "a"), Entry(2, "b"), Entry(2, "c")]))]
    saved = Saved.replay(snapped(2, 2), journal)
    assert (saved.base, len(saved.entries)) == (Position(0, 0), 3)


@pytest.mark.parametrize(("slot", "term"), [(2, 3), (9, 2)])
def test_a_log_that_does_not_is_dropped(slot: int, term: int) -> None:
    """The snapshot came from a leader; the journal's entries conflict with it, or end before it."""
    journal = [record(2, "n1", (1, [Entry(1, "a"), Entry(2, "b"), Entry(2, "c")]))]
    saved = Saved.replay(snapped(slot, term), journal)
    assert (saved.base, saved.entries) == (Position(slot, term), [])
    assert (saved.term, saved.vote) == ((3, None) if term == 3 else (2, "n1"))


def test_a_crash_between_snapshot_and_journal_costs_nothing_later() -> None:
    """n3's journal still ends before the snapshot when it starts: what it acknowledges from then on
    must be there, at its own index, when it starts once more.
    """
    table = behind()
    table.beat("n1")
    table.tear("n3")
    table.deliver()
    assert "n3" not in table.cores
    table.restart("n3")
    assert table.state("n3") == list("abcdef")
    table.propose("n1", *"ghi")
    table.beat("n1")
    table.deliver()
    acknowledged = table.log("n3")
    assert [command for _, command in acknowledged] == ["g", "h", "i"]
    table.crash("n3")
    table.restart("n3")
    assert table.log("n3") == acknowledged


def test_a_crash_between_its_own_snapshot_and_its_journal_costs_nothing_either() -> None:
    """n1 leads, and has the snapshot beside a journal from the very beginning: it keeps the log."""
    table = Table(snapshot_entries=2)
    table.elect("n1")
    table.propose("n1", *"abcdef")
    table.deliver()
    table.tear("n1")
    table.compact("n1")
    table.restart("n1")
    assert table.state("n1") == list("abcdef")
    assert len(table.log("n1")) == 7
    table.elect("n1")
    table.propose("n1", "g")
    table.deliver()
    table.crash("n1")
    table.restart("n1")
    table.elect("n1")
    assert table.state("n1") == list("abcdefg")


def test_a_journal_without_the_snapshot_it_goes_on_from_is_refused() -> None:
    with pytest.raises(CorruptJournal, match="after slot 4, and there is no snapshot"):
        Saved.replay(None, anew(2, None, Position(4, 1), [Entry(2, "x")]))
