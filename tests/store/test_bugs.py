"""Every switchable bug, caught: the same schedule keeps a promise without it and breaks it with it.

The schedules are the least that show each bug. What each promise is, and where it stands, is said
in the test. Letters are withheld and handed over by hand: any network may lose, delay and double
them. Here are the mistakes of elections and replication; see also `test_bugs_reads`,
`test_bugs_members`, `test_bugs_snapshots` and `test_bugs_around`.
"""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from harness.invariants import named
from targets.raft_invariants import RaftInvariants
from targets.store.raft.bugs import NO_BUGS, Bugs
from targets.store.raft.messages import Append, Appended, RequestVote, Vote
from tests.store.scripted import Table, about, between


def bugs(flag: str, on: bool) -> Bugs:
    return Bugs.named([flag]) if on else NO_BUGS


both = pytest.mark.parametrize("on", [False, True])


@both
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


@both
def test_follower_local_read(on: bool) -> None:
    """A follower that has not applied everything must not answer reads (thesis §6.4)."""
    table = Table(bugs=bugs("follower_local_read", on))
    table.elect("n1")
    table.propose("n1", "a")
    table.deliver(lambda letter: "n3" not in letter[:2])
    assert table.state("n1") == ["a"]
    assert table.read("n3", token=1) == on
    assert table.answered == ([("n3", 1, [])] if on else [])


@both
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


@both
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


@both
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


def two_candidates(table: Table) -> None:
    """n1 and n2 both stand in the same term, each in touch with n3 alone; n3 votes for n1."""
    table.cut(["n1", "n3"], ["n2", "n3"])
    for name in ("n1", "n2"):
        table.time_out(name)
    table.deliver(lambda letter: letter[2].term == table.cores["n3"].term + 1 and letter[2].pre)
    table.deliver(lambda letter: "n1" in letter[:2] and not isinstance(letter[2], Append))
    assert [name for name, _ in table.leaders()] == ["n1"]


@both
def test_vote_not_persisted(on: bool) -> None:
    """One vote a term, restarts included (Raft §5.2)."""
    table = Table(bugs=bugs("vote_not_persisted", on))
    two_candidates(table)
    table.crash("n3")
    table.restart("n3")
    table.deliver(lambda letter: "n2" in letter[:2])
    assert table.leaders() == ([("n1", 1), ("n2", 1)] if on else [("n1", 1)])


@both
def test_double_vote(on: bool) -> None:
    """A pre-vote changes nothing (thesis §9.6): n2's question arrives once more, late."""
    table = Table(bugs=bugs("double_vote", on))
    two_candidates(table)
    table.hand_over(("n2", "n3", RequestVote(1, True, 0, 0)))
    table.deliver(lambda letter: "n2" in letter[:2])
    assert table.leaders() == ([("n1", 1), ("n2", 1)] if on else [("n1", 1)])


@both
def test_vote_ignores_log(on: bool) -> None:
    """Who is elected holds all that is committed (Raft §5.4.1): n3 lacks a."""
    table = Table(bugs=bugs("vote_ignores_log", on))
    table.elect("n1")
    table.propose("n1", "a")
    table.deliver(between("n1", "n2"))
    table.deliver(between("n2", "n1"))
    assert table.state("n1") == ["a"]
    table.crash("n1")
    table.lose()
    table.time_out("n3")
    table.deliver()
    assert table.leaders() == ([("n3", 2)] if on else [])
    assert "a" not in table.state("n3")


@both
def test_vote_length_only(on: bool) -> None:
    """The later last term wins, not the longer log (Raft §5.4.1): n3 wrote x, y and z, which
    nobody else has; n1 and n2 committed b in a later term.
    """
    table = Table(bugs=bugs("vote_length_only", on))
    table.elect("n3")
    table.cut(["n3"], ["n1", "n2"])
    table.propose("n3", "x", "y", "z")
    table.elect("n1")
    table.propose("n1", "b")
    table.deliver()
    table.crash("n1")
    table.crash("n3")
    table.cut()
    table.restart("n3")
    for _ in range(2):
        table.time_out("n3")
        table.deliver()
    assert table.leaders() == ([("n3", 3)] if on else [])
    assert table.state("n3") == (["x", "y", "z"] if on else [])


