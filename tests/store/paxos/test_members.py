"""Stories of who votes: servers join and leave, and the leadership is handed over.

The rules and why they are safe: `targets.store.paxos.membership`.
"""

from __future__ import annotations

from typing import Any

from targets.store.replicated import Position
from tests.store.paxos.table import Table
from tests.store.paxos.test_scenarios import told
from tests.store.scripted import between
from tests.store.test_scenarios import story


def beats(table: Table, leader: str, count: int = 4) -> None:
    """Time enough for all who are reached to learn what is chosen."""
    for _ in range(count):
        table.beat(leader)
        table.deliver()


def of_four(**options: Any) -> Table:
    """n1, n2 and n3 vote, n1 leads and has written a; n4 is at hand."""
    table = Table(4, initial=["n1", "n2", "n3"], **options)
    table.elect("n1")
    table.propose("n1", "a")
    beats(table, "n1")
    return table


def joined(table: Table, *servers: str) -> None:
    """These have become voters, step by step."""
    for server in servers:
        for action in ("add", "promote"):
            assert isinstance(table.change("n1", action, server), Position)
            beats(table, "n1")


def test_a_learner_gets_the_log_and_has_no_vote() -> None:
    """With n4 as learner two of n1, n2 and n3 are a majority, and n1 and n4 are none."""
    table = of_four()
    assert table.applied["n4"] == []
    table.change("n1", "add", "n4")
    beats(table, "n1")
    assert table.state("n4") == ["a"]
    table.cut(["n1", "n4"], ["n2", "n3"])
    table.propose("n1", "b")
    beats(table, "n1")
    assert table.state("n1") == ["a"]
    table.cut(["n1", "n2"], ["n3", "n4"])
    beats(table, "n1")
    assert table.state("n1") == ["a", "b"]


def test_a_learner_does_not_stand() -> None:
    table = of_four()
    table.change("n1", "add", "n4")
    beats(table, "n1")
    table.time_out("n4")
    assert table.lose() == []


def test_a_voter_counts_from_the_slot_after_its_change() -> None:
    """n4 votes: two of four are no majority any more, three are, n4 among them."""
    table = of_four()
    joined(table, "n4")
    table.cut(["n1", "n2"], ["n3", "n4"])
    table.propose("n1", "b")
    beats(table, "n1")
    assert table.state("n1") == ["a"]
    table.cut(["n1", "n2", "n4"], ["n3"])
    beats(table, "n1")
    assert table.state("n1") == ["a", "b"]


def test_what_is_proposed_behind_a_change_waits_for_it() -> None:
    """Slot 4 has its place at once, and is sent when the change in slot 3 is chosen (rule 2)."""
    table = of_four()
    assert table.change("n1", "add", "n4") == Position(3, 128)
    assert table.propose("n1", "b") == [Position(4, 128)]
    told(table)
    table.deliver(between("n1", "n2"))
    table.deliver(between("n2", "n1"))
    table.deliver(between("n1", "n4"))
    assert told(table) == story("""
        n1 → n2 accept 3:add n4 in b1.n1; chosen 2
        n2 → n1 accepted 3; know 2 chosen
        n1 commits 3 no-op/128
        n1 → n4 accept 4:b in b1.n1; chosen 3
    """)


def test_changes_that_make_no_sense_are_refused() -> None:
    table = of_four()
    assert table.change("n2", "add", "n4") == "n2 does not lead"
    assert table.change("n1", "add", "n9") == "no such server: n9; there are n1, n2, n3, n4"
    assert table.change("n1", "promote", "n4") == "n4 is no learner"
    table.change("n1", "add", "n4")
    assert table.change("n1", "remove", "n3") == "another change is under way"
    table.deliver(lambda letter: "n4" not in letter[:2])
    assert table.change("n1", "promote", "n4") == "n4 has yet to catch up"
    table.change("n1", "remove", "n4")
    table.deliver()
    table.change("n1", "remove", "n3")
    table.deliver()
    table.change("n1", "remove", "n2")
    table.deliver()
    assert table.change("n1", "remove", "n1") == "n1 is the last voter"
    assert table.cores["n1"].status().voters == ("n1",)
    table.propose("n1", "b")
    assert table.state("n1") == ["a", "b"]


