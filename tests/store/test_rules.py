"""The rules, one by one, each with its source. "Raft" and "thesis" as in `targets.store.raft`."""

from __future__ import annotations

from random import Random

from targets.store.raft.core import RaftCore
from targets.store.raft.log import BATCH_BYTES, Log
from targets.store.raft.messages import Append, Appended, Entry, Message, RequestVote, Vote
from targets.store.raft.replication import PIPELINE
from targets.store.raft.saved import Saved
from targets.store.replicated import BATCH_ENTRIES, Members, Output
from tests.store.scripted import Table, about


def make(saved: Saved | None = None, size: int = 3) -> RaftCore:
    names = [f"n{number}" for number in range(1, size + 1)]
    return RaftCore("n1", names, Members(tuple(names)), saved or Saved(), Random(1), 0.0)


def tell(core: RaftCore, sender: str, message: Message, now: float = 10.0) -> Output:
    """Deliver a message, and return everything up to the sync."""
    core.receive(now, sender, message)
    return core.take(now)


def lead(core: RaftCore, voters: tuple[str, ...] = ("n2",), now: float = 10.0) -> Output:
    """Have the core elected; returns what it does on the vote that did it."""
    core.wake(now)
    core.take(now)
    core.saved()
    for pre in (True, False):
        for voter in voters:
            core.receive(now, voter, Vote(core.term + pre, pre, True))
        out = core.take(now)
        if pre:
            core.saved()
    assert core.role == "leader"
    return out


def entries(*terms: int) -> list[Entry]:
    return [Entry(term, f"c{index}") for index, term in enumerate(terms, 1)]


# Elections


def test_one_vote_a_term() -> None:
    """Raft §5.2: first come, first served; the same candidate may hear it again."""
    core = make()
    assert tell(core, "n2", RequestVote(1, False, 0, 0)).messages == [("n2", Vote(1, False, True))]
    core.saved()
    assert tell(core, "n3", RequestVote(1, False, 0, 0)).messages == [("n3", Vote(1, False, False))]
    core.saved()
    assert tell(core, "n2", RequestVote(1, False, 0, 0)).messages == [("n2", Vote(1, False, True))]


def test_a_vote_is_durable_before_it_is_told() -> None:
    """Raft figure 2: the record comes first, and what it says survives."""
    core = make()
    out = tell(core, "n2", RequestVote(4, False, 0, 0))
    assert out.early == []
    assert out.record is not None
    saved = Saved.replay(None, [out.record])
    assert (saved.term, saved.vote) == (4, "n2")
    again = make(saved)
    answer = tell(again, "n3", RequestVote(4, False, 9, 3)).messages
    assert answer == [("n3", Vote(4, False, False))]


def test_no_vote_for_a_log_that_lacks_something() -> None:
    """Raft §5.4.1: the later last term wins, then the longer log."""
    for last_index, last_term, granted in (
        (9, 1, False),
        (2, 2, False),
        (3, 2, True),
        (1, 3, True),
    ):
        core = make(Saved(3, None, entries(1, 2, 2)))
        out = tell(core, "n2", RequestVote(4, False, last_index, last_term))
        assert out.messages == [("n2", Vote(4, False, granted))]


def test_a_pre_vote_changes_nothing() -> None:
    """Thesis §9.6: asking and granting leave the term, the vote and the disk alone."""
    core = make()
    out = tell(core, "n2", RequestVote(7, True, 0, 0))
    assert out.messages == [("n2", Vote(7, True, True))]
    assert (core.term, core.vote, out.record) == (0, None, None)


def test_no_pre_vote_while_a_leader_is_heard() -> None:
    """Thesis §9.6, with the least election time-out as the measure."""
    core = make()
    tell(core, "n2", Append(1, 0, 0, (), 0, 0))
    core.saved()
    soon = tell(core, "n3", RequestVote(2, True, 5, 1), now=10.29)
    assert soon.messages == [("n3", Vote(1, True, False))]
    late = tell(core, "n3", RequestVote(2, True, 5, 1), now=10.31)
    assert late.messages == [("n3", Vote(2, True, True))]


def test_a_refused_pre_vote_brings_the_term() -> None:
    """A server with the best log and an old term must learn the new one, or nobody could win."""
    core = make(Saved(1, None, entries(1)))
    core.wake(10.0)
    core.take(10.0)
    tell(core, "n2", Vote(6, True, False))
    assert (core.term, core.role) == (6, "follower")


