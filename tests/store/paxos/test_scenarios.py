"""Stories of a cluster of Paxos servers, word by word. Each opens with what should happen and why.

*Simple* is Paxos Made Simple, *PMMC* Paxos Made Moderately Complex, *Live* Paxos Made Live.
"""

from __future__ import annotations

from tests.store.paxos.table import Table
from tests.store.scripted import between
from tests.store.test_scenarios import story


def told(table: Table) -> str:
    """What happened since the last time, one line each."""
    lines = "\n".join(table.trace)
    table.trace.clear()
    return lines


def test_a_first_ballot_and_a_first_write() -> None:
    """n1 asks whether it would be promised, then asks for promises (Simple §2.2, phase 1).

    With a majority it leads all slots from then on (Simple §3). It puts a no-op of its own into the
    first, which is chosen once one other acceptor has it. Then a command takes one round trip, and
    the others learn with the next message what is chosen.
    """
    table = Table()
    table.elect("n1")
    assert told(table) == story("""
        n1 → n2 would you promise b1.n1? from 1
        n1 → n3 would you promise b1.n1? from 1
        n2 → n1 yes, I would
        n3 → n1 yes, I would
        n1 → n2 promise b1.n1? from 1
        n1 → n3 promise b1.n1? from 1
        n2 → n1 promised; accepted nothing
        n3 → n1 promised; accepted nothing
        n1 → n2 accept 1:no-op in b1.n1; chosen 0
        n1 → n3 accept 1:no-op in b1.n1; chosen 0
        n2 → n1 accepted 1; know 0 chosen
        n1 commits 1 no-op/128
        n3 → n1 accepted 1; know 0 chosen
    """)
    table.propose("n1", "a")
    table.deliver()
    assert told(table) == story("""
        n1 → n2 accept 2:a in b1.n1; chosen 1
        n2 commits 1 no-op/128
        n1 → n3 accept 2:a in b1.n1; chosen 1
        n3 commits 1 no-op/128
        n2 → n1 accepted 2; know 1 chosen
        n1 commits 2 a/128
        n3 → n1 accepted 2; know 1 chosen
    """)


def test_many_requests_at_once_cost_one_message_and_one_sync() -> None:
    """Commands that arrive together go out together, each in a slot of its own."""
    table = Table()
    table.elect("n1")
    told(table)
    synced = {name: len(disk) for name, disk in table.disks.items()}
    table.propose("n1", "a", "b", "c")
    table.deliver(between("n1", "n2"))
    table.deliver(between("n2", "n1"))
    assert told(table) == story("""
        n1 → n2 accept 2:a 3:b 4:c in b1.n1; chosen 1
        n2 commits 1 no-op/128
        n2 → n1 accepted 2 3 4; know 1 chosen
        n1 commits 2 a/128
        n1 commits 3 b/128
        n1 commits 4 c/128
    """)
    assert {name: len(disk) - synced[name] for name, disk in table.disks.items()} == {
        "n1": 1,
        "n2": 1,
        "n3": 0,
    }


def test_what_may_be_chosen_is_proposed_again() -> None:
    """n1's write a reached n2 and was chosen there, and n1 is gone before anybody learned of it.

    n2 tells n3 in its promise what it accepted, and n3 must propose that very value (Simple P2c).
    """
    table = Table()
    table.elect("n1")
    table.beat("n1")
    table.deliver()
    table.propose("n1", "a")
    table.deliver(between("n1", "n2"))
    table.crash("n1")
    table.lose()
    table.time_out("n3")
    told(table)
    table.deliver()
    assert told(table) == story("""
        n3 → n1 would you promise b2.n3? from 2
        n3 → n2 would you promise b2.n3? from 2
        n2 → n3 yes, I would
        n3 → n1 promise b2.n3? from 2
        n3 → n2 promise b2.n3? from 2
        n2 → n3 promised; accepted 2:a@b1.n1
        n3 → n1 accept 2:a 3:no-op in b2.n3; chosen 1
        n3 → n2 accept 2:a 3:no-op in b2.n3; chosen 1
        n2 → n3 accepted 2 3; know 1 chosen
        n3 commits 2 a/128
        n3 commits 3 no-op/258
    """)


