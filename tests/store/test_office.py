"""How long an office lasts: check-quorum, leases and handing over. "Thesis" as in
`targets.store.raft`; the stories are as in `test_scenarios`.
"""

from __future__ import annotations

import pytest

from targets.store.raft.messages import Append, Appended, RequestVote, TimeoutNow
from targets.store.reads import MAX_DRIFT
from tests.store.scripted import Table, about, between
from tests.store.test_scenarios import story, told


def let_pass(table: Table, seconds: float, *names: str) -> None:
    """Time passes, and these servers notice; no message moves."""
    until = table.now + seconds
    while table.now < until:
        table.now = min(until, table.now + 0.06)
        for name in names:
            table.cores[name].wake(table.now)
            table.settle(name)
        table.lose()


# Check-quorum


def test_a_leader_that_hears_no_majority_steps_down() -> None:
    """Thesis §6.2: within an election time-out, so that clients look for another."""
    table = Table(5)
    table.elect("n1")
    table.cut(["n1", "n2"], ["n3", "n4", "n5"])
    table.read("n1", token=1)
    let_pass(table, 0.5, "n1")
    assert [name for name, _ in table.leaders()] == ["n1"]
    let_pass(table, 0.2, "n1")
    assert table.leaders() == []
    assert table.lost == [("n1", 1)]
    assert table.cores["n1"].status().term == 1, "nobody knows of a newer term"


def test_a_leader_that_hears_a_majority_stays() -> None:
    table = Table(5)
    table.elect("n1")
    table.cut(["n1", "n2", "n3"], ["n4", "n5"])
    for _ in range(30):
        table.beat("n1")
        table.deliver()
    assert [name for name, _ in table.leaders()] == ["n1"]


def test_a_leader_that_slept_asks_before_it_gives_up() -> None:
    """Nobody has failed to answer: it had not asked."""
    table = Table()
    table.elect("n1")
    table.now += 60
    table.beat("n1")
    assert [name for name, _ in table.leaders()] == ["n1"]


def test_check_quorum_can_be_switched_off() -> None:
    table = Table(check_quorum=False)
    table.elect("n1")
    table.cut(["n1"], ["n2", "n3"])
    let_pass(table, 5, "n1")
    assert table.leaders() == [("n1", 1)]


# Votes while a leader is there


@pytest.mark.parametrize(("after", "taken"), [(0.29, False), (0.31, True)])
def test_nobody_votes_while_a_leader_is_heard(after: float, taken: bool) -> None:
    """Thesis §4.2.3: the request is not even noticed: the term stays."""
    table = Table()
    table.elect("n1")
    table.now += after
    table.hand_over(("n3", "n2", RequestVote(9, False, 99, 1)))
    assert table.cores["n2"].status().term == (9 if taken else 1)


def test_nobody_votes_right_after_a_restart() -> None:
    """Thesis §6.4.1: it may have heard a leader just before, whose lease rests on that."""
    table = Table()
    table.elect("n1")
    table.crash("n2")
    table.now += 0.1
    table.restart("n2")
    table.now += 0.25
    table.hand_over(("n3", "n2", RequestVote(9, False, 99, 1)))
    assert table.cores["n2"].status().term == 1
    table.now += 0.1
    table.hand_over(("n3", "n2", RequestVote(9, False, 99, 1)))
    assert table.cores["n2"].status().term == 9


# Leases


def with_a_lease() -> Table:
    """n1 leads, has committed a, and a round of its messages was answered just now."""
    table = Table(reads="lease")
    table.elect("n1")
    table.propose("n1", "a")
    table.beat("n1")
    table.deliver()
    told(table)
    return table


def test_a_read_on_a_lease_costs_no_message() -> None:
    """Thesis §6.4.1."""
    table = with_a_lease()
    table.read("n1", token=1)
    assert told(table) == story("n1 answers read 1 with ['a']")
    assert table.letters == []


def test_a_lease_ends_and_reads_take_a_round_again() -> None:
    """It began when the round was sent, and is shorter than what voters wait by `MAX_DRIFT`."""
    table = with_a_lease()
    sent = table.now
    table.now = sent + 0.3 / MAX_DRIFT - 0.001
    table.read("n1", token=1)
    assert [token for _, token, _ in table.answered] == [1]
    table.now = sent + 0.3 / MAX_DRIFT + 0.001
    table.read("n1", token=2)
    assert [token for _, token, _ in table.answered] == [1]
    table.deliver()
    assert [token for _, token, _ in table.answered] == [1, 2]


def test_a_newer_term_makes_nobody_forget_the_leader_it_heard() -> None:
    """A term moves by other messages than a request to vote, too: n2 hears n1 once more, which
    gives n1 a lease, and only then two that are late: n3 would not vote for it, and n3 stands.
    """
    table = with_a_lease()
    table.time_out("n3")
    table.deliver(between("n3", "n2"))
    (would,) = table.lose(between("n2", "n3"))
    table.time_out("n2")
    (asked,) = table.lose(between("n2", "n3"))
    table.hand_over(would)
    (stands,) = table.lose(between("n3", "n2"))
    table.hand_over(asked)
    (refuses,) = table.lose(between("n3", "n2"))
    table.lose()
    table.beat("n1")
    table.deliver(lambda letter: "n3" not in letter[:2])
    table.hand_over(refuses)
    table.hand_over(stands)
    table.deliver(lambda letter: "n1" not in letter[:2])
    assert table.leaders() == [("n1", 1)]


