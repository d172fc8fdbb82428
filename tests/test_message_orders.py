"""Which orders of messages count as different."""

from __future__ import annotations

from typing import Any

from targets.message_orders import LENGTH, MessageOrders
from targets.raft_invariants import RaftInvariants
from targets.store.paxos import messages as paxos
from targets.store.raft import messages as raft
from targets.store.wire import encode

BEAT = raft.Append(3, 0, 0, (), 0, 0)
ENTRIES = raft.Append(3, 0, 0, (raft.Entry(3, 'false,"true"'),), 0, 0)
ASK = raft.RequestVote(4, False, 0, 0)
PRE = raft.RequestVote(4, True, 0, 0)


def orders(*heard: tuple[str, Any], node: str = "n1") -> set[int]:
    """The orders that a node has seen which got these messages from these peers."""
    observer = MessageOrders()
    tell(observer, *heard, node=node)
    return set(observer.features())


def tell(observer: MessageOrders, *heard: tuple[str, Any], node: str = "n1") -> None:
    """Let a node get messages, of Raft or Paxos."""
    for sender, message in heard:
        protocol = raft if type(message).__module__ == raft.__name__ else paxos
        observer.heard(node, sender, encode(["c", *protocol.encode(message)]))


def test_another_order_of_the_same_messages_is_another() -> None:
    ask, beat, other = ("n2", ASK), ("n3", BEAT), ("n3", PRE)
    first = orders(ask, beat, other, ask)
    assert len(first) == 1
    assert first != orders(ask, other, beat, ask)


def test_it_does_not_matter_who_the_senders_were_but_whether_they_are_the_same() -> None:
    story = (("n2", ASK), ("n3", BEAT), ("n2", PRE), ("n3", BEAT))
    names = {"n2": "n5", "n3": "n4"}
    assert orders(*story) == orders(*((names[n], m) for n, m in story), node="n3")
    assert orders(*story) != orders(*(("n2", m) for _, m in story))


def test_the_same_message_again_and_again_counts_once() -> None:
    beats = [("n2", BEAT), ("n2", ENTRIES)] * 10
    assert orders(*beats, ("n2", PRE), ("n2", BEAT), ("n2", PRE)) == orders(
        ("n2", BEAT), ("n2", BEAT), ("n2", PRE), ("n2", BEAT), ("n2", PRE)
    ), "the first one has a newer term, all others have not"


def test_yes_and_no_and_old_and_new_differ() -> None:
    def after(*messages: Any) -> set[int]:
        return orders(*[("n2", message) for message in messages])

    yes, no = raft.Vote(4, False, True), raft.Vote(4, False, False)
    assert after(BEAT, PRE, BEAT, yes) != after(BEAT, PRE, BEAT, no)
    later = raft.Append(4, 0, 0, (), 0, 0)
    assert after(BEAT, PRE, yes, BEAT) != after(BEAT, PRE, yes, later)
    granted, refused = (paxos.Promise(7, False, told, 7, (), False) for told in (True, False))
    accept = paxos.Accept(7, ((1, paxos.Value(7, "x")),), 0, 0)
    prepare, pre = paxos.Prepare(8, False, 1, 0), paxos.Prepare(8, True, 1, 0)
    assert after(prepare, accept, pre, granted) != after(prepare, accept, pre, refused)
    assert len(after(prepare, accept, pre, granted)) == 1


def test_a_restart_and_what_is_not_of_the_protocol_are_no_order() -> None:
    observer = MessageOrders()
    story = [("n2", ASK), ("n3", BEAT), ("n2", PRE), ("n3", BEAT)]
    assert len(story) == LENGTH
    tell(observer, *story[:2])
    observer.gone("n1")
    tell(observer, *story[2:])
    for number in range(LENGTH):
        observer.heard("n1", "n2", b'["k"]')
        observer.heard("n1", "n2", encode(["a", number, {"ok": 1}]))
    assert set(observer.features()) == set()


def test_an_observer_of_a_target_counts_them_with_its_states() -> None:
    observer = RaftInvariants()
    for sender, message in (("n2", ASK), ("n3", BEAT), ("n2", PRE), ("n3", BEAT)):
        observer.heard("n1", sender, encode(["c", *raft.encode(message)]))
    assert len(observer.features()) == 1