def test_a_candidate_that_recovers_a_change_stands_again_behind_it() -> None:
    """n1 is gone; n2 has accepted that n4 votes, and nobody knows whether that is chosen. n3 asks
    the members it knows, recovers the change, leads to there, and then asks the new ones (rule 3).
    """
    table = of_four()
    table.change("n1", "add", "n4")
    beats(table, "n1")
    table.change("n1", "promote", "n4")
    table.deliver(between("n1", "n2"))
    table.crash("n1")
    table.lose()
    table.time_out("n3")
    told(table)
    table.deliver(lambda letter: "n1" not in letter[:2])
    lines = [line for line in told(table).splitlines() if "n4 → " not in line]
    assert "\n".join(lines) == story("""
        n3 → n2 would you promise b2.n3? from 4
        n2 → n3 yes, I would
        n3 → n2 promise b2.n3? from 4
        n2 → n3 promised; accepted 4:promote n4@b1.n1
        n3 → n2 accept 4:promote n4 in b2.n3; chosen 3
        n3 → n4 accept 4:promote n4 in b2.n3; chosen 3
        n2 → n3 accepted 4; know 3 chosen
        n3 commits 4 no-op/128
        n3 → n2 promise b3.n3? from 5
        n3 → n4 promise b3.n3? from 5
        n2 → n3 promised; accepted nothing
        n3 → n2 accept 5:no-op in b3.n3; chosen 4
        n3 → n4 accept 5:no-op in b3.n3; chosen 4
        n2 → n3 accepted 5; know 3 chosen
        n3 commits 5 no-op/386
    """)
    assert table.cores["n3"].status().voters == ("n1", "n2", "n3", "n4")


def test_who_is_removed_learns_of_it_and_stays_quiet() -> None:
    table = of_four()
    table.cut(["n1", "n2"], ["n3"])
    table.change("n1", "remove", "n3")
    beats(table, "n1")
    table.cut()
    beats(table, "n1")
    table.propose("n1", "b")
    beats(table, "n1")
    assert table.cores["n3"].status().voters == ("n1", "n2")
    assert table.state("n3") == ["a"], "it is told of its removal, and of nothing after that"
    table.time_out("n3")
    assert table.lose() == []


def test_a_leader_that_is_removed_tells_the_others_and_goes() -> None:
    """The last thing that it does is to name an heir, for nobody should have to wait."""
    table = of_four()
    table.change("n1", "remove", "n1")
    told(table)
    table.deliver(lambda letter: "n3" not in letter[:2])
    assert told(table) == story("""
        n1 → n2 accept 3:remove n1 in b1.n1; chosen 2
        n2 → n1 accepted 3; know 2 chosen
        n1 commits 3 no-op/128
        n1 → n2 accept nothing in b1.n1; chosen 3
        n2 commits 3 no-op/128
        n1 → n2 succeed me in b1.n1
        n2 → n1 accepted nothing; know 3 chosen
    """)
    assert table.leaders() == []
    table.time_out("n1")
    table.deliver()
    assert [name for name, _ in table.leaders()] == ["n2"]
    assert table.cores["n2"].status().voters == ("n2", "n3")
    table.propose("n2", "b")
    beats(table, "n2")
    assert table.state("n3") == ["a", "b"]


def test_who_has_accepted_a_change_does_not_know_yet_who_votes() -> None:
    """n2 is told that n3 goes, and not yet that this is chosen."""
    table = of_four()
    table.change("n1", "remove", "n3")
    table.deliver(between("n1", "n2"), rounds=1)
    for name in ("n1", "n2"):
        status = table.cores[name].status()
        assert (status.voters, status.changing) == (("n1", "n2", "n3"), True)
    beats(table, "n1")
    for name in ("n1", "n2"):
        status = table.cores[name].status()
        assert (status.voters, status.changing) == (("n1", "n2"), False)


def test_a_candidate_that_recovers_its_own_removal_leads_no_further() -> None:
    """n3 was removed and added again as a learner, and knows nothing of either when it stands. It
    has its removal chosen, and has no vote behind that: somebody else goes on.
    """
    table = Table(3)
    table.elect("n1")
    table.cut(["n1", "n2"], ["n3"])
    for action in ("remove", "add"):
        table.change("n1", action, "n3")
        beats(table, "n1")
    table.crash("n1")
    table.restart("n1")
    table.lose()
    table.cut()
    table.time_out("n3")
    table.deliver()
    assert table.leaders() == []
    assert table.cores["n3"].status().voters == ("n1", "n2"), "it has stood, and led so far"
    table.elect("n2")
    beats(table, "n2")
    assert table.cores["n3"].status().learners == ("n3",)
    table.change("n2", "promote", "n3")
    beats(table, "n2")
    assert table.cores["n3"].status().voters == ("n1", "n2", "n3")


def test_members_survive_snapshots_and_restarts() -> None:
    table = of_four(snapshot_entries=2)
    joined(table, "n4")
    table.change("n1", "remove", "n2")
    beats(table, "n1")
    for name in ("n1", "n3", "n4"):
        table.compact(name)
    for name in table.names:
        table.crash(name)
        table.restart(name)
    assert table.cores["n4"].status().voters == ("n1", "n3", "n4")
    table.elect("n4")
    assert table.state("n4") == ["a"]