def test_a_late_answer_gives_no_lease() -> None:
    """What counts is when the round was sent, not when it was answered."""
    table = with_a_lease()
    table.beat("n1")
    table.deliver(lambda letter: letter[0] == "n1")
    answers = table.lose(about(Appended))
    table.now += 0.2
    for answer in answers:
        table.hand_over(answer)
    table.lose()
    table.read("n1", token=1)
    assert table.answered == []


def test_a_new_leader_has_no_lease_before_its_first_round_and_commit() -> None:
    table = with_a_lease()
    table.crash("n1")
    table.time_out("n2")
    table.deliver(lambda letter: not isinstance(letter[2], Append))
    table.read("n2", token=1)
    assert table.answered == []
    table.deliver()
    table.beat("n2")
    table.deliver()
    assert table.answered == [("n2", 1, ["a"])]


# Handing over


def test_a_leader_hands_over() -> None:
    """n1 brings n2's log up to date, then tells it to stand at once. n2 asks nobody whether it
    would win, and n3 votes although it has just heard n1 (thesis §3.10, §4.2.3).
    """
    table = Table()
    table.elect("n1")
    table.propose("n1", "a")
    table.letters.clear()
    assert table.transfer("n1", to="n2") is None
    assert table.cores["n1"].propose("x") is None, "commands wait for the heir"
    told(table)
    table.beat("n1")
    table.deliver(lambda letter: letter[:2] != ("n1", "n3") and letter[:2] != ("n3", "n1"))
    assert told(table) == story("""
        n1 → n2 after 2/1: nothing; commit 1 (1)
        n2 → n1 try after 1 (1)
        n1 → n2 after 1/1: a/1; commit 1 (1)
        n2 commits 1 no-op/1
        n2 → n1 have 2 (1)
        n1 commits 2 a/1
        n1 → n2 stand now (1)
        n2 → n1 vote for me, the heir, in 2? my log ends at 2/1
        n2 → n3 vote for me, the heir, in 2? my log ends at 2/1
        n1 → n2 yes (2)
        n3 → n2 yes (2)
        n2 → n1 after 2/1: no-op/2; commit 1 (2)
        n2 → n3 after 2/1: no-op/2; commit 1 (2)
        n1 → n2 have 3 (2)
        n2 commits 2 a/1
        n2 commits 3 no-op/2
        n3 → n2 try after 1 (2)
        n2 → n3 after 1/1: a/1 no-op/2; commit 3 (2)
        n3 commits 1 no-op/1
        n3 commits 2 a/1
        n3 commits 3 no-op/2
        n3 → n2 have 3 (2)
    """)


def test_an_heir_that_does_not_stand_is_given_up() -> None:
    """Thesis §3.10: after an election time-out the leader goes on."""
    table = Table()
    table.elect("n1")
    assert table.transfer("n1", to="n2") is None
    assert table.transfer("n1", to="n3") == "n2 is about to take over"
    assert table.change("n1", "remove", "n3") == "n2 is about to take over"
    for _ in range(7):
        table.beat("n1")
        table.deliver(lambda letter: not isinstance(letter[2], TimeoutNow))
    table.propose("n1", "a")
    table.deliver(lambda letter: not isinstance(letter[2], TimeoutNow))
    assert table.state("n1") == ["a"]


def test_the_word_to_stand_may_come_late_so_the_lease_is_over() -> None:
    """n2 is given up as heir; the word arrives after that, and n2 is elected within what would be
    n1's lease. n1 must not answer from its own state.
    """
    table = with_a_lease()
    table.transfer("n1", to="n2")
    words = table.lose(about(TimeoutNow))
    for _ in range(7):
        table.beat("n1")
        table.deliver(lambda letter: not isinstance(letter[2], TimeoutNow))
    table.beat("n1")
    table.deliver(lambda letter: not isinstance(letter[2], TimeoutNow))
    table.cut(["n2", "n3"], ["n1"])
    table.hand_over(words[0])
    table.deliver()
    table.propose("n2", "b")
    table.deliver()
    assert table.state("n2") == ["a", "b"]
    table.read("n1", token=1)
    assert table.answered == []


@pytest.mark.parametrize(
    ("to", "why"), [("n1", "n1 is no other voter"), ("n9", "n9 is no other voter")]
)
def test_only_another_voter_can_be_the_heir(to: str, why: str) -> None:
    table = Table()
    table.elect("n1")
    assert table.transfer("n1", to) == why
    assert table.transfer("n2", "n3") == "n2 does not lead; n1 does"


def test_a_word_of_an_older_term_is_ignored() -> None:
    table = Table()
    table.elect("n1")
    table.hand_over(("n1", "n2", TimeoutNow(0)))
    assert table.cores["n2"].status().term == 1
