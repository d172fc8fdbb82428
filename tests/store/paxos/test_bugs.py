"""Every switchable bug, caught: the same schedule keeps a promise without it and breaks it with it.

*Simple* is Paxos Made Simple, *PMMC* Paxos Made Moderately Complex. Letters are withheld and handed
over by hand: any network may lose, delay and double them.
"""

from __future__ import annotations

import pytest

from targets.paxos import PaxosTarget
from targets.paxos_bugs import PAXOS_BUGS
from targets.store.machine.kv import KeyValue
from targets.store.machine.sessions import OPEN, Sessions, command
from targets.store.paxos.bugs import NO_BUGS, Bugs
from targets.store.paxos.messages import Accept, Prepare, Promise
from tests.store.paxos.table import Table
from tests.store.scripted import Letter, about, between

both = pytest.mark.parametrize("on", [False, True])


def bugs(flag: str, on: bool) -> Bugs:
    return Bugs.named([flag]) if on else NO_BUGS


def but_accepts(letter: Letter) -> bool:
    return not isinstance(letter[2], Accept)


def settled(table: Table, leader: str) -> None:
    """This server leads, and all know its first slot to be chosen."""
    table.elect(leader)
    table.beat(leader)
    table.deliver()


def with_a_late_accept(flag: str, on: bool) -> tuple[Table, Letter]:
    """n2's Accept of a, slot 2, is under way to n3 while n3 promises n1 a higher ballot."""
    table = Table(bugs=bugs(flag, on))
    settled(table, "n2")
    table.propose("n2", "a")
    late = next(letter for letter in table.lose() if letter[1] == "n3")
    table.cut(["n1", "n3"], ["n2"])
    table.time_out("n1")
    table.deliver(but_accepts)
    assert [name for name, _ in table.leaders()] == ["n1", "n2"]
    return table, late


def two_values_in_slot_two(table: Table, late: Letter, on: bool) -> None:
    """The late Accept arrives; then n1's own, which puts a no-op there."""
    own = table.lose()
    table.cut()
    table.hand_over(late)
    table.deliver(between("n3", "n2"))
    assert table.chosen("n2") == (["no-op", "a"] if on else ["no-op"])
    table.lose()
    for letter in own:
        table.hand_over(letter)
    table.deliver(between("n3", "n1"))
    assert table.chosen("n1") == ["no-op", "no-op"]


@both
def test_promise_not_persisted(on: bool) -> None:
    """A promise is kept over restarts (Simple §2.5)."""
    table, late = with_a_late_accept("promise_not_persisted", on)
    table.crash("n3")
    table.restart("n3")
    two_values_in_slot_two(table, late, on)


@both
def test_accept_lower_ballot(on: bool) -> None:
    """An acceptor accepts nothing below what it has promised (Simple, P1a)."""
    table, late = with_a_late_accept("accept_lower_ballot", on)
    two_values_in_slot_two(table, late, on)


@both
def test_accepted_not_persisted(on: bool) -> None:
    """Votes are kept over restarts (Simple §2.5): a was chosen by n1 and n2."""
    table = Table(bugs=bugs("accepted_not_persisted", on))
    settled(table, "n1")
    table.propose("n1", "a")
    table.deliver(between("n1", "n2"))
    table.deliver(between("n2", "n1"))
    assert table.state("n1") == ["a"]
    table.crash("n1")
    table.crash("n2")
    table.restart("n2")
    table.lose()
    table.elect("n3")
    assert table.state("n3") == ([] if on else ["a"])


