"""Stories of a cluster, word by word. Each opens with what should happen and why, then holds the
cores' messages against it. In `after 2/1`, 2 is an index and 1 the term of the entry there; the
number in brackets is the sender's term.
"""

from __future__ import annotations

from textwrap import dedent

from targets.store.raft.messages import Append
from tests.store.scripted import Table, about, between


def told(table: Table) -> str:
    """What happened since the last time, one line each."""
    lines = "\n".join(table.trace)
    table.trace.clear()
    return lines


def story(text: str) -> str:
    return dedent(text).strip()


def test_a_first_election_and_a_first_write() -> None:
    """n1 asks whether it would be elected (thesis §9.6), then asks to be (Raft §5.2).

    As leader it writes a no-op of its own term (Raft §8), which is committed once one follower has
    it too, a majority of three. Then a command takes one round trip. Followers learn with the next
    message that an entry is committed (Raft §5.3).
    """
    table = Table()
    table.elect("n1")
    assert told(table) == story("""
        n1 → n2 would you vote for me in 1? my log ends at 0/0
        n1 → n3 would you vote for me in 1? my log ends at 0/0
        n2 → n1 yes, I would (1)
        n3 → n1 yes, I would (1)
        n1 → n2 vote for me in 1? my log ends at 0/0
        n1 → n3 vote for me in 1? my log ends at 0/0
        n2 → n1 yes (1)
        n3 → n1 yes (1)
        n1 → n2 after 0/0: no-op/1; commit 0 (1)
        n1 → n3 after 0/0: no-op/1; commit 0 (1)
        n2 → n1 have 1 (1)
        n1 commits 1 no-op/1
        n3 → n1 have 1 (1)
    """)
    table.propose("n1", "a")
    table.deliver()
    assert told(table) == story("""
        n1 → n2 after 1/1: a/1; commit 1 (1)
        n2 commits 1 no-op/1
        n1 → n3 after 1/1: a/1; commit 1 (1)
        n3 commits 1 no-op/1
        n2 → n1 have 2 (1)
        n1 commits 2 a/1
        n3 → n1 have 2 (1)
    """)


def test_many_requests_at_once_cost_one_message_and_one_sync() -> None:
    """Batching (thesis §10.2.2): three commands that arrive together go out together."""
    table = Table()
    table.elect("n1")
    told(table)
    synced = {name: len(disk) for name, disk in table.disks.items()}
    table.propose("n1", "a", "b", "c")
    table.deliver(between("n1", "n2"))
    table.deliver(between("n2", "n1"))
    assert told(table) == story("""
        n1 → n2 after 1/1: a/1 b/1 c/1; commit 1 (1)
        n2 commits 1 no-op/1
        n2 → n1 have 4 (1)
        n1 commits 2 a/1
        n1 commits 3 b/1
        n1 commits 4 c/1
    """)
    assert {name: len(disk) - synced[name] for name, disk in table.disks.items()} == {
        "n1": 1,
        "n2": 1,
        "n3": 0,
    }


def test_a_server_that_was_cut_off_comes_back_without_disturbing_anybody() -> None:
    """n3 was cut off and stood for election many times. Had it raised its term each time, its
    return would depose n1. It only asked whether it would win (thesis §9.6), and kept its term.
    """
    table = Table()
    table.elect("n1")
    table.cut(["n1", "n2"], ["n3"])
    for _ in range(5):
        table.time_out("n3")
    table.cut()
    table.beat("n1")
    table.deliver(between("n1", "n2"))
    table.lose()
    told(table)
    table.cores["n3"].wake(table.now + 1)
    table.settle("n3")
    table.deliver(lambda letter: not isinstance(letter[2], Append))
    assert told(table) == story("""
        n3 → n1 would you vote for me in 2? my log ends at 1/1
        n3 → n2 would you vote for me in 2? my log ends at 1/1
        n1 → n3 no (1)
        n2 → n3 no (1)
    """)
    assert table.leaders() == [("n1", 1)]