@both
def test_stale_vote_counted(on: bool) -> None:
    """A vote counts in its own term only (Raft §5.2): n2's, for n1 in term 1, arrive when n1 stands
    again, and n3 has committed b in between.
    """
    table = Table(bugs=bugs("stale_vote_counted", on))
    table.cut(["n1", "n2"], ["n3"])
    table.time_out("n1")
    table.deliver(between("n1", "n2"))
    copies = list(table.letters)
    table.deliver(lambda letter: not isinstance(letter[2], Vote) or letter[2].pre)
    copies += table.lose(about(Vote))
    table.cut(["n2", "n3"], ["n1"])
    table.time_out("n3")
    table.deliver()
    table.elect("n3")
    table.propose("n3", "b")
    table.deliver()
    assert table.state("n3") == ["b"]
    table.cut(["n1", "n2"], ["n3"])
    for _ in range(2):
        table.time_out("n1")
        table.deliver()
    for copy in copies:
        table.hand_over(copy)
    if on:
        table.propose("n1", "c")
        table.deliver()
    assert table.state("n1") == (["c"] if on else [])


@both
def test_prevote_refreshes_contact(on: bool) -> None:
    """Only a leader's message puts an election off: n3, whose log is too short, asks in vain. n4
    could be elected, but for that.
    """
    table = Table(5, bugs("prevote_refreshes_contact", on))
    table.elect("n1")
    table.cut(["n1", "n2", "n4", "n5"], ["n3"])
    table.propose("n1", "a")
    table.deliver()
    table.crash("n1")
    table.cut()
    table.time_out("n3")
    table.deliver()
    table.cores["n4"].wake(table.now)
    table.settle("n4")
    table.deliver()
    assert table.leaders() == ([] if on else [("n4", 2)])


@both
def test_accept_old_term_append(on: bool) -> None:
    """A deposed leader's entries are refused (Raft §5.1): n2 and n3 have committed b when n1's x
    arrives at n3.
    """
    table = Table(bugs=bugs("accept_old_term_append", on))
    table.elect("n1")
    table.propose("n1", "x")
    late = next(letter for letter in table.lose() if letter[1] == "n3")
    table.cut(["n2", "n3"], ["n1"])
    table.elect("n2")
    table.propose("n2", "b")
    table.deliver()
    assert table.state("n2") == ["b"]
    table.hand_over(late)
    table.crash("n2")
    table.crash("n1")
    table.restart("n1")
    table.cut()
    table.elect("n3")
    assert table.state("n3") == ([] if on else ["b"])


def two_logs(table: Table) -> None:
    """All have e. n3, cut off, wrote y and z; n1 committed b in the next term; n2 leads."""
    table.elect("n3")
    table.propose("n3", "e")
    table.deliver()
    table.cut(["n3"], ["n1", "n2"])
    table.propose("n3", "y", "z")
    table.elect("n1")
    table.propose("n1", "b")
    table.deliver()
    table.beat("n1")
    table.deliver()
    table.crash("n1")
    table.crash("n3")
    table.cut()
    table.restart("n3")
    table.elect("n2")
    table.beat("n2")
    table.deliver()


@both
def test_no_prev_term_check(on: bool) -> None:
    """The entry before must be the same one, not only at the same place (Raft §5.3)."""
    table = Table(bugs=bugs("no_prev_term_check", on))
    two_logs(table)
    assert table.state("n3") == (["e", "y", "z"] if on else ["e", "b"])


@both
def test_commit_to_own_last(on: bool) -> None:
    """What lies beyond the request's last entry may differ from the leader's (Raft figure 2): a
    message holds one entry here, n3's own beyond it are y and z.
    """
    table = Table(bugs=bugs("commit_to_own_last", on), batch_entries=1)
    two_logs(table)
    assert ("y" in table.state("n3")) == on


