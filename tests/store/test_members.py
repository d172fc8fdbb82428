"""Servers come and go, one at a time (thesis §4). The stories are as in `test_scenarios`."""

from __future__ import annotations

import pytest

from targets.store import members
from targets.store.members import changed
from targets.store.raft.messages import Append
from targets.store.replicated import Change, Members, Position
from tests.store.scripted import Table
from tests.store.test_scenarios import story, told

THREE = ("n1", "n2", "n3")


def settled(table: Table, leader: str = "n1") -> None:
    """Everybody whom the leader sends anything knows all that it has committed."""
    table.deliver(rounds=300)
    table.beat(leader)
    table.deliver(rounds=300)


def of_four() -> Table:
    """n1 leads n2 and n3; n4 is at hand."""
    table = Table(4, initial=THREE)
    table.elect("n1")
    settled(table)
    told(table)
    return table


def test_a_server_becomes_a_learner_and_then_a_voter() -> None:
    """n4 has heard nothing so far. As a learner it gets the log, but is not counted; once it has
    caught up it is promoted, and then three of four decide (thesis §4.1, §4.2.1).
    """
    table = of_four()
    assert table.change("n1", "add", "n4") == Position(2, 1)
    table.deliver()
    assert told(table) == story("""
        n1 → n2 after 1/1: [n1 n2 n3 +n4]/1; commit 1 (1)
        n1 → n3 after 1/1: [n1 n2 n3 +n4]/1; commit 1 (1)
        n1 → n4 after 2/1: nothing; commit 1 (1)
        n2 → n1 have 2 (1)
        n1 commits 2 no-op/1
        n3 → n1 have 2 (1)
        n4 → n1 try after 0 (1)
        n1 → n4 after 0/0: no-op/1 [n1 n2 n3 +n4]/1; commit 2 (1)
        n4 commits 1 no-op/1
        n4 commits 2 no-op/1
        n4 → n1 have 2 (1)
    """)
    assert table.cores["n4"].status().learners == ("n4",)
    assert table.change("n1", "promote", "n4") == Position(3, 1)
    table.deliver(lambda letter: "n2" in letter[:2])
    assert table.cores["n1"].status()[2:3] == (2,), "two of four are no majority"
    table.deliver(lambda letter: "n4" in letter[:2])
    assert table.cores["n1"].status()[2:3] == (3,)
    assert table.cores["n4"].log.members.voters == ("n1", "n2", "n3", "n4")


@pytest.mark.parametrize("role", ["at hand", "learner"])
def test_who_is_no_voter_never_stands(role: str) -> None:
    table = of_four()
    if role == "learner":
        table.change("n1", "add", "n4")
        settled(table)
    for _ in range(5):
        table.time_out("n4")
    assert table.lose(lambda letter: letter[0] == "n4") == []
    assert table.cores["n4"].status()[:2] == ("follower", 1 if role == "learner" else 0)


def test_a_removed_server_is_told_and_keeps_quiet() -> None:
    """It is sent entries until its removal is committed; with that in its log it does not stand."""
    table = of_four()
    table.change("n1", "remove", "n3")
    settled(table)
    assert table.cores["n3"].log.members.voters == ("n1", "n2")
    table.beat("n1")
    assert not [letter for letter in table.letters if letter[1] == "n3"]
    table.lose()
    table.time_out("n3")
    assert table.letters == []


def test_a_removed_server_that_does_not_know_it_disturbs_nobody() -> None:
    """It stands, in vain: the others hear their leader (thesis §4.2.3)."""
    table = of_four()
    table.cut(["n1", "n2"], ["n3"])
    table.change("n1", "remove", "n3")
    settled(table)
    table.cut()
    table.time_out("n3")
    table.beat("n1")
    table.deliver(lambda letter: letter[:2] in (("n1", "n2"), ("n2", "n1")))
    table.deliver()
    assert [name for name, _ in table.leaders()] == ["n1"]


def test_a_leader_that_removes_itself_leaves_once_that_is_committed() -> None:
    """Until then it leads without counting itself (thesis §4.2.2); then it has n2 stand (§3.10)."""
    table = of_four()
    table.change("n1", "remove", "n1")
    table.deliver(lambda letter: "n2" in letter[:2])
    assert [name for name, _ in table.leaders()] == ["n1"], "n2 alone is no majority of n2 and n3"
    table.deliver()
    assert table.leaders() == [("n2", 2)]
    table.time_out("n1")
    assert table.cores["n1"].status().role == "follower"


def test_one_change_at_a_time() -> None:
    table = of_four()
    table.change("n1", "add", "n4")
    assert table.change("n1", "remove", "n3") == "another change is under way"
    table.deliver()
    assert table.change("n1", "remove", "n3") == Position(3, 1)


