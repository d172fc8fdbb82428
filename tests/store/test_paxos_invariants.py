"""What the observer of all Paxos nodes sees, and what it does not take for a violation."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from harness.invariants import named
from targets.paxos_invariants import PaxosInvariants
from targets.store.paxos.acceptor import Acceptor
from targets.store.paxos.bugs import NO_BUGS
from targets.store.paxos.membership import command
from targets.store.paxos.messages import Value, Vote
from targets.store.paxos.saved import Saved, Snapshot
from targets.store.replicated import Change, Members

MEMBERS = Members(("n1", "n2", "n3"))


class Cluster:
    """Nodes by hand: each has an acceptor that is seen after whatever is done to it, and a disk
    that has it all at once.
    """

    def __init__(self, size: int = 3) -> None:
        self.observer = PaxosInvariants()
        self.names = [f"n{number}" for number in range(1, size + 1)]
        self.members = Members(tuple(self.names))
        self.acceptors = {name: Acceptor(Saved(), self.members, NO_BUGS) for name in self.names}
        self.snapshots: dict[str, tuple[int, str]] = {}
        self.programs: dict[str, SimpleNamespace] = {}
        self.leases: dict[str, float] = {}
        self.now = 0.0
        self.hands_over = False
        for name in self.names:
            self.look(name)

    def look(self, name: str, role: str = "follower", leads: int | None = None) -> list[str]:
        """A node is seen. Returns the names of the invariants violated so far."""
        core = SimpleNamespace(
            name=name,
            role=role if leads is None else "leader",
            ballot=leads,
            leader=None if self.hands_over else name,
            acceptor=self.acceptors[name],
            snapshot=self.snapshots.get(name, (0, "")),
            reads_alone=lambda now: now < self.leases.get(name, 0.0),
        )
        program = self.programs.setdefault(name, SimpleNamespace(clock=lambda: self.now))
        program.core = core
        self.observer.look(name, program)
        return [named(sentence) for sentence in self.observer.violations]

    def save(self, name: str) -> list[str]:
        """All that a node has is on its disk."""
        self.acceptors[name].saved()
        return self.look(name)

    def promise(self, ballot: int, *names: str) -> None:
        """These promise it."""
        for name in names:
            assert self.acceptors[name].promise(ballot)
            self.save(name)

    def elect(self, name: str, ballot: int, *electors: str) -> list[str]:
        """A node stands, these promise it their votes, and it leads."""
        self.promise(ballot, name)
        self.look(name, role="candidate")
        self.promise(ballot, *electors)
        return self.look(name, leads=ballot)

    def accept(self, ballot: int, slot: int, command: str, *names: str) -> list[str]:
        """These accept, and are seen. The value is the ballot's own."""
        return self.vote(ballot, slot, Value(ballot, command), *names)

    def vote(self, ballot: int, slot: int, value: Value, *names: str) -> list[str]:
        """These accept, and are seen."""
        for name in names:
            assert self.acceptors[name].accept(ballot, slot, value)
            self.save(name)
        return self.look(names[0])

    def learn(self, name: str, ballot: int, commit: int, leads: int | None = None) -> list[str]:
        """A node learns what is chosen, and is seen."""
        self.acceptors[name].learn(ballot, commit)
        self.acceptors[name].saved()
        return self.look(name, leads=leads)

    def restart(self, name: str, saved: Saved) -> list[str]:
        """A node ends, and begins again with this on its disk."""
        self.observer.gone(name)
        self.acceptors[name] = Acceptor(saved, self.members, NO_BUGS)
        return self.look(name)


def test_a_cluster_that_chooses_and_changes_its_leader_violates_nothing() -> None:
    cluster = Cluster()
    cluster.elect("n1", 128, "n2")
    cluster.accept(128, 1, "a", "n1", "n2")
    cluster.learn("n1", 128, 1)
    cluster.learn("n2", 128, 1)
    cluster.accept(128, 2, "never chosen", "n1")
    cluster.elect("n3", 258, "n2")
    cluster.vote(258, 1, Value(128, "a"), "n3")
    cluster.learn("n3", 258, 1)
    cluster.accept(258, 2, "b", "n3", "n2", "n1")
    assert [cluster.learn(name, 258, 2) for name in cluster.names] == [[], [], []]


def test_two_servers_that_stand_in_one_ballot() -> None:
    cluster = Cluster()
    cluster.promise(128, "n1", "n2")
    cluster.look("n1", role="candidate")
    assert cluster.look("n2", role="candidate") == ["one owner"]