def test_votes_of_other_terms_do_not_count() -> None:
    """Raft §5.2: a majority *in the same term*."""
    core = make(size=5)
    core.wake(10.0)
    core.receive(10.0, "n2", Vote(1, True, True))
    core.receive(10.0, "n3", Vote(1, True, True))
    assert core.status()[:2] == ("candidate", 1)
    core.receive(10.0, "n2", Vote(0, False, True))
    core.receive(10.0, "n2", Vote(1, False, True))
    core.receive(10.0, "n2", Vote(1, False, True))
    core.receive(10.0, "n4", Vote(2, True, True))
    assert core.status().role == "candidate"
    core.receive(10.0, "n3", Vote(1, False, True))
    assert core.status().role == "leader"


def test_a_higher_term_ends_an_office_and_its_reads() -> None:
    """Raft §5.1."""
    core = make()
    lead(core)
    core.saved()
    assert core.read(10.0, 7)
    out = tell(core, "n3", Appended(9, False, 0, 0, 0))
    assert (core.role, core.term, core.leader) == ("follower", 9, None)
    assert out.lost_reads == [7]
    assert core.propose("x") is None


def test_time_outs_are_random_and_within_their_bounds() -> None:
    """Raft §5.2 (split votes), §5.6 (timing)."""
    dues = {
        RaftCore("n1", ["n1"], Members(("n1",)), Saved(), Random(seed), 5.0).deadline
        for seed in range(50)
    }
    assert len(dues) == 50
    assert all(5.3 <= due <= 5.6 for due in dues)


def test_a_single_server_leads_by_itself() -> None:
    """A majority of one; still nothing counts before it is synced."""
    core = make(size=1)
    core.wake(10.0)
    out = core.take(10.0)
    assert (core.role, core.commit, out.committed) == ("leader", 0, [])
    core.saved()
    assert [c.position.slot for c in core.take(10.0).committed] == [1]


# Replication


def test_nothing_is_acknowledged_before_it_is_synced() -> None:
    """Raft figure 2: an answer is among the messages after the record, never among the early."""
    core = make()
    out = tell(core, "n2", Append(1, 0, 0, tuple(entries(1)), 0, 0))
    assert out.early == []
    assert out.record is not None
    assert Saved.replay(None, [out.record]).entries == entries(1)
    assert out.messages == [("n2", Appended(1, True, 1, 0, 0))]


def test_a_leader_does_not_count_itself_before_its_own_sync() -> None:
    """Thesis §10.2.1: it may send while it writes; one follower's answer makes one copy."""
    core = make()
    out = lead(core)
    assert {peer for peer, _ in out.early} == {"n2", "n3"}
    core.receive(10.0, "n2", Appended(1, True, 1, 0, 0))
    assert core.commit == 0
    core.saved()
    assert core.commit == 1


def test_appends_wait_for_the_term_they_are_sent_in() -> None:
    """A term is durable before anything is said in it: an election won before the sync of its own
    term must not send early.
    """
    core = make()
    core.wake(10.0)
    core.receive(10.0, "n2", Vote(1, True, True))
    core.receive(10.0, "n2", Vote(1, False, True))
    out = core.take(10.0)
    assert core.role == "leader"
    assert out.early == []
    assert out.record is not None


def test_entries_of_older_terms_are_not_committed_by_counting() -> None:
    """Raft §5.4.2 and figure 8: entry 2 is of term 2 and on a majority, which proves nothing; with
    the leader's own entry 3 on a majority it is committed too.
    """
    core = make(Saved(3, None, entries(1, 2)))
    lead(core)
    core.saved()
    core.receive(10.0, "n2", Appended(4, True, 2, 2, 0))
    assert core.commit == 0
    core.receive(10.0, "n2", Appended(4, True, 3, 2, 0))
    assert core.commit == 3


def test_an_old_leader_is_told_the_term() -> None:
    """Raft §5.1, figure 2 AppendEntries 1."""
    core = make(Saved(5, None, entries(1)))
    out = tell(core, "n2", Append(4, 1, 1, (Entry(4, "x"),), 2, 3))
    assert out.messages == [("n2", Appended(5, False, 0, 1, 3))]
    assert core.log.last_index == 1