def test_no_change_before_an_entry_of_the_own_term_is_committed() -> None:
    """Ongaro, raft-dev 2015; see `test_bugs.test_conf_before_term_commit`."""
    table = of_four()
    table.cut(["n1"], ["n2", "n3"])
    table.time_out("n2")
    table.deliver(rounds=4)
    assert [name for name, _ in table.leaders()] == ["n1", "n2"]
    assert "nothing of its own term" in str(table.change("n2", "add", "n4"))


def test_a_learner_that_lags_is_not_promoted() -> None:
    table = of_four()
    table.change("n1", "add", "n4")
    table.deliver(lambda letter: "n4" not in letter[:2])
    assert table.change("n1", "promote", "n4") == "n4 has yet to catch up"


def test_a_change_that_was_never_committed_is_taken_back() -> None:
    """n1 removed n3 and was cut off; n2's log lacks that, and takes its place (thesis §4.1)."""
    table = of_four()
    table.cut(["n1"], ["n2", "n3"])
    table.change("n1", "remove", "n3")
    assert table.cores["n1"].log.members == Members(("n1", "n2"), ())
    assert table.cores["n1"].status().voters == THREE, "its status tells what is committed"
    table.elect("n2")
    table.cut()
    table.beat("n2")
    table.deliver()
    assert table.cores["n1"].log.members == Members(THREE, ())


def test_a_new_leader_does_not_know_at_once_what_is_settled() -> None:
    """n1 has committed that n3 goes. n2 has it in its log, and leads before it may commit it."""
    table = of_four()
    table.change("n1", "remove", "n3")
    table.deliver(lambda letter: letter[:2] == ("n1", "n2"), rounds=1)
    assert table.cores["n1"].status().changing
    table.deliver(lambda letter: letter[:2] == ("n2", "n1"), rounds=1)
    assert not table.cores["n1"].status().changing
    assert table.cores["n1"].status().voters == ("n1", "n2")
    table.lose()
    table.restart("n1")
    table.time_out("n2")
    table.deliver(lambda letter: not isinstance(letter[2], Append))
    new = table.cores["n2"].status()
    assert (new.role, new.voters, new.changing) == ("leader", THREE, True)
    settled(table, "n2")
    new = table.cores["n2"].status()
    assert (new.voters, new.changing) == (("n1", "n2"), False)


def test_a_snapshot_carries_the_members() -> None:
    """n4 was added when the entry that says so had gone into a snapshot; so after restarts."""
    table = Table(4, initial=THREE, snapshot_entries=2)
    table.elect("n1")
    table.cut(["n1", "n2", "n3"], ["n4"])
    table.change("n1", "add", "n4")
    table.propose("n1", *"abcd")
    settled(table)
    table.compact("n1")
    table.cut()
    settled(table)
    for name in ("n1", "n4"):
        table.crash(name)
        table.restart(name)
        assert table.cores[name].status()[6:] == (THREE, ("n4",), False)
    assert table.state("n4") == list("abcd")


def test_a_snapshot_has_the_members_of_its_own_slot() -> None:
    """Not those of an entry after it, which may yet be taken back."""
    table = of_four()
    table.propose("n1", "a")
    settled(table)
    table.change("n1", "remove", "n3")
    table.compact("n1")
    assert '["n1","n2","n3"]' in str(table.snapshots["n1"]).splitlines()[0]


def test_one_server_can_become_three() -> None:
    table = Table(3, initial=["n1"])
    table.time_out("n1")
    for name in ("n2", "n3"):
        for action in ("add", "promote"):
            assert table.change("n1", action, name)
            settled(table)
    table.propose("n1", "a")
    settled(table)
    assert table.state("n3") == ["a"]
    assert table.cores["n3"].status().voters == THREE


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (Change("add", "n1"), "n1 is a member already"),
        (Change("add", "n9"), "no such server: n9; there are n1, n2, n3, n4"),
        (Change("promote", "n1"), "n1 is no learner"),
        (Change("promote", "n4"), "n4 is no learner"),
        (Change("remove", "n4"), "n4 is no member"),
    ],
)
def test_changes_that_make_no_sense(change: Change, why: str) -> None:
    now = Members(("n1", "n2"), ("n3",))
    assert changed(now, change, ["n1", "n2", "n3", "n4"]) == why


def test_the_last_voter_stays() -> None:
    one = Members(("n1",), ("n2",))
    assert changed(one, Change("remove", "n1"), ["n1", "n2"]) == "n1 is the last voter"
    assert changed(one, Change("remove", "n2"), ["n1", "n2"]) == Members(("n1",))


def test_members_as_text() -> None:
    one = Members(("n1", "n2"), ("n3",))
    assert members.read(members.write(one)) == one