def test_a_promise_that_goes_back() -> None:
    cluster = Cluster()
    cluster.promise(258, "n1")
    cluster.acceptors["n1"].promised = 128
    assert cluster.look("n1") == ["promises are kept"]


def test_a_promise_that_a_restart_takes_back() -> None:
    """One that was never on disk was never given, and may go."""
    cluster = Cluster()
    cluster.promise(128, "n1")
    cluster.acceptors["n1"].promise(258)
    cluster.look("n1")
    assert cluster.restart("n1", Saved(promised=128)) == []
    assert cluster.restart("n1", Saved()) == ["promises are kept"]


def test_a_vote_below_what_was_promised() -> None:
    cluster = Cluster()
    cluster.promise(258, "n1")
    acceptor = cluster.acceptors["n1"]
    acceptor.promised = 0
    acceptor.accept(128, 1, Value(128, "a"))
    acceptor.promised = 258
    assert cluster.look("n1") == ["accepted as promised"]


def test_a_vote_that_promises_nothing() -> None:
    cluster = Cluster()
    cluster.acceptors["n1"].accept(128, 1, Value(128, "a"))
    cluster.acceptors["n1"].promised = 0
    assert cluster.look("n1") == ["accepted as promised"]


def test_two_values_of_one_ballot_where_something_was_accepted_before() -> None:
    """Slot 1 has votes of a lower ballot already; the new ones take their place."""
    cluster = Cluster()
    cluster.accept(128, 1, "a", "n1")
    assert cluster.accept(258, 1, "x", "n1") == []
    assert cluster.accept(258, 1, "y", "n2") == ["one proposal"]


def test_two_values_of_one_ballot_in_a_gap() -> None:
    cluster = Cluster()
    cluster.accept(128, 2, "later", "n1", "n2")
    cluster.accept(128, 1, "x", "n1")
    assert cluster.accept(128, 1, "y", "n2") == ["one proposal"]


def test_a_leader_that_too_few_have_promised() -> None:
    """n3 has promised too, in a lower ballot."""
    cluster = Cluster(5)
    cluster.promise(128, "n3")
    assert cluster.elect("n1", 256, "n2") == ["elected by a majority"]


def test_what_too_few_accepted_is_taken_for_chosen() -> None:
    """Two of five accepted it in one ballot, a third in another."""
    cluster = Cluster(5)
    cluster.accept(128, 1, "a", "n1", "n2")
    cluster.vote(258, 1, Value(128, "a"), "n3")
    assert cluster.learn("n1", 128, 1) == ["chosen by a majority"]


def test_a_vote_that_is_not_on_disk_yet_has_chosen_nothing() -> None:
    """n2's is lost in a crash, and the next leader may choose anything."""
    cluster = Cluster()
    cluster.accept(128, 1, "a", "n1")
    cluster.acceptors["n2"].accept(128, 1, Value(128, "a"))
    cluster.look("n2")
    cluster.restart("n2", Saved())
    assert cluster.accept(258, 1, "b", "n2", "n3") == []


def test_a_vote_that_was_saved_unseen_counts() -> None:
    """n2 was killed right after its sync; its disk knows."""
    cluster = Cluster()
    cluster.accept(128, 1, "a", "n1")
    vote = Vote(1, 128, Value(128, "a"))
    cluster.restart("n2", Saved(promised=128, votes={1: vote}))
    assert cluster.learn("n1", 128, 1) == []


def test_another_value_where_one_is_chosen() -> None:
    """Nobody knows yet that a is."""
    cluster = Cluster()
    cluster.accept(128, 1, "a", "n1", "n2")
    assert cluster.vote(258, 1, Value(128, "a"), "n3") == []
    assert cluster.accept(386, 1, "b", "n3") == ["what is chosen stays"]


def test_a_value_that_is_chosen_below_another() -> None:
    """n3 accepted b in a higher ballot before n2 completed the majority for a."""
    cluster = Cluster()
    cluster.accept(128, 1, "a", "n1")
    assert cluster.accept(258, 1, "b", "n3") == []
    assert cluster.accept(128, 1, "a", "n2") == ["what is chosen stays"]


def test_another_value_than_the_chosen_one_is_learned() -> None:
    """n3 takes its own vote of an older ballot for it."""
    cluster = Cluster()
    cluster.accept(128, 1, "old", "n3")
    cluster.accept(256, 1, "new", "n1", "n2")
    assert cluster.learn("n3", 128, 1) == ["one value"]