@both
def test_promise_lower_ballot(on: bool) -> None:
    """An acceptor promises nothing below what it has promised (Simple, P1a).

    n3 has promised n1's ballot when n2's Prepare of a lower one arrives, late.
    """
    table = Table(bugs=bugs("promise_lower_ballot", on))
    table.time_out("n2")
    table.deliver(lambda letter: not isinstance(letter[2], Prepare) or letter[2].pre)
    late = next(letter for letter in table.lose() if letter[1] == "n3")
    table.cut(["n1", "n3"], ["n2"])
    table.time_out("n1")
    table.deliver(but_accepts)
    own = table.lose()
    table.cut(["n1", "n3"], ["n2", "n3"])
    table.hand_over(late)
    table.deliver()
    if on:
        table.propose("n2", "y")
        table.deliver()
    assert table.state("n2") == (["y"] if on else [])
    for letter in own:
        table.hand_over(letter)
    table.propose("n1", "x")
    table.deliver()
    assert table.state("n1") == ["x"]


@both
def test_ignore_accepted_value(on: bool) -> None:
    """What may be chosen must be proposed again (Simple, P2c): n1 and n2 had chosen a."""
    table = Table(bugs=bugs("ignore_accepted_value", on))
    settled(table, "n1")
    table.propose("n1", "a")
    table.deliver(between("n1", "n2"))
    table.crash("n1")
    table.lose()
    table.elect("n3")
    assert table.state("n3") == ([] if on else ["a"])


@both
def test_adopt_first_not_highest(on: bool) -> None:
    """Of several values told of for a slot, that of the highest ballot counts (Simple, P2c).

    n4 alone accepted a in n1's ballot. n2, n3 and n5 chose a no-op there in n2's. n4 stands next,
    and hears of that from n5.
    """
    table = Table(5, bugs("adopt_first_not_highest", on))
    settled(table, "n1")
    table.propose("n1", "a")
    table.deliver(between("n1", "n4"))
    table.lose()
    table.cut(["n1", "n4"], ["n2", "n3", "n5"])
    table.elect("n2")
    assert table.chosen("n2") == ["no-op", "no-op"]
    table.crash("n1")
    table.crash("n2")
    table.cut()
    table.elect("n4")
    assert table.state("n4") == (["a"] if on else [])


@both
def test_learner_cross_ballot(on: bool) -> None:
    """A vote of another ballot is not the chosen value (PMMC §2.2): n2 accepted a in n1's ballot,
    n3, n4 and n5 chose a no-op in n3's. n3's next heartbeat says how far all is chosen.
    """
    table = Table(5, bugs("learner_cross_ballot", on))
    settled(table, "n1")
    table.propose("n1", "a")
    table.deliver(between("n1", "n2"))
    table.crash("n1")
    table.lose()
    table.cut(["n3", "n4", "n5"], ["n2"])
    table.elect("n3")
    assert table.chosen("n3") == ["no-op", "no-op"]
    table.cut()
    table.beat("n3")
    accept = next(letter[2] for letter in table.lose() if letter[1] == "n2")
    table.hand_over(("n3", "n2", accept._replace(values=())))
    assert table.chosen("n2") == (["no-op", "a"] if on else ["no-op"])


@both
def test_learner_counts_dups(on: bool) -> None:
    """A majority is of acceptors, not of answers: n2's answer arrives twice."""
    table = Table(5, bugs("learner_counts_dups", on))
    settled(table, "n1")
    table.cut(["n1", "n2"], ["n3", "n4", "n5"])
    table.propose("n1", "a")
    table.deliver(between("n1", "n2"))
    (answer,) = table.lose()
    table.hand_over(answer)
    table.hand_over(answer)
    assert table.state("n1") == (["a"] if on else [])


@both
def test_ballot_collision(on: bool) -> None:
    """No two servers use the same ballot (Simple §2.2): n2 and n3 stand in the same round."""
    table = Table(bugs=bugs("ballot_collision", on))
    table.cut(["n1", "n2"], ["n1", "n3"])
    for name in ("n2", "n3"):
        table.time_out(name)
        table.deliver(lambda letter: letter[2].pre)
    table.deliver(but_accepts)
    for name, value in (("n2", "x"), ("n3", "y")):
        table.propose(name, value)
    table.deliver()
    assert table.state("n2") == (["x"] if on else [])
    assert table.state("n3") == ["y"]


