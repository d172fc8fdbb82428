"""What the observer of all Raft nodes sees, and what it does not take for a violation."""

from __future__ import annotations

from types import SimpleNamespace

from harness.invariants import named
from targets.raft_invariants import RaftInvariants
from targets.store.raft.log import Log
from targets.store.raft.messages import Entry

LARGE = {
    "election safety",
    "log matching",
    "state machine safety",
    "leader completeness",
    "committed entries stay",
}
"""These nodes never vote and send nothing: the rest is the business of `test_raft_promises`."""


class Cluster:
    """Nodes by hand: what each is after an event."""

    def __init__(self) -> None:
        self.observer = RaftInvariants()

    def look(
        self,
        name: str,
        term: int,
        log: str,
        commit: int = 0,
        role: str = "follower",
        stable: int = 0,
        torn: bool = False,
    ) -> list[str]:
        """A node is seen; its log as `1a 1b 2c`: each entry's term and command.

        `stable`: so much of it is on disk. Returns the names of the invariants violated so far.
        """
        entries = Log()
        for word in log.split():
            entries.append(Entry(int(word[0]), word[1:]))
        entries.stable = stable
        core = SimpleNamespace(
            name=name,
            term=term,
            vote=None,
            vote_changed=False,
            renewed=False,
            role=role,
            leader=None,
            log=entries,
            commit=commit,
            snapshot=None,
            patience=SimpleNamespace(due=0.0),
        )
        self.observer.look(name, SimpleNamespace(core=core, torn=torn))
        return [named(s) for s in self.observer.violations if named(s) in LARGE]


def test_a_cluster_that_replicates_and_changes_its_leader_violates_nothing() -> None:
    cluster = Cluster()
    cluster.look("n1", 1, "1a", role="leader")
    cluster.look("n2", 1, "1a")
    cluster.look("n1", 1, "1a 1b", commit=1, role="leader")
    cluster.look("n2", 1, "1a", commit=1)
    cluster.look("n3", 2, "1a 2c", role="leader")
    cluster.look("n2", 2, "1a 2c", commit=1)
    cluster.look("n3", 2, "1a 2c", commit=2, role="leader")
    assert cluster.look("n1", 2, "1a 2c", commit=2) == [], "1b was never committed"


def test_two_leaders_of_one_term() -> None:
    cluster = Cluster()
    cluster.look("n1", 1, "1a", role="leader")
    assert cluster.look("n2", 1, "1a", role="leader") == ["election safety"]


def test_logs_that_differ_where_they_should_not() -> None:
    cluster = Cluster()
    cluster.look("n1", 1, "1a 1b")
    assert cluster.look("n2", 1, "1a 1c") == ["log matching"]


def test_two_commits_at_one_index() -> None:
    cluster = Cluster()
    cluster.look("n1", 1, "1a", commit=1)
    assert cluster.look("n2", 2, "2b", commit=1) == ["state machine safety"]


def test_a_leader_without_what_was_committed_before_it() -> None:
    cluster = Cluster()
    cluster.look("n1", 1, "1a 1b", commit=2, role="leader")
    assert cluster.look("n2", 2, "1a 2c", role="leader") == ["leader completeness"]


def test_a_leader_may_lack_what_a_later_term_has_committed_meanwhile() -> None:
    """Its last vote came late: others are in the next term already."""
    cluster = Cluster()
    cluster.look("n1", 3, "1a 3b", commit=2, role="leader")
    assert cluster.look("n2", 2, "1a 2c", role="leader") == []


def test_a_log_that_is_cut_below_what_its_node_knows_to_be_committed() -> None:
    cluster = Cluster()
    cluster.look("n1", 1, "1a 1b", commit=2)
    assert cluster.look("n1", 1, "1a", commit=2) == ["committed entries stay"]


def test_a_node_that_comes_back_with_less_than_it_had_on_disk_and_knew_to_be_committed() -> None:
    cluster = Cluster()
    cluster.look("n1", 1, "1a 1b", commit=2, stable=2)
    cluster.observer.gone("n1")
    assert cluster.look("n1", 1, "1a", stable=1) == ["committed entries stay"]


def test_a_leader_may_lose_what_others_have_committed_before_its_own_disk_had_it() -> None:
    cluster = Cluster()
    cluster.look("n1", 1, "1a 1b", commit=2, role="leader", stable=1)
    cluster.observer.gone("n1")
    assert cluster.look("n1", 1, "1a", stable=1) == []


def test_a_journal_with_a_torn_end_may_be_a_record_behind_and_no_more() -> None:
    for left, found in ((2, []), (1, ["committed entries stay"])):
        cluster = Cluster()
        for number in (1, 2, 3):
            cluster.look("n1", 1, " ".join(["1a", "1b", "1c"][:number]), number, stable=number)
        cluster.observer.gone("n1")
        assert cluster.look("n1", 1, " ".join(["1a", "1b"][:left]), stable=left, torn=True) == found