@both
def test_commit_index_regress(on: bool) -> None:
    """A commit index only grows (Raft figure 2)."""
    table = Table(bugs=bugs("commit_index_regress", on))
    table.elect("n1")
    table.propose("n1", "a")
    late = next(letter for letter in table.letters if letter[1] == "n2")
    table.deliver()
    table.beat("n1")
    table.deliver()
    observer = RaftInvariants()
    observer.look("n2", SimpleNamespace(core=table.cores["n2"], torn=False))
    table.hand_over(late)
    observer.look("n2", SimpleNamespace(core=table.cores["n2"], torn=False))
    assert [named(sentence) for sentence in observer.violations] == ["commits are final"] * on


@both
def test_noncontiguous_append(on: bool) -> None:
    """A message's entries follow each other (Raft §5.3)."""
    table = Table(bugs=bugs("noncontiguous_append", on))
    table.elect("n1")
    table.cut(["n1", "n2"], ["n3"])
    commands = [f"c{number}" for number in range(20)]
    for command in commands:
        table.propose("n1", command)
        table.deliver()
    table.cut()
    for _ in range(3):
        table.beat("n1")
        table.deliver()
    assert table.state("n1") == commands
    assert (table.state("n3") == commands) == (not on)


@both
def test_commit_old_term_entry(on: bool) -> None:
    """Copies of an older term's entry prove nothing (Raft §5.4.2, figure 8). A message holds one
    entry here.

    n1 wrote x, which n2 got. n5 was elected by the others and wrote its no-op. n1 leads again and
    brings x to n3: three of five have it. n5 is elected again all the same, and x is gone.
    """
    table = Table(5, bugs("commit_old_term_entry", on), batch_entries=1)
    table.elect("n1")
    table.propose("n1", "x")
    table.deliver(between("n1", "n2"))
    table.crash("n1")
    table.cut(["n3", "n4", "n5"], ["n2"])
    table.time_out("n5")
    table.deliver(lambda letter: not isinstance(letter[2], Append))
    assert table.leaders() == [("n5", 2)]
    table.crash("n5")
    table.restart("n1")
    table.cut(["n1", "n2", "n3"], ["n4", "n5"])
    for _ in range(2):
        table.time_out("n1")
        table.deliver(lambda letter: not isinstance(letter[2], Append))
    table.deliver(lambda letter: "n2" in letter[:2])
    table.deliver(lambda letter: "n3" in letter[:2], rounds=4)
    assert table.state("n1") == (["x"] if on else [])
    table.crash("n1")
    table.restart("n5")
    table.cut(["n3", "n4", "n5"], ["n2"])
    for _ in range(2):
        table.time_out("n5")
        table.deliver()
    assert table.leaders() == [("n5", 4)]
    assert table.state("n5") == []


@both
def test_apply_before_commit(on: bool) -> None:
    """Nothing is applied before it is on a majority (Raft §5.3)."""
    table = Table(bugs=bugs("apply_before_commit", on))
    table.elect("n1")
    table.cut(["n1"], ["n2", "n3"])
    table.propose("n1", "a")
    assert table.state("n1") == (["a"] if on else [])
    table.elect("n2")
    assert table.state("n2") == []


@both
def test_commit_page_skips(on: bool) -> None:
    """Everything that is committed is applied, in order (Raft figure 2, all servers)."""
    table = Table(bugs=bugs("commit_page_skips", on))
    table.elect("n1")
    commands = [f"c{number}" for number in range(20)]
    table.propose("n1", *commands)
    table.deliver()
    assert table.state("n1") == (commands[:16] if on else commands)


@both
def test_optimistic_match(on: bool) -> None:
    """What was sent may be lost: only answers tell what a follower has (Raft §5.3)."""
    table = Table(bugs=bugs("optimistic_match", on))
    table.elect("n1")
    table.cut(["n1"], ["n2", "n3"])
    table.propose("n1", "a")
    assert table.state("n1") == (["a"] if on else [])


@both
def test_match_index_regress(on: bool) -> None:
    """Equivalent: n2's first answer arrives once more, and less is known of n2 for a moment; what
    is committed stays, and the next answer tells the rest.
    """
    table = Table(bugs=bugs("match_index_regress", on))
    table.elect("n1")
    table.propose("n1", "a")
    table.deliver()
    table.hand_over(("n2", "n1", Appended(1, True, 1, 0, 1)))
    assert table.cores["n1"].commit == 2
    table.propose("n1", "b")
    table.deliver()
    assert table.state("n1") == ["a", "b"]
