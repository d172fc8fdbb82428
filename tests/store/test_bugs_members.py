"""The mistakes with members, caught; see `test_bugs`."""

from __future__ import annotations

from typing import Any

from targets.store.raft.messages import Append, RequestVote
from targets.store.replicated import Position
from tests.store.scripted import Table
from tests.store.test_bugs import both, bugs
from tests.store.test_members import settled

FOUR = ("n1", "n2", "n3", "n4")


def with_a_learner(flag: str, on: bool, **options: Any) -> Table:
    """n1 leads n2, n3 and n4; n5 is a learner, and all know."""
    table = Table(5, bugs(flag, on), initial=FOUR, **options)
    table.elect("n1")
    table.change("n1", "add", "n5")
    settled(table)
    return table


@both
def test_nonvoter_counted(on: bool) -> None:
    """A learner's copy counts for nothing (thesis §4.2.1): n1 has x on two of its four voters."""
    table = with_a_learner("nonvoter_counted", on)
    table.cut(["n1", "n2", "n5"], ["n3", "n4"])
    table.propose("n1", "x")
    table.deliver()
    assert table.state("n1") == (["x"] if on else [])


@both
def test_conf_before_term_commit(on: bool) -> None:
    """No change before an entry of the own term is committed (Ongaro, raft-dev, 2015).

    n1 promotes n5, which only n5 hears. n2 is elected and removes n1 at once: two of n2, n3 and n4
    commit b. But three of five elect n1, which has never heard of that.
    """
    table = with_a_learner("conf_before_term_commit", on)
    table.cut(["n1", "n5"], ["n2", "n3", "n4"])
    assert isinstance(table.change("n1", "promote", "n5"), Position)
    table.deliver()
    table.time_out("n2")
    table.deliver(lambda letter: not isinstance(letter[2], Append))
    assert isinstance(table.change("n2", "remove", "n1"), Position) == on
    table.cut(["n2", "n3"], ["n1", "n4", "n5"])
    table.propose("n2", "b")
    table.beat("n2")
    table.deliver()
    assert table.state("n2") == (["b"] if on else [])
    table.crash("n1")
    table.restart("n1")
    for _ in range(2):
        table.time_out("n1")
        table.deliver()
    table.propose("n1", "c")
    table.deliver()
    assert table.state("n1") == ["c"]


def both_sides_lead(table: Table) -> tuple[list[str], list[str]]:
    """n2 promotes n5: with n3 that makes three of five. n1 and n4 have not heard of it. What n1
    and n2 have committed then.
    """
    table.cut(["n2", "n3", "n5"], ["n1", "n4"])
    assert isinstance(table.change("n2", "promote", "n5"), Position)
    table.deliver()
    table.propose("n2", "b")
    table.deliver()
    for _ in range(2):
        table.time_out("n1")
        table.deliver()
    if table.cores["n1"].role == "leader":
        table.propose("n1", "x")
        table.deliver()
    return table.state("n1")[-1:], table.state("n2")[-1:]


@both
def test_conf_not_rolled_back(on: bool) -> None:
    """The members of an entry that is cut are those before it again (thesis §4.1).

    n1, cut off, removed n3; n2's log took the place of that. With n3 removed, n1 and n4 would be
    two of three.
    """
    table = with_a_learner("conf_not_rolled_back", on)
    table.cut(["n1"], ["n2", "n3", "n4", "n5"])
    table.change("n1", "remove", "n3")
    table.elect("n2")
    table.cut()
    settled(table, "n2")
    assert both_sides_lead(table) == ((["x"] if on else []), ["b"])


@both
def test_snapshot_stale_conf(on: bool) -> None:
    """The members are those of the log that is in force: n1's removal of n3 had a higher index than
    n2's snapshot has, but was never committed, and is gone with n1's log.
    """
    table = with_a_learner("snapshot_stale_conf", on, snapshot_entries=2)
    table.cut(["n1"], ["n2", "n3", "n4", "n5"])
    table.propose("n1", *"uvwxyz")
    table.change("n1", "remove", "n3")
    table.elect("n2")
    table.propose("n2", "a")
    table.deliver()
    table.propose("n2", "b")
    table.deliver()
    table.compact("n2")
    table.cut()
    table.beat("n2")
    settled(table, "n2")
    assert table.cores["n1"].log.base > 3, "it came with a snapshot"
    assert both_sides_lead(table) == ((["x"] if on else ["b"]), ["b"])


@both
def test_rejoin_blank_member(on: bool) -> None:
    """Who comes back has its vote and its log still (thesis §4, Raft §5.2).

    n1 and n2 stand in the same term; n3 and n4 vote for n1, n5 for n2. n1 removes n3 and adds it
    again. Then n2's request for n3's vote arrives.
    """
    table = Table(5, bugs("rejoin_blank_member", on))
    table.cut(["n1", "n3", "n4"], ["n2", "n3", "n4", "n5"])
    for name in ("n1", "n2"):
        table.time_out(name)
    table.deliver(lambda letter: letter[2].pre)
    late = next(letter for letter in table.letters if letter[:2] == ("n2", "n3"))
    assert isinstance(late[2], RequestVote)
    table.deliver(lambda letter: "n1" in letter[:2] and not isinstance(letter[2], Append))
    table.deliver(lambda letter: letter[:2] in (("n2", "n5"), ("n5", "n2")))
    assert table.leaders() == [("n1", 1)]
    table.cut(["n1", "n3", "n4", "n5"], ["n2"])
    settled(table)
    table.change("n1", "remove", "n3")
    settled(table)
    table.change("n1", "add", "n3")
    table.deliver(lambda letter: letter[:2] in (("n1", "n3"), ("n3", "n1")), rounds=3)
    table.cut(["n2", "n3"], ["n1"])
    table.hand_over(late)
    table.deliver()
    assert table.leaders() == ([("n1", 1), ("n2", 1)] if on else [("n1", 1)])