def removal(cluster: Cluster, server: str, ballot: int, *names: str) -> None:
    """These accept in slot 1 that a server is removed."""
    cluster.accept(ballot, 1, command(Change("remove", server)), *names)


def test_votes_behind_a_change_are_those_of_the_new_members() -> None:
    """n1 and n4 are two of four once n5 has gone; before, they would have been two of five, too,
    and n5 has no vote any more.
    """
    cluster = Cluster(5)
    cluster.elect("n1", 128, "n2", "n3")
    removal(cluster, "n5", 128, "n1", "n2", "n3")
    cluster.accept(128, 2, "a", "n1", "n2", "n5")
    cluster.learn("n1", 128, 1)
    assert cluster.learn("n1", 128, 2) == ["chosen by a majority"]


def test_what_is_accepted_ahead_of_a_change_waits_for_it() -> None:
    """Slot 2 has three votes of four before slot 1 is chosen: its own leader sent it too soon, but
    that does not make it less chosen.
    """
    cluster = Cluster(5)
    cluster.elect("n1", 128, "n2", "n3")
    removal(cluster, "n5", 128, "n1")
    cluster.accept(128, 2, "a", "n1", "n2", "n3")
    removal(cluster, "n5", 128, "n2", "n3")
    assert cluster.learn("n1", 128, 2) == []


def test_the_new_members_must_have_promised() -> None:
    """n1 and n2 alone have accepted that n5 goes; n2 is elected by n4 and n5 besides and recovers
    that. Behind it n2 has the promises of two of four: it must ask again.
    """
    for asks_again, violated in ((True, []), (False, ["the right members promised"])):
        cluster = Cluster(5)
        cluster.elect("n1", 128, "n2", "n3")
        removal(cluster, "n5", 128, "n1", "n2")
        change = cluster.acceptors["n2"].value(1)
        ballot = 257
        cluster.elect("n2", ballot, "n4", "n5")
        cluster.vote(ballot, 1, change, "n2", "n4", "n5")
        if asks_again:
            ballot = 385
            cluster.elect("n2", ballot, "n3", "n4")
        assert cluster.accept(ballot, 2, "a", "n2", "n3", "n4") == violated


def test_a_leader_need_not_ask_again_behind_its_own_change() -> None:
    cluster = Cluster(5)
    cluster.elect("n1", 128, "n4", "n5")
    removal(cluster, "n5", 128, "n1", "n4", "n5")
    assert cluster.accept(128, 2, "a", "n1", "n2", "n3") == []


@pytest.mark.parametrize(("until", "violated"), [(1.0, []), (3.0, ["nobody reads alone"])])
def test_a_choice_during_another_leaders_lease(until: float, violated: list[str]) -> None:
    """n1 has a lease until then, and n3 has a chosen at 2 s."""
    cluster = Cluster()
    cluster.leases["n1"] = until
    cluster.elect("n1", 128, "n2")
    cluster.promise(258, "n2", "n3")
    cluster.look("n3", leads=258)
    cluster.accept(258, 1, "a", "n2", "n3")
    cluster.now = 2.0
    assert cluster.learn("n3", 258, 1, leads=258) == violated


@pytest.mark.parametrize(("until", "violated"), [(1.0, []), (3.0, ["nobody reads alone"])])
def test_an_heir_ends_the_lease(until: float, violated: list[str]) -> None:
    """n1 hands over, and goes on at 2 s because its heir did not stand."""
    cluster = Cluster()
    cluster.leases["n1"] = until
    cluster.elect("n1", 128, "n2")
    cluster.hands_over = True
    assert cluster.look("n1", leads=128) == []
    cluster.hands_over = False
    cluster.now = 2.0
    assert cluster.look("n1", leads=128) == violated


def test_slots_that_came_as_a_snapshot_are_not_looked_for() -> None:
    cluster = Cluster()
    cluster.acceptors["n1"].install(Snapshot(5, MEMBERS, "state"))
    assert cluster.look("n1") == []
    cluster.accept(128, 6, "a", "n1", "n2")
    assert cluster.learn("n1", 128, 6) == []


def test_two_states_at_a_slot() -> None:
    cluster = Cluster()
    cluster.snapshots = {"n1": (5, "one"), "n2": (5, "one"), "n3": (5, "other")}
    cluster.look("n1")
    assert cluster.look("n2") == []
    assert cluster.look("n3") == ["one state"]
