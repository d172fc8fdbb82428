"""What the observer of all Raft nodes sees, and what it does not take for a violation."""

from __future__ import annotations

from types import SimpleNamespace

from harness.invariants import named
from targets.raft_invariants import RaftInvariants
from targets.store.raft.log import Log
from targets.store.raft.messages import Entry


class Cluster:
    """Nodes by hand: what each is after an event."""

    def __init__(self) -> None:
        self.observer = RaftInvariants()

    def look(
        self, name: str, term: int, log: str, commit: int = 0, role: str = "follower"
    ) -> list[str]:
        """A node is seen; its log as `1a 1b 2c`: each entry's term and command.

        Returns the names of the invariants violated so far.
        """
        entries = Log()
        for word in log.split():
            entries.append(Entry(int(word[0]), word[1:]))
        core = SimpleNamespace(
            name=name, term=term, role=role, log=entries, commit=commit, snapshot=None
        )
        self.observer.look(name, SimpleNamespace(core=core))
        return [named(sentence) for sentence in self.observer.violations]


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


def test_a_node_that_comes_back_with_less_than_it_knew_is_not_yet_wrong() -> None:
    """It knows nothing of commits then; whether something is lost, the next leader shows."""
    cluster = Cluster()
    cluster.look("n1", 1, "1a 1b", commit=2)
    cluster.observer.gone("n1")
    assert cluster.look("n1", 1, "1a") == []
