"""The mistakes of reads, caught; see `test_bugs`."""

from __future__ import annotations

from typing import Any

from targets.store.raft.messages import Append, TimeoutNow
from targets.store.reads import MAX_DRIFT
from tests.store.scripted import Table, between
from tests.store.test_bugs import both, bugs


def led(flag: str, on: bool, **options: Any) -> Table:
    """n1 leads, all have a, and a round of n1's messages was answered just now."""
    table = Table(bugs=bugs(flag, on), **options)
    table.elect("n1")
    table.propose("n1", "a")
    table.beat("n1")
    table.deliver()
    return table


def written_elsewhere(table: Table) -> None:
    """n2 leads n3, and has committed b. n1 does not know."""
    table.propose("n2", "b")
    table.deliver()
    assert table.state("n2") == ["a", "b"]


@both
def test_readindex_before_term_commit(on: bool) -> None:
    """A new leader may not know of everything that is committed (thesis §6.4): n1 had told its
    client that a was written. n2 has it, n3 does not.
    """
    table = Table(bugs=bugs("readindex_before_term_commit", on))
    table.elect("n1")
    table.propose("n1", "a")
    table.deliver(between("n1", "n2"))
    table.deliver(between("n2", "n1"))
    assert table.state("n1") == ["a"]
    table.crash("n1")
    table.lose()
    table.time_out("n2")
    table.deliver(lambda letter: not isinstance(letter[2], Append))
    table.read("n2", token=1)
    table.beat("n2")
    table.deliver()
    assert table.answered == [("n2", 1, [] if on else ["a"])]


@both
def test_readindex_ack_reuse(on: bool) -> None:
    """The round that confirms a read begins after it (thesis §6.4): the answers of the last one
    say nothing about n2, who was elected since.
    """
    table = led("readindex_ack_reuse", on, check_quorum=False)
    table.cut(["n1"], ["n2", "n3"])
    table.elect("n2")
    written_elsewhere(table)
    table.read("n1", token=1)
    table.beat("n1")
    assert table.answered == ([("n1", 1, ["a"])] if on else [])


@both
def test_lease_too_long(on: bool) -> None:
    """A lease ends before anybody else can be elected (thesis §6.4.1)."""
    table = led("lease_too_long", on, reads="lease")
    table.cut(["n1"], ["n2", "n3"])
    table.elect("n2")
    written_elsewhere(table)
    table.read("n1", token=1)
    assert table.answered == ([("n1", 1, ["a"])] if on else [])


@both
def test_lease_ignores_drift(on: bool) -> None:
    """Clocks run at different rates (thesis §6.4.1): those of n2 and n3 twice as fast as n1's."""
    table = led("lease_ignores_drift", on, reads="lease")
    table.cut(["n1"], ["n2", "n3"])
    began, waited = table.now, table.cores["n2"].deadline - table.now
    table.now = began + waited
    table.cores["n2"].wake(table.now)
    table.settle("n2")
    table.deliver()
    written_elsewhere(table)
    table.now = began + waited / MAX_DRIFT
    table.read("n1", token=1)
    assert table.answered == ([("n1", 1, ["a"])] if on else [])


@both
def test_lease_kept_on_transfer(on: bool) -> None:
    """A leader that hands over can trust its lease no more (thesis §6.4.1): its heir is elected at
    once.
    """
    table = led("lease_kept_on_transfer", on, reads="lease")
    table.transfer("n1", "n2")
    table.deliver(lambda letter: isinstance(letter[2], TimeoutNow))
    table.cut(["n1"], ["n2", "n3"])
    table.deliver()
    written_elsewhere(table)
    table.read("n1", token=1)
    assert table.answered == ([("n1", 1, ["a"])] if on else [])


@both
def test_replay_missing(on: bool) -> None:
    """A node that starts knows nothing before it has applied its log."""
    table = led("replay_missing", on)
    for name in table.names:
        table.crash(name)
    table.restart("n1")
    assert table.read("n1", token=1) == on
    assert table.answered == ([("n1", 1, [])] if on else [])
