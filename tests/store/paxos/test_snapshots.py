"""Stories of snapshots: the log's beginning goes, and who needed it gets the state instead.

*Live* is Paxos Made Live.
"""

from __future__ import annotations

import pytest

from targets.store.journal import CorruptJournal
from targets.store.paxos import catch_up
from targets.store.paxos.messages import Accept, Chunk
from targets.store.paxos.saved import Saved
from tests.store.paxos.table import Table
from tests.store.paxos.test_scenarios import told
from tests.store.scripted import about, between
from tests.store.test_scenarios import story


def without_n3(snapshot_entries: int = 2) -> Table:
    """The values a to f are chosen in slots 2 to 7 without n3; n1 and n2 keep slot 7 only."""
    table = Table(snapshot_entries=snapshot_entries)
    table.elect("n1")
    table.cut(["n1", "n2"], ["n3"])
    table.propose("n1", *"abcdef")
    table.deliver()
    table.beat("n1")
    table.deliver()
    table.compact("n1")
    table.compact("n2")
    return table


def test_who_was_away_too_long_is_sent_the_state_in_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """n3 lacks slots that n1 no longer has. n1's heartbeats say that there is a snapshot; n3 asks
    for it piece by piece, and goes on from there with what was proposed meanwhile.
    """
    monkeypatch.setattr(catch_up, "PIECE", 150)
    table = without_n3()
    table.cut()
    table.propose("n1", "g")
    table.deliver()
    table.beat("n1")
    told(table)
    table.deliver(lambda letter: "n2" not in letter[:2])
    assert told(table) == story("""
        n1 → n3 accept nothing in b1.n1; chosen 8
        n1 → n3 I have a snapshot to 7
        n3 → n1 accepted nothing; know 1 chosen
        n3 → n1 send your snapshot to 7 from 0
        n1 → n3 snapshot to 7 from 0
        n3 → n1 send your snapshot to 7 from 150
        n1 → n3 snapshot to 7 from 150, the end
        n3 has the state at 7
    """)
    table.beat("n1")
    table.deliver()
    assert table.state("n3") == list("abcdefg")
    assert table.cores["n3"].status().snapshot == 7


def test_a_piece_that_was_lost_is_asked_for_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """What has come is kept: n3 goes on where it was, and a piece that comes twice counts once."""
    monkeypatch.setattr(catch_up, "PIECE", 40)
    table = without_n3()
    table.cut()
    table.beat("n1")
    table.deliver(rounds=10)
    late = table.lose(about(Chunk))
    assert late
    for _ in range(3):
        table.lose()
        table.beat("n1")
        table.deliver(rounds=6)
    lines = [line for line in told(table).splitlines() if "send your snapshot" in line]
    assert lines.count("n3 → n1 send your snapshot to 7 from 0") == 1
    table.hand_over(late[0])
    table.deliver()
    assert table.state("n3") == list("abcdef")


