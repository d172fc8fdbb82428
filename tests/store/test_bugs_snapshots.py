"""The mistakes with snapshots, caught; see `test_bugs`."""

from __future__ import annotations

from targets.store.raft.messages import Append, Install
from tests.store.scripted import Table
from tests.store.test_bugs import both, bugs


def behind(flag: str, on: bool) -> Table:
    """n3 was cut off while n1 and n2 wrote a to f, and n1 keeps only f besides its snapshot."""
    table = Table(bugs=bugs(flag, on), snapshot_entries=2)
    table.elect("n1")
    table.cut(["n1", "n2"], ["n3"])
    table.propose("n1", *"abcdef")
    table.deliver()
    table.beat("n1")
    table.deliver()
    table.compact("n1")
    table.cut()
    return table


@both
def test_old_snapshot_installed(on: bool) -> None:
    """A snapshot of what is committed already changes nothing (Raft §7): n3 has acknowledged g and
    h since, and taken a snapshot of its own, when a copy of n1's arrives once more.
    """
    table = behind("old_snapshot_installed", on)
    table.beat("n1")
    table.deliver(lambda letter: "n3" in letter[:2], rounds=2)
    (copy,) = [letter for letter in table.letters if isinstance(letter[2], Install)]
    table.cut(["n1", "n3"], ["n2"])
    table.hand_over(copy)
    for _ in range(2):
        table.beat("n1")
        table.deliver()
    table.propose("n1", "g", "h")
    table.deliver()
    table.beat("n1")
    table.deliver()
    assert table.state("n1") == table.state("n3") == list("abcdefgh")
    table.compact("n3")
    table.hand_over(copy)
    table.crash("n1")
    table.cut(["n2", "n3"])
    table.elect("n3")
    assert table.state("n3") == list("abcdef" if on else "abcdefgh")


@both
def test_snapshot_off_by_one(on: bool) -> None:
    """The entry after a snapshot's last is the next to be applied."""
    table = behind("snapshot_off_by_one", on)
    table.propose("n1", "g")
    table.deliver()
    table.crash("n1")
    table.restart("n1")
    table.elect("n2")
    table.beat("n2")
    table.deliver()
    assert table.state("n1") == list("abcdef" if on else "abcdefg")


@both
def test_snapshot_lowers_term(on: bool) -> None:
    """A term never goes back (Raft §5.1): n3 votes for n1 in term 2, and gets its snapshot, whose
    last entry is of term 1. Then n2's request for its vote in term 2 arrives.
    """
    table = behind("snapshot_lowers_term", on)
    table.crash("n1")
    table.restart("n1")
    table.cut(["n1", "n3"], ["n2", "n3"])
    for name in ("n1", "n2"):
        table.time_out(name)
    table.deliver(lambda letter: getattr(letter[2], "pre", False))
    table.deliver(lambda letter: "n1" in letter[:2] and not isinstance(letter[2], Append))
    assert table.leaders() == [("n1", 2)]
    while table.cores["n3"].commit < 7:
        table.beat("n1")
        table.deliver(lambda letter: "n1" in letter[:2], rounds=3)
    table.lose(lambda letter: "n1" in letter[:2])
    table.now += 0.4
    table.deliver()
    assert sorted(table.leaders()) == ([("n1", 2), ("n2", 2)] if on else [("n1", 2)])