def test_what_was_never_committed_gives_way() -> None:
    """n1 took x and y while cut off; n2 was elected by the rest and committed b.

    When n1 is back it finds its entry 2 in conflict, cuts it and all after it, and takes n2's
    (Raft §5.3). Nobody had been told that x or y happened.
    """
    table = Table()
    table.elect("n1")
    table.cut(["n1"], ["n2", "n3"])
    table.propose("n1", "x", "y")
    table.elect("n2")
    table.propose("n2", "b")
    table.deliver()
    told(table)
    table.cut()
    table.beat("n2")
    table.deliver()
    assert told(table) == story("""
        n2 → n1 after 1/1: no-op/2 b/2; commit 3 (2)
        n1 commits 2 no-op/2
        n1 commits 3 b/2
        n2 → n3 after 3/2: nothing; commit 3 (2)
        n3 commits 3 b/2
        n1 → n2 have 3 (2)
        n3 → n2 have 3 (2)
    """)
    assert table.log("n1") == table.log("n2") == [(1, ""), (2, ""), (2, "b")]


def test_a_follower_that_lost_its_way_is_found_a_term_at_a_time() -> None:
    """n3 has three entries of term 1 that nobody else has. Asked for one of a later term, it skips
    its own whole term at once (Raft §5.3, end), not one entry a message.
    """
    table = Table()
    table.elect("n3")
    table.cut(["n3"], ["n1", "n2"])
    table.propose("n3", "x", "y", "z")
    table.elect("n1")
    table.propose("n1", "a", "b", "c", "d")
    table.deliver()
    table.crash("n1")
    table.restart("n1")
    table.elect("n1")
    told(table)
    table.cut()
    table.beat("n1")
    table.deliver(lambda letter: "n3" in letter[:2])
    assert told(table) == story("""
        n1 → n3 after 6/2: no-op/3; commit 7 (3)
        n3 → n1 try after 4 (3)
        n1 → n3 after 4/2: c/2 d/2 no-op/3; commit 7 (3)
        n3 → n1 try after 0 (3)
        n1 → n3 after 0/0: no-op/1 no-op/2 a/2 b/2 c/2 d/2 no-op/3; commit 7 (3)
        n3 commits 2 no-op/2
        n3 commits 3 a/2
        n3 commits 4 b/2
        n3 commits 5 c/2
        n3 commits 6 d/2
        n3 commits 7 no-op/3
        n3 → n1 have 7 (3)
    """)


def test_a_read_costs_a_round_and_no_entry() -> None:
    """The leader asks everybody whether it still leads, and answers once a majority has not moved
    on (thesis §6.4). Nothing is written.
    """
    table = Table()
    table.elect("n1")
    table.propose("n1", "a")
    table.deliver()
    told(table)
    table.read("n1", token=1)
    table.deliver()
    assert told(table) == story("""
        n1 → n2 after 2/1: nothing; commit 2 (1)
        n2 commits 2 a/1
        n1 → n3 after 2/1: nothing; commit 2 (1)
        n3 commits 2 a/1
        n2 → n1 have 2 (1)
        n1 answers read 1 with ['a']
        n3 → n1 have 2 (1)
    """)


def test_a_lost_message_is_found_out_by_the_next_heartbeat() -> None:
    """Messages are sent without waiting for answers (thesis §10.2.1). The one with a is lost; the
    heartbeat names the entry before it, which n2 lacks, and the leader sends again from there.
    """
    table = Table()
    table.elect("n1")
    table.propose("n1", "a")
    assert len(table.lose(about(Append))) == 2
    told(table)
    table.beat("n1")
    table.deliver(lambda letter: "n2" in letter[:2])
    assert told(table) == story("""
        n1 → n2 after 2/1: nothing; commit 1 (1)
        n2 → n1 try after 1 (1)
        n1 → n2 after 1/1: a/1; commit 1 (1)
        n2 commits 1 no-op/1
        n2 → n1 have 2 (1)
        n1 commits 2 a/1
    """)