def test_only_what_conflicts_is_cut() -> None:
    """Raft figure 2, AppendEntries 3: a shorter, older request changes nothing."""
    core = make(Saved(2, None, entries(1, 1, 2)))
    out = tell(core, "n2", Append(2, 0, 0, tuple(entries(1)), 0, 0))
    assert out.record is None
    assert out.messages == [("n2", Appended(2, True, 1, 0, 0))]
    assert core.log.last_index == 3
    out = tell(core, "n2", Append(3, 1, 1, (Entry(3, "n"),), 0, 0))
    assert out.record is not None
    before = Saved(2, None, entries(1, 1, 2))
    after = Saved.replay(None, [_record(before), out.record])
    assert after.entries == [Entry(1, "c1"), Entry(3, "n")]


def test_a_follower_commits_no_further_than_it_was_shown() -> None:
    """Raft figure 2, AppendEntries 5: what lies beyond the request may differ from the leader's."""
    core = make(Saved(2, None, entries(1, 1, 2)))
    tell(core, "n2", Append(3, 1, 1, (), 3, 0))
    assert core.commit == 1


def test_late_answers_move_nothing_back() -> None:
    """Raft figure 2: matchIndex and commitIndex only grow."""
    table = Table()
    table.elect("n1")
    late = [("n2", "n1", Appended(1, True, 0, 0, 0)), ("n2", "n1", Appended(1, False, 0, 0, 0))]
    table.propose("n1", "a")
    table.deliver()
    for letter in late:
        table.hand_over(letter)
    table.deliver()
    assert table.cores["n1"].commit == 2
    table.propose("n1", "b")
    table.deliver()
    assert table.state("n1") == ["a", "b"]


def test_a_slow_follower_has_few_messages_on_the_way() -> None:
    """Thesis §10.2.1: the pipeline is bounded; heartbeats still go."""
    table = Table()
    table.elect("n1")
    for number in range(2 * PIPELINE):
        table.propose("n1", f"c{number}")
    waiting = [letter for letter in table.letters if letter[1] == "n2"]
    assert len(waiting) == PIPELINE
    table.deliver(rounds=1000)
    assert len(table.state("n1")) == 2 * PIPELINE
    assert table.log("n2") == table.log("n1")


def test_a_message_is_bounded() -> None:
    """At most so many entries and bytes, but always one entry, or a large one would never go."""
    log = Log([Entry(1, "x")] * (BATCH_ENTRIES + 5))
    assert len(log.batch(1)) == BATCH_ENTRIES
    large = Log(
        [Entry(1, "x" * (BATCH_BYTES - 1)), Entry(1, "yy"), Entry(1, "z" * 2 * BATCH_BYTES)]
    )
    assert [len(large.batch(first)) for first in (1, 2, 3, 4)] == [1, 1, 1, 0]


def test_every_message_survives_the_wire() -> None:
    table = Table()
    for message in (
        RequestVote(3, True, 2, 1),
        Vote(3, False, True),
        Append(3, 2, 1, (Entry(3, 'quote " and \\ and ü'),), 1, 4),
        Appended(3, True, 3, 2, 4),
    ):
        table._post("n1", [("n2", message)])
    assert [letter[2] for letter in table.letters][2].entries[0].command == 'quote " and \\ and ü'


# Reads


def test_a_read_waits_for_the_first_commit_of_the_term() -> None:
    """Raft §8, thesis §6.4 step 1: a fresh leader may not know yet what was committed before it."""
    table = Table()
    table.time_out("n1")
    table.deliver(lambda letter: not isinstance(letter[2], Append))
    table.read("n1", token=1)
    table.beat("n1")
    assert table.answered == []
    table.deliver()
    table.beat("n1")
    table.deliver()
    assert table.answered == [("n1", 1, [])]


def test_an_older_round_confirms_no_newer_read() -> None:
    """Thesis §6.4 step 3: the round must begin after the read arrived."""
    table = Table()
    table.elect("n1")
    table.read("n1", token=1)
    table.deliver(lambda letter: letter[0] == "n1")
    answers = table.lose(about(Appended))
    table.read("n1", token=2)
    table.lose(about(Append))
    for answer in answers:
        table.hand_over(answer)
    assert [token for _, token, _ in table.answered] == [1]
    table.beat("n1")
    table.deliver()
    assert [token for _, token, _ in table.answered] == [1, 2]


def test_a_follower_takes_no_read() -> None:
    """Thesis §6.4: only the leader of the round may answer; the node forwards."""
    table = Table()
    table.elect("n1")
    assert not table.read("n2", token=1)


def _record(saved: Saved) -> str:
    core = make()
    core.term, core.vote = saved.term, saved.vote
    core.log.replace_from(1, saved.entries)
    record = core.take(0.0).record
    assert record is not None
    return record