def test_a_gap_is_filled_with_a_no_op() -> None:
    """n1's Accept of a, for slot 2, was lost, that of b, for slot 3, arrived at n2.

    Slot 2 can't have been chosen without n2 or n3 knowing, so n3 fills it with a no-op (Simple §3).
    Only then can b, in slot 3, be applied.
    """
    table = Table()
    table.elect("n1")
    table.beat("n1")
    table.deliver()
    table.propose("n1", "a")
    table.lose()
    table.propose("n1", "b")
    table.deliver(between("n1", "n2"))
    table.crash("n1")
    table.lose()
    table.elect("n3")
    assert table.chosen("n3") == ["no-op", "no-op", "b", "no-op"]


def test_a_lost_message_is_sent_again_after_two_beats() -> None:
    """Slots are independent: c is accepted though b was lost, and waits only to be applied."""
    table = Table()
    table.elect("n1")
    table.cut(["n1", "n2"], ["n3"])
    table.propose("n1", "b")
    table.lose()
    table.propose("n1", "c")
    table.deliver()
    assert table.chosen("n1") == ["no-op"]
    table.beat("n1")
    table.deliver()
    told(table)
    table.beat("n1")
    table.deliver()
    assert told(table) == story("""
        n1 → n2 accept 2:b in b1.n1; chosen 1
        n2 → n1 accepted 2; know 1 chosen
        n1 commits 2 b/128
        n1 commits 3 c/128
    """)


def test_who_was_away_catches_up() -> None:
    """n3 heard nothing while a to d were chosen. The leader shows it what it lacks, in order."""
    table = Table()
    table.elect("n1")
    table.cut(["n1", "n2"], ["n3"])
    table.propose("n1", "a", "b")
    table.deliver()
    table.propose("n1", "c", "d")
    table.deliver()
    table.cut()
    for _ in range(4):
        table.beat("n1")
        table.deliver()
    assert table.chosen("n3") == ["no-op", "a", "b", "c", "d"]


def test_a_server_that_was_cut_off_comes_back_without_disturbing_anybody() -> None:
    """n3 was cut off and stood many times, but only asked whether it would be promised. It promised
    nobody, itself included, a ballot above n1's: n1 goes on (as Raft's pre-vote, thesis §9.6).
    (n1 does not count who answers: on the table seconds go by between two heartbeats.)
    """
    table = Table(check_quorum=False)
    table.elect("n1")
    (before,) = table.leaders()
    table.cut(["n1", "n2"], ["n3"])
    for _ in range(5):
        table.time_out("n3")
    table.cut()
    table.beat("n1")
    table.deliver(between("n1", "n2"))
    table.lose()
    table.cores["n3"].wake(table.now + 1)
    table.settle("n3")
    table.deliver()
    assert table.leaders() == [before]


def test_a_deposed_leader_is_told_and_its_reads_are_not_served() -> None:
    """n1 leads and is cut off, n2 is elected and writes b. A read at n1 may not be answered: no
    majority confirms it (as Raft's ReadIndex, thesis §6.4). Back again, n1 hears of the higher
    ballot, and the read is given up.
    """
    table = Table()
    table.elect("n1")
    table.propose("n1", "a")
    table.deliver()
    table.cut(["n1"], ["n2", "n3"])
    table.elect("n2")
    table.propose("n2", "b")
    table.deliver()
    assert table.read("n1", token=7)
    table.beat("n1")
    assert table.answered == []
    table.cut()
    table.beat("n2")
    table.deliver()
    assert ("n1", 7) in table.lost
    assert [name for name, _ in table.leaders()] == ["n2"]


def test_two_who_stand_at_once_end_with_one_leader() -> None:
    """Duelling proposers (Simple §2.4): n3's higher ballot takes n2's promise away from n1, whose
    Accept is refused. Nothing of n1's is lost: it was never told to have happened.
    """
    table = Table()
    table.time_out("n1")
    table.deliver(rounds=4)
    table.time_out("n3")
    table.deliver()
    table.beat(table.leaders()[0][0])
    table.deliver()
    assert len({ballot for _, ballot in table.leaders()}) == len(table.leaders()) == 1


def test_a_single_server_leads_by_itself() -> None:
    table = Table(1)
    table.time_out("n1")
    table.propose("n1", "a")
    assert table.chosen("n1") == ["no-op", "a"]


def test_what_was_accepted_survives_a_restart_of_all() -> None:
    """All are killed after a was chosen (Simple §2.5: promises and votes are on stable storage)."""
    table = Table()
    table.elect("n1")
    table.propose("n1", "a")
    table.deliver()
    for name in table.names:
        table.crash(name)
        table.restart(name)
    table.lose()
    table.elect("n2")
    assert table.chosen("n2")[:2] == ["no-op", "a"]
