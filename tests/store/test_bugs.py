"""Every switchable bug, caught: the same schedule keeps a promise without it and breaks it with it.

The schedules are the least that show each bug. What each promise is, and where it stands, is said
in the test.
"""

from __future__ import annotations

import pytest

from targets.raft import RaftTarget
from targets.raft_bugs import RAFT_BUGS
from targets.store.machine.kv import KeyValue
from targets.store.machine.sessions import OPEN, Sessions, command
from targets.store.raft.bugs import NO_BUGS, Bugs
from targets.store.raft.messages import Append
from tests.store.scripted import Table


def bugs(flag: str, on: bool) -> Bugs:
    return Bugs.named([flag]) if on else NO_BUGS


@pytest.mark.parametrize("on", [False, True])
def test_leader_local_read(on: bool) -> None:
    """A deposed leader that does not know it must not answer reads (thesis §6.4).

    n1 leads and is cut off; n2 takes over and commits b. A read at n1 that began after b was
    acknowledged must see b, or wait.
    """
    table = Table(bugs=bugs("leader_local_read", on))
    table.elect("n1")
    table.propose("n1", "a")
    table.deliver()
    table.cut(["n1"], ["n2", "n3"])
    table.elect("n2")
    table.propose("n2", "b")
    table.deliver()
    assert table.state("n2") == ["a", "b"]
    assert table.read("n1", token=1)
    table.beat("n1")
    table.deliver()
    assert table.answered == ([("n1", 1, ["a"])] if on else [])


@pytest.mark.parametrize("on", [False, True])
def test_follower_local_read(on: bool) -> None:
    """A follower that has not applied everything must not answer reads (thesis §6.4)."""
    table = Table(bugs=bugs("follower_local_read", on))
    table.elect("n1")
    table.propose("n1", "a")
    table.deliver(lambda letter: "n3" not in letter[:2])
    assert table.state("n1") == ["a"]
    assert table.read("n3", token=1) == on
    assert table.answered == ([("n3", 1, [])] if on else [])


@pytest.mark.parametrize("on", [False, True])
def test_term_not_persisted(on: bool) -> None:
    """A server votes once a term, restarts included: at most one leader a term (Raft §5.2).

    n3 makes n1 leader of term 1, then restarts. n2 has heard nothing yet and stands in term 1.
    """
    table = Table(bugs=bugs("term_not_persisted", on))
    table.cut(["n1", "n3"], ["n2"])
    table.time_out("n1")
    table.deliver(lambda letter: not isinstance(letter[2], Append))
    assert table.leaders() == [("n1", 1)]
    table.crash("n3")
    table.restart("n3")
    table.cut(["n2", "n3"], ["n1"])
    table.time_out("n2")
    table.deliver()
    assert table.leaders() == ([("n1", 1), ("n2", 1)] if on else [("n1", 1)])


@pytest.mark.parametrize("on", [False, True])
def test_truncate_on_append(on: bool) -> None:
    """A late request must not take back what was acknowledged since (Raft figure 2, step 3).

    n2 has a and b, and so b is committed. The request that brought a arrives once more. Then n1
    dies and n2 takes over: b must still be there.
    """
    table = Table(bugs=bugs("truncate_on_append", on))
    table.elect("n1")
    table.cut(["n1", "n2"], ["n3"])
    table.propose("n1", "a")
    (late,) = [letter for letter in table.letters if isinstance(letter[2], Append)]
    table.deliver()
    table.propose("n1", "b")
    table.deliver()
    assert table.state("n1") == ["a", "b"]
    table.hand_over(late)
    table.crash("n1")
    table.cut(["n2", "n3"])
    table.elect("n2")
    assert table.state("n2") == (["a"] if on else ["a", "b"])


@pytest.mark.parametrize("on", [False, True])
def test_no_client_dedup(on: bool) -> None:
    """A write that was sent twice acts once (thesis §6.3).

    One client's write of 1 gets no answer and is sent again; meanwhile another client writes 2.
    The second copy must not bring 1 back.
    """
    table = Table(bugs=bugs("no_client_dedup", on))
    table.elect("n1")
    one, two = (position.slot for position in table.propose("n1", OPEN, OPEN))
    first = command(one, 1, ["write", "x", 1])
    table.propose("n1", first, command(two, 1, ["write", "x", 2]), first)
    table.deliver()
    state = Sessions(KeyValue(), bugs("no_client_dedup", on))
    results = [state.apply(c.position.slot, c.command) for c in table.applied["n1"]]
    assert results[-3:] == [{"ok": 1}, {"ok": 2}, {"ok": 1}]
    assert state.query(["read", "x"]) == {"ok": 1 if on else 2}


@pytest.mark.parametrize("on", [False, True])
def test_quorum_off_by_one(on: bool) -> None:
    """Any two majorities share a server, so two sides never both decide (Raft §5.2)."""
    table = Table(5, bugs=bugs("quorum_off_by_one", on))
    table.cut(["n1", "n2"], ["n3", "n4", "n5"])
    for name, value in (("n1", "a"), ("n3", "b")):
        table.time_out(name)
        table.deliver()
        if table.cores[name].role == "leader":
            table.propose(name, value)
            table.deliver()
    assert table.state("n3") == ["b"]
    assert table.state("n1") == (["a"] if on else [])


def test_every_flag_is_described() -> None:
    assert tuple(bug.flag for bug in RAFT_BUGS) == Bugs.known()
    assert {bug.workload for bug in RAFT_BUGS} <= set(RaftTarget.offers)


def test_an_unknown_flag_names_the_nearest_and_all() -> None:
    with pytest.raises(ValueError, match=r"'leader_local_read'.* known: .*quorum_off_by_one"):
        RaftTarget(bugs=["leader_local_raed"])