def test_a_transfer_goes_on_though_the_leader_takes_another_snapshot(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(catch_up, "PIECE", 40)
    table = without_n3()
    table.cut()
    table.beat("n1")
    table.deliver(rounds=10)
    for command in "gh":
        table.propose("n1", command)
        table.deliver(between("n1", "n2"))
        table.deliver(between("n2", "n1"))
        table.compact("n1")
    told(table)
    table.deliver()
    assert "n3 has the state at 7" in told(table)
    for _ in range(4):
        table.beat("n1")
        table.deliver()
    assert table.state("n3") == list("abcdefgh")


def test_a_candidate_that_lags_catches_up_before_it_leads() -> None:
    """n1 is gone. n3 stands, and n2 no longer has the slots that n3 would have to propose again: it
    promises nothing, and says what it has. With that, n3 asks for less, and leads.
    """
    table = without_n3()
    table.crash("n1")
    table.cut()
    told(table)
    table.time_out("n3")
    table.deliver()
    assert told(table) == story("""
        n3 → n1 would you promise b2.n3? from 1
        n3 → n2 would you promise b2.n3? from 1
        n2 → n3 I have a snapshot to 7
        n3 → n2 send your snapshot to 7 from 0
        n2 → n3 snapshot to 7 from 0, the end
        n3 has the state at 7
    """)
    table.elect("n3")
    assert table.state("n3") == list("abcdef")
    table.propose("n3", "g")
    table.deliver()
    assert table.state("n3") == list("abcdefg")


def test_a_snapshot_that_comes_too_late_takes_nothing_back() -> None:
    """n3 learned of more, slot by slot, while the snapshot's only piece was on its way."""
    table = without_n3(snapshot_entries=400)
    table.cut()
    table.hand_over(("n1", "n3", table.cores["n1"]._catch_up.latest))
    table.deliver(between("n3", "n1"))
    (late,) = table.lose(about(Chunk))
    for _ in range(4):
        table.beat("n1")
        table.deliver()
    table.propose("n1", "g")
    table.beat("n1")
    table.deliver()
    table.beat("n1")
    table.deliver()
    assert table.state("n3") == list("abcdefg")
    table.hand_over(late)
    assert table.state("n3") == list("abcdefg")
    assert table.cores["n3"].status().snapshot == 0


def test_a_server_starts_from_its_snapshot_and_the_slots_after_it() -> None:
    """All of n1 and n2 are killed. The promise is in the journal still; so is slot 7, for others
    that are slightly behind.
    """
    table = without_n3()
    table.propose("n1", "g")
    table.deliver()
    table.beat("n1")
    table.deliver()
    promised = table.cores["n2"].acceptor.promised
    for name in table.names:
        table.crash(name)
        table.restart(name)
    assert table.state("n2") == list("abcdef")
    assert table.cores["n2"].acceptor.promised == promised
    assert table.cores["n2"].acceptor.floor == 6
    table.elect("n2")
    assert table.state("n2") == list("abcdefg")


def test_a_journal_without_its_snapshot_is_refused() -> None:
    """It was made anew when the snapshot was taken: slots 2 to 6 are nowhere else."""
    table = without_n3()
    with pytest.raises(
        CorruptJournal, match="to 7 to be chosen and lacks slot 1, and the snapshot covers 0"
    ):
        Saved.replay(None, table.disks["n1"])


@pytest.mark.parametrize("name", ["n2", "n3"])
def test_a_crash_between_snapshot_and_journal_leaves_both(name: str) -> None:
    """The snapshot is on disk, the journal still is what it was. For n2, which took the snapshot
    itself, and for n3, which was sent one: n3's journal holds x at slots 2 to 8, where others were
    chosen. Nor does it come back when the server starts once more.
    """
    table = Table(snapshot_entries=2)
    table.elect("n3")
    table.beat("n3")
    table.deliver()
    table.propose("n3", *["x"] * 7)
    table.lose()
    table.cut(["n1", "n2"], ["n3"])
    table.elect("n1")
    table.propose("n1", *"abcdef")
    table.deliver()
    table.beat("n1")
    table.deliver()
    table.tear(name)
    table.compact("n1")
    table.compact("n2")
    table.cut()
    for _ in range(2):
        table.beat("n1")
        table.deliver()
    assert name not in table.cores
    saved = Saved.replay(table.snapshots[name], table.disks[name])
    assert saved.chosen == 8
    assert "x" not in [vote.value.command for vote in saved.votes.values()]
    table.restart(name)
    assert table.state(name) == list("abcdef")
    for command in "gh":
        table.propose("n1", command)
        table.deliver()
        table.beat("n1")
        table.deliver()
    table.crash(name)
    table.restart(name)
    acceptor = table.cores[name].acceptor
    kept = [acceptor.value(slot).command for slot in range(acceptor.floor + 1, acceptor.chosen + 1)]
    assert kept[-1] == "g"
    assert "x" not in kept, "was never chosen, and a server that lags would be sent it"


def test_a_leader_learns_from_whoever_knows_more() -> None:
    """n2 knows slot 2 to be chosen and is never sent it again, n1 is gone, and the first that n3
    sends as leader is lost, but not what comes next. n2's word has to be enough.
    """
    table = Table()
    table.elect("n1")
    table.beat("n1")
    table.deliver()
    table.propose("n1", "a")
    table.deliver()
    table.beat("n1")
    table.deliver(between("n1", "n2"))
    table.lose()
    table.crash("n1")
    table.time_out("n3")
    table.deliver(lambda letter: not isinstance(letter[2], Accept))
    table.lose()
    table.propose("n3", "b")
    for _ in range(4):
        table.deliver()
        table.beat("n3")
    assert table.chosen("n3") == ["no-op", "a", "no-op", "b"]
