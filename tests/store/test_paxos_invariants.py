"""What the observer of all Paxos nodes sees, and what it does not take for a violation."""

from __future__ import annotations

from types import SimpleNamespace

from harness.invariants import named
from targets.paxos_invariants import PaxosInvariants
from targets.store.paxos.acceptor import Acceptor
from targets.store.paxos.bugs import NO_BUGS
from targets.store.paxos.messages import Value
from targets.store.paxos.saved import Saved, Snapshot
from targets.store.replicated import Members

MEMBERS = Members(("n1", "n2", "n3"))


class Cluster:
    """Nodes by hand: each has an acceptor that is seen after whatever is done to it."""

    def __init__(self) -> None:
        self.observer = PaxosInvariants()
        self.acceptors = {name: Acceptor(Saved(), MEMBERS, NO_BUGS) for name in ("n1", "n2", "n3")}

        self.snapshots: dict[str, tuple[int, str]] = {}

    def look(self, name: str, leads: int | None = None) -> list[str]:
        """A node is seen. Returns the names of the invariants violated so far."""
        role = "follower" if leads is None else "leader"
        core = SimpleNamespace(
            name=name,
            role=role,
            ballot=leads,
            acceptor=self.acceptors[name],
            snapshot=self.snapshots.get(name, (0, "")),
        )
        self.observer.look(name, SimpleNamespace(core=core))
        return [named(sentence) for sentence in self.observer.violations]

    def accept(self, name: str, ballot: int, slot: int, command: str) -> list[str]:
        """A node accepts, and is seen."""
        self.look(name)
        assert self.acceptors[name].accept(ballot, slot, Value(ballot, command))
        return self.look(name)

    def learn(self, name: str, ballot: int, commit: int) -> list[str]:
        """A node learns what is chosen, and is seen."""
        self.acceptors[name].learn(ballot, commit)
        return self.look(name)


def test_a_cluster_that_chooses_and_changes_its_leader_violates_nothing() -> None:
    cluster = Cluster()
    cluster.look("n1", leads=128)
    for name in ("n1", "n2"):
        cluster.accept(name, 128, 1, "a")
        cluster.learn(name, 128, 1)
    cluster.accept("n1", 128, 2, "never chosen")
    cluster.look("n3", leads=258)
    for name in ("n1", "n2", "n3"):
        assert cluster.accept(name, 258, 2, "b") == []
        assert cluster.learn(name, 258, 2) == []


def test_two_leaders_of_one_ballot() -> None:
    cluster = Cluster()
    cluster.look("n1", leads=128)
    assert cluster.look("n2", leads=128) == ["one leader"]


def test_two_values_of_one_ballot_where_something_was_accepted_before() -> None:
    """Slot 1 has votes of a lower ballot already; the new ones take their place."""
    cluster = Cluster()
    for name in ("n1", "n2"):
        cluster.accept(name, 128, 1, "a")
    assert cluster.accept("n1", 258, 1, "x") == []
    assert cluster.accept("n2", 258, 1, "y") == ["one proposal"]


def test_two_values_of_one_ballot_in_a_gap() -> None:
    cluster = Cluster()
    for name in ("n1", "n2"):
        cluster.accept(name, 128, 2, "later")
    cluster.accept("n1", 128, 1, "x")
    assert cluster.accept("n2", 128, 1, "y") == ["one proposal"]


def test_two_chosen_values_in_a_slot() -> None:
    cluster = Cluster()
    cluster.accept("n1", 128, 1, "a")
    cluster.learn("n1", 128, 1)
    cluster.accept("n2", 258, 1, "b")
    assert cluster.learn("n2", 258, 1) == ["one value"]


def test_slots_that_came_as_a_snapshot_are_not_looked_for() -> None:
    cluster = Cluster()
    cluster.look("n1")
    cluster.acceptors["n1"].install(Snapshot(5, MEMBERS, "state"))
    assert cluster.look("n1") == []
    cluster.accept("n1", 128, 6, "a")
    assert cluster.learn("n1", 128, 6) == []


def test_two_states_at_a_slot() -> None:
    cluster = Cluster()
    cluster.snapshots = {"n1": (5, "one"), "n2": (5, "one"), "n3": (5, "other")}
    cluster.look("n1")
    assert cluster.look("n2") == []
    assert cluster.look("n3") == ["one state"]