def test_a_server_joins_by_a_snapshot() -> None:
    """n4's first slots are gone everywhere; the snapshot says who the members were, n4 as none."""
    table = of_four(snapshot_entries=2)
    for name in ("n1", "n2", "n3"):
        table.compact(name)
    table.propose("n1", "b")
    joined(table, "n4")
    assert table.state("n4") == ["a", "b"]
    assert table.cores["n4"].status().voters == ("n1", "n2", "n3", "n4")


def test_a_leader_hands_over() -> None:
    """n1 takes no commands from then on. n2 may stand though all hear a leader: it is the heir."""
    table = of_four()
    assert table.transfer("n1", "n2") is None
    assert table.cores["n1"].leader is None
    assert table.cores["n1"].propose("b") is None
    told(table)
    table.deliver(lambda letter: "n3" not in letter[:2])
    assert told(table) == story("""
        n1 → n2 succeed me in b1.n1
        n2 → n1 promise b2.n2? from 3, heir of b1.n1
        n1 → n2 promised; accepted nothing
        n2 → n1 accept 3:no-op in b2.n2; chosen 2
        n1 → n2 accepted 3; know 2 chosen
        n2 commits 3 no-op/257
    """)
    assert [name for name, _ in table.leaders()] == ["n2"]


def test_an_heir_that_does_not_stand_is_given_up() -> None:
    """n1 goes on after the time of an election."""
    table = of_four()
    table.transfer("n1", "n2")
    table.lose()
    for _ in range(6):
        assert table.cores["n1"].propose("b") is None
        table.beat("n1")
        table.deliver()
    table.propose("n1", "b")
    table.deliver()
    assert table.state("n1") == ["a", "b"]


def test_a_hand_over_that_makes_no_sense_is_refused() -> None:
    table = of_four(snapshot_entries=2)
    assert table.transfer("n2", "n3") == "n2 does not lead"
    assert table.transfer("n1", "n1") == "n1 is no other voter"
    assert table.transfer("n1", "n4") == "n4 is no other voter"
    table.cut(["n1", "n2"], ["n3"])
    table.propose("n1", *"bcdef")
    table.deliver()
    table.compact("n1")
    assert table.transfer("n1", "n3") is not None or table.cores["n1"].leader is None


def test_somebody_elses_heir_is_nobody() -> None:
    """n2 was n1's heir, but too late: n3 leads and is heard, and n1's word is worth nothing."""
    table = of_four()
    table.transfer("n1", "n2")
    (word,) = table.lose(lambda letter: letter[1] == "n2")
    table.cut(["n1"], ["n2", "n3"])
    table.elect("n3")
    beats(table, "n3")
    table.hand_over(word)
    assert table.lose() == []
    assert ("n3", table.cores["n3"].acceptor.promised) in table.leaders()


def test_a_leader_that_hears_no_majority_goes() -> None:
    """For all n1 knows somebody else leads (as Raft's check-quorum, thesis §6.2)."""
    for check_quorum, leads in ((True, []), (False, ["n1"])):
        table = of_four(check_quorum=check_quorum)
        table.cut(["n1"], ["n2", "n3"])
        for _ in range(7):
            table.beat("n1")
        assert [name for name, _ in table.leaders()] == leads
        assert table.read("n1", token=1) == (not check_quorum)


def test_a_lease_answers_at_once_and_not_for_ever() -> None:
    """n2 and n3 help nobody into office for 0.3 s after they have heard n1; a read is answered on
    that alone for half of it, since n1's clock may run slow (thesis §6.4.1).
    """
    table = of_four(reads="lease")
    table.beat("n1")
    table.deliver()
    table.now += 0.04
    table.read("n1", token=1)
    assert table.answered == [("n1", 1, ["a"])]
    table.cut(["n1"], ["n2", "n3"])
    table.now += 0.12
    table.read("n1", token=2)
    assert len(table.answered) == 1


def test_a_server_that_was_restarted_may_have_granted_a_lease() -> None:
    """n2 has forgotten that it heard n1 just now, and helps n3 to nothing for as long."""
    table = of_four(reads="lease")
    table.time_out("n3")
    table.lose()
    table.beat("n1")
    table.deliver(lambda letter: "n3" not in letter[:2])
    table.crash("n2")
    table.restart("n2")
    table.cut(["n1"], ["n2", "n3"])
    table.cores["n3"].wake(table.now + 0.6)
    table.settle("n3")
    table.deliver()
    assert [name for name, _ in table.leaders()] == ["n1"]


def test_a_lease_ends_with_the_hand_over() -> None:
    """The heir did not stand, but the word to it may still be on its way: reads go by rounds."""
    table = of_four(reads="lease")
    table.transfer("n1", "n2")
    (word,) = table.lose(lambda letter: letter[1] == "n2")
    for _ in range(7):
        table.beat("n1")
        table.deliver()
    table.read("n1", token=1)
    assert table.answered == []
    table.hand_over(word)
    table.deliver(lambda letter: "n1" not in letter[:2])
    assert ("n2", 1) not in [answer[:2] for answer in table.answered]
