"""What a node may say of a request: `refused` only when it is certain never to happen."""

from __future__ import annotations

from random import Random
from typing import Any

from targets.store import requests
from targets.store.machine.machine import Result
from targets.store.replicated import Position
from targets.store.requests import FORGET, HOLD, Origin, Request, Requests
from tests.store.scripted import Table

CLIENT = Origin("client-1", 1, False)
WRITE = Request(CLIENT, True, "w")
READ = Request(CLIENT, False, ["read", "x"])


class Desk:
    """The tables of one node, and everything that leaves them."""

    def __init__(self, table: Table, name: str, seed: int = 0) -> None:
        self.forwarded: list[tuple[str, int]] = []
        self.answers: list[tuple[Origin, Result]] = []
        self.requests = Requests(
            table.cores[name],
            lambda leader, number, request: self.forwarded.append((leader, number)),
            lambda origin, result: self.answers.append((origin, result)),
            Random(seed),
        )

    def outcomes(self) -> list[str]:
        """The kind of every answer so far."""
        return [next(iter(result)) for _, result in self.answers]


def test_without_a_leader_a_request_waits_and_is_refused_at_last() -> None:
    desk = Desk(Table(), "n1")
    desk.requests.submit(0.0, WRITE)
    desk.requests.expire(HOLD / 2)
    assert desk.answers == []
    desk.requests.expire(HOLD)
    assert desk.answers == [(CLIENT, {"refused": "no leader is known"})]


def test_a_request_that_waits_goes_to_the_leader_that_shows_up() -> None:
    table = Table()
    desk = Desk(table, "n2")
    desk.requests.submit(0.0, WRITE)
    table.elect("n1")
    desk.requests.leader_changed(0.1)
    assert [leader for leader, _ in desk.forwarded] == ["n1"]
    assert len(desk.requests) == 1


def test_what_was_forwarded_is_never_refused() -> None:
    """The leader may refuse one copy of a frame and take another that the network made of it."""
    table = Table()
    table.elect("n1")
    desk = Desk(table, "n2")
    for _ in range(3):
        desk.requests.submit(0.0, WRITE)
    numbers = [number for _, number in desk.forwarded]
    desk.requests.answered(numbers[0], {"refused": "too many requests are waiting"})
    desk.requests.answered(numbers[0], {"ok": 1})
    desk.requests.expire(FORGET)
    assert desk.outcomes() == ["unknown", "unknown", "unknown"]
    assert len(desk.requests) == 0


def test_forwarded_requests_end_as_unknown_when_the_leader_changes() -> None:
    table = Table()
    table.elect("n1")
    desk = Desk(table, "n2")
    desk.requests.submit(0.0, WRITE)
    table.cut(["n1"], ["n2", "n3"])
    table.elect("n3")
    desk.requests.leader_changed(0.1)
    assert desk.answers == [(CLIENT, {"unknown": "n1 leads no more"})]


def test_an_answer_from_before_a_restart_answers_nothing_newer() -> None:
    """Found by simulation: numbers began at 0 again, and a late answer to what the node's former
    life had forwarded passed for that of a new client's request.
    """
    table = Table()
    table.elect("n1")
    before, after = Desk(table, "n2", seed=1), Desk(table, "n2", seed=2)
    before.requests.submit(0.0, WRITE)
    after.requests.submit(1.0, WRITE)
    ((_, late),) = before.forwarded
    after.requests.answered(late, {"ok": "of the former life"})
    assert after.answers == []


def test_what_was_proposed_is_unknown_once_another_leads() -> None:
    """The entry may still be committed by a later leader (Raft §5.4.2)."""
    table = Table()
    table.elect("n1")
    desk = Desk(table, "n1")
    desk.requests.submit(0.0, WRITE)
    table.cut(["n1"], ["n2", "n3"])
    table.elect("n2")
    table.cut()
    table.beat("n2")
    table.deliver()
    desk.requests.leader_changed(0.1)
    assert desk.answers == [(CLIENT, {"unknown": "this node lost its office"})]


def test_a_place_in_the_log_that_another_command_took_is_no_answer() -> None:
    table = Table()
    table.elect("n1")
    desk = Desk(table, "n1")
    desk.requests.submit(0.0, WRITE)
    desk.requests.committed(Position(2, 9), {"ok": "somebody else's"})
    assert desk.outcomes() == ["unknown"]


def test_a_peer_s_request_goes_no_further() -> None:
    """Two nodes that each take the other for the leader must not play ball with it."""
    desk = Desk(Table(), "n1")
    desk.requests.submit(0.0, WRITE._replace(origin=Origin("n2", 5, True)))
    assert desk.outcomes() == ["unknown"]


def test_reads_are_answered_once_confirmed() -> None:
    table = Table()
    table.elect("n1")
    desk = Desk(table, "n1")
    desk.requests.submit(0.0, READ)
    table.settle("n1")
    table.deliver()
    ((_, token, _),) = table.answered
    asked: list[Any] = []

    def query(operation: Any) -> Result:
        asked.append(operation)
        return {"ok": 5}

    desk.requests.read(token, query)
    assert asked == [["read", "x"]]
    assert desk.answers == [(CLIENT, {"ok": 5})]


def test_the_tables_are_bounded() -> None:
    desk = Desk(Table(), "n1")
    for _ in range(requests.LIMIT + 1):
        desk.requests.submit(0.0, WRITE)
    assert len(desk.requests) == requests.LIMIT
    assert desk.outcomes() == ["refused"]