@both
def test_accept_keeps_old_promise(on: bool) -> None:
    """Accepting in a ballot promises it, too: n3 never promised n2's, it only accepted in it.

    n1's Accept of a, of a lower ballot, arrives after that. It must not take the place of what n2,
    n3 and n4 have chosen: n5 stands next, and n3 is the only one to tell it.
    """
    table = Table(5, bugs("accept_keeps_old_promise", on))
    settled(table, "n1")
    table.propose("n1", "a")
    late = next(letter for letter in table.lose() if letter[1] == "n3")
    table.cut(["n2", "n4", "n5"], ["n1"], ["n3"])
    table.time_out("n2")
    table.deliver(but_accepts)
    table.cut(["n2", "n3", "n4"], ["n1"], ["n5"])
    while table.chosen("n2") == ["no-op"]:
        table.beat("n2")
        table.deliver()
    assert table.chosen("n2") == ["no-op", "no-op"]
    table.lose()
    table.hand_over(late)
    for name in ("n1", "n2", "n4"):
        table.crash(name)
    table.restart("n1")
    table.cut()
    table.elect("n5")
    assert table.chosen("n5")[1] == ("a" if on else "no-op")


@both
def test_stale_promise_counted(on: bool) -> None:
    """A promise counts for its own ballot only: n2's, for n1's first ballot, arrives while n1
    stands in another one, and n3 has led in between.
    """
    table = Table(bugs=bugs("stale_promise_counted", on))
    table.cut(["n1", "n2"], ["n3"])
    table.time_out("n1")
    table.deliver(lambda letter: not isinstance(letter[2], Promise) or letter[2].pre)
    (late,) = table.lose(about(Promise))
    table.cut(["n2", "n3"], ["n1"])
    table.elect("n3")
    table.propose("n3", "x")
    table.deliver()
    assert table.state("n3") == ["x"]
    table.cut(["n1", "n2"], ["n3"])
    for _ in range(2):  # the first time it hears of n3's ballot
        table.time_out("n1")
        table.deliver(lambda letter: letter[2].pre)
    table.lose()
    table.hand_over(late)
    if on:
        table.propose("n1", "y")
    table.deliver()
    assert table.state("n1") == (["y"] if on else [])


@both
def test_quorum_half(on: bool) -> None:
    """Any two quorums share an acceptor (Simple §2.2): two of five are none."""
    table = Table(5, bugs("quorum_half", on))
    table.cut(["n1", "n2"], ["n3", "n4", "n5"])
    for name, value in (("n1", "a"), ("n3", "b")):
        table.time_out(name)
        table.deliver()
        if table.cores[name].role == "leader":
            table.propose(name, value)
            table.deliver()
    assert table.state("n3") == ["b"]
    assert table.state("n1") == (["a"] if on else [])


@both
def test_read_skips_inflight(on: bool) -> None:
    """A new leader reads only once all that may be chosen is known to be: n1 had told its client
    that a was written. n3 is elected and asked before anybody has accepted anything of it.
    """
    table = Table(bugs=bugs("read_skips_inflight", on))
    settled(table, "n1")
    table.propose("n1", "a")
    table.deliver(between("n1", "n2"))
    table.deliver(between("n2", "n1"))
    assert table.state("n1") == ["a"]
    table.crash("n1")
    table.lose()
    table.time_out("n3")
    table.deliver(but_accepts)
    table.read("n3", token=1)
    table.beat("n3")
    table.deliver()
    assert table.answered == [("n3", 1, [] if on else ["a"])]


@both
def test_no_client_dedup(on: bool) -> None:
    """A write that was sent twice acts once: as in Raft's test of the same name."""
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


def test_every_flag_is_described() -> None:
    assert tuple(bug.flag for bug in PAXOS_BUGS) == Bugs.known()
    assert {bug.workload for bug in PAXOS_BUGS} <= set(PaxosTarget.offers)
