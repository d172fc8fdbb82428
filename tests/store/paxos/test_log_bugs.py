"""Every switchable bug of reads, leases, members and snapshots, caught; see `test_bugs`."""

from __future__ import annotations

from targets.store.paxos.bugs import Bugs
from targets.store.paxos.messages import Accept, Chunk
from tests.store.paxos.table import Table
from tests.store.paxos.test_bugs import both, bugs, but_accepts, settled
from tests.store.paxos.test_members import beats
from tests.store.scripted import Letter, about, between

# Choosing


@both
def test_promise_page_skips(on: bool) -> None:
    """A promise counts once all votes are told (Simple, P2c): b, in n2's second page, was chosen
    by n1 and n2.
    """
    table = Table(bugs=bugs("promise_page_skips", on), batch_entries=1)
    settled(table, "n1")
    table.propose("n1", "a", "b")
    for _ in range(3):
        table.deliver(between("n1", "n2"))
        table.deliver(between("n2", "n1"))
        table.beat("n1")
    assert table.state("n1") == ["a", "b"]
    table.crash("n1")
    table.lose()
    table.elect("n3")
    beats(table, "n3")
    assert table.chosen("n3")[:3] == ["no-op", "a", "no-op" if on else "b"]


@both
def test_promise_hides_gone_slots(on: bool) -> None:
    """Who no longer has the votes that are asked for can't promise (Live §5.5)."""
    table = Table(bugs=bugs("promise_hides_gone_slots", on), snapshot_entries=2)
    table.elect("n1")
    table.cut(["n1", "n2"], ["n3"])
    table.propose("n1", "a", "b", "c")
    beats(table, "n1")
    table.compact("n2")
    table.crash("n1")
    table.cut()
    table.time_out("n3")
    table.deliver()
    table.elect("n3")
    beats(table, "n3")
    assert table.state("n3") == (["c"] if on else ["a", "b", "c"])


@both
def test_apply_before_commit(on: bool) -> None:
    """Accepted by its leader alone is not chosen: n1 is cut off, and n2 leads without a."""
    table = Table(bugs=bugs("apply_before_commit", on))
    settled(table, "n1")
    table.cut(["n1"], ["n2", "n3"])
    table.propose("n1", "a")
    assert table.state("n1") == (["a"] if on else [])


@both
def test_optimistic_match(on: bool) -> None:
    """What was sent is not accepted yet: the letters with a are lost."""
    table = Table(bugs=bugs("optimistic_match", on))
    settled(table, "n1")
    table.propose("n1", "a")
    table.lose()
    assert table.state("n1") == (["a"] if on else [])


# Reads


def deposed(flag: str, on: bool) -> Table:
    """n1 led and wrote a. It is cut off, knows nothing, and n2 leads and has written b."""
    table = Table(bugs=bugs(flag, on), check_quorum=False)
    settled(table, "n1")
    table.propose("n1", "a")
    beats(table, "n1")
    table.cut(["n1"], ["n2", "n3"])
    table.elect("n2")
    table.propose("n2", "b")
    table.deliver()
    return table


@both
def test_leader_local_read(on: bool) -> None:
    """A leader asks whether it still leads before it answers (thesis §6.4)."""
    table = deposed("leader_local_read", on)
    table.read("n1", token=1)
    assert table.answered == ([("n1", 1, ["a"])] if on else [])


@both
def test_follower_local_read(on: bool) -> None:
    """Only a leader knows what is chosen: n3 has not heard yet that b is."""
    table = deposed("follower_local_read", on)
    assert table.read("n3", token=1) == on
    assert table.answered == ([("n3", 1, ["a"])] if on else [])


@both
def test_readindex_ack_reuse(on: bool) -> None:
    """Only answers to what left after the read arrived confirm it: n2's, to n1's last heartbeat,
    was on its way when n2 led and wrote b.
    """
    table = Table(bugs=bugs("readindex_ack_reuse", on), check_quorum=False)
    settled(table, "n1")
    table.propose("n1", "a")
    beats(table, "n1")
    table.beat("n1")
    table.deliver(between("n1", "n2"))
    late = table.lose(between("n2", "n1"))
    table.cut(["n1"], ["n2", "n3"])
    table.elect("n2")
    table.propose("n2", "b")
    table.deliver()
    table.read("n1", token=1)
    for letter in late:
        table.hand_over(letter)
    assert table.answered == ([("n1", 1, ["a"])] if on else [])


# Leases


def leased(flag: str, on: bool) -> tuple[Table, float]:
    """n1 and n2 have a lease, from the time that is returned; n3 has not heard n1 for long."""
    table = Table(bugs=bugs(flag, on), reads="lease", check_quorum=False)
    settled(table, "n1")
    table.propose("n1", "a")
    beats(table, "n1")
    table.cut(["n1", "n2"], ["n3"])
    for _ in range(10):
        table.beat("n1")
        table.deliver()
    return table, table.now


def take_over(table: Table, at: float) -> None:
    """n3 stands at this time, and writes b if n2 helps it."""
    table.cut(["n1"], ["n2", "n3"])
    table.now = at
    table.cores["n3"].wake(at)
    table.settle("n3")
    table.deliver()
    if table.cores["n3"].status().role == "leader":
        table.propose("n3", "b")
        table.deliver()


@both
def test_commit_before_lease_invalidated(on: bool) -> None:
    """n2 has granted n1 a lease, and helps nobody else meanwhile (thesis §6.4.1)."""
    table, begin = leased("commit_before_lease_invalidated", on)
    take_over(table, begin + 0.05)
    assert table.state("n3") == (["a", "b"] if on else ["a"])
    table.read("n1", token=1)
    assert table.answered == [("n1", 1, ["a"])]


@both
def test_lease_too_long(on: bool) -> None:
    """After the least election time-out n2 helps n3; n1's lease must be over by then."""
    table, begin = leased("lease_too_long", on)
    take_over(table, begin + 0.31)
    assert table.state("n3") == ["a", "b"]
    table.read("n1", token=1)
    assert table.answered == ([("n1", 1, ["a"])] if on else [])


@both
def test_lease_ignores_drift(on: bool) -> None:
    """The same, and n1's clock runs at two thirds of the others'."""
    table, begin = leased("lease_ignores_drift", on)
    take_over(table, begin + 0.31)
    assert table.state("n3") == ["a", "b"]
    table.now = begin + 0.31 * 2 / 3
    table.read("n1", token=1)
    assert table.answered == ([("n1", 1, ["a"])] if on else [])


@both
def test_lease_kept_on_transfer(on: bool) -> None:
    """The heir need not wait for the lease to end, so it must be over before: n1's word to n3 is
    late, n1 has gone on meanwhile, and n3 writes b.
    """
    table = Table(bugs=bugs("lease_kept_on_transfer", on), reads="lease")
    settled(table, "n1")
    table.propose("n1", "a")
    beats(table, "n1")
    table.transfer("n1", "n3")
    (word,) = table.lose()
    beats(table, "n1", 8)
    table.cut(["n1"], ["n2", "n3"])
    table.hand_over(word)
    table.deliver()
    table.propose("n3", "b")
    table.deliver()
    assert table.state("n3") == ["a", "b"]
    table.read("n1", token=1)
    assert table.answered == ([("n1", 1, ["a"])] if on else [])


# Members


@both
def test_nonvoter_counted(on: bool) -> None:
    """A learner has no vote: n2 and n3 may go on without n1 and it."""
    table = Table(4, bugs("nonvoter_counted", on), ["n1", "n2", "n3"])
    settled(table, "n1")
    table.change("n1", "add", "n4")
    beats(table, "n1")
    table.cut(["n1", "n4"], ["n2", "n3"])
    table.propose("n1", "a")
    table.deliver()
    assert table.state("n1") == (["a"] if on else [])
    table.elect("n2")
    table.propose("n2", "b")
    table.deliver()
    assert table.state("n2") == ["b"]


def with_two_learners(flags: Bugs, **options: int) -> Table:
    """n1, n2 and n3 vote, n4 and n5 learn."""
    table = Table(5, flags, ["n1", "n2", "n3"], **options)
    settled(table, "n1")
    for server in ("n4", "n5"):
        table.change("n1", "add", server)
        beats(table, "n1")
    return table


@both
def test_change_not_awaited(on: bool) -> None:
    """n4 and n5 become voters, and a comes behind that. n1 and n2, who accepted it all, were a
    majority of three and are none of five: n3, n4 and n5 are, and know nothing of a.
    """
    table = with_two_learners(bugs("change_not_awaited", on))
    for server in ("n4", "n5"):
        table.change("n1", "promote", server)
    table.lose(lambda letter: letter[1] == "n2")
    table.deliver(lambda letter: letter[0] == "n1")
    table.lose()
    table.propose("n1", "a")
    table.lose()
    rest: list[Letter] = []
    for _ in range(3):
        table.beat("n1")
        table.deliver(between("n1", "n2"))
        table.deliver(between("n2", "n1"))
        rest = table.lose()
    assert table.state("n1") == (["a"] if on else [])
    if on:
        for sender, receiver, message in rest:
            table.hand_over((sender, receiver, message._replace(values=(), commit=9)))
        table.lose()
        table.crash("n1")
        table.crash("n2")
        table.elect("n3")
        assert table.state("n3") == []


@both
def test_candidate_passes_change(on: bool) -> None:
    """n4 and n5 have become voters, which n2 and n3 don't know to be chosen; then n1, n4 and n5
    choose a. n2 and n3 were a majority of three and are none of five: n3 must ask n4 or n5 first.
    """
    table = with_two_learners(bugs("candidate_passes_change", on))
    for server in ("n4", "n5"):
        table.change("n1", "promote", server)
        for _ in range(3):
            table.deliver(lambda letter: isinstance(letter[2], Accept) and letter[1] != "n3")
            table.deliver(lambda letter: letter[1] == "n1")
            table.beat("n1")
    table.lose()
    table.cut(["n1", "n4", "n5"], ["n2", "n3"])
    table.propose("n1", "a")
    beats(table, "n1")
    assert table.state("n1") == ["a"]
    table.crash("n1")
    table.cut(["n2", "n3"], ["n4", "n5"])
    table.time_out("n3")
    table.deliver(but_accepts)
    table.cut(["n2", "n3", "n4"], ["n5"])
    beats(table, "n3", 8)
    if not on:
        table.cut()
        table.elect("n3")
        beats(table, "n3")
    assert table.state("n3") == ([] if on else ["a"])


# Snapshots


@both
def test_snapshot_stale_conf(on: bool) -> None:
    """A snapshot says who votes after it: n2 and n3 start from theirs, and are no majority of the
    five that vote. n1, n4 and n5 chose a.
    """
    table = with_two_learners(bugs("snapshot_stale_conf", on), snapshot_entries=2)
    for server in ("n4", "n5"):
        table.change("n1", "promote", server)
        beats(table, "n1")
    for name in ("n2", "n3"):
        table.compact(name)
        table.crash(name)
        table.restart(name)
    table.cut(["n1", "n4", "n5"], ["n2", "n3"])
    table.propose("n1", "a")
    beats(table, "n1")
    assert table.state("n1") == ["a"]
    table.time_out("n3")
    table.deliver()
    assert (table.cores["n3"].status().role == "leader") == on


@both
def test_snapshot_off_by_one(on: bool) -> None:
    """A snapshot covers what is in it and no more: b is not, and n2 starts from it."""
    table = Table(bugs=bugs("snapshot_off_by_one", on), snapshot_entries=2)
    settled(table, "n1")
    table.propose("n1", "a")
    beats(table, "n1")
    table.compact("n2")
    table.propose("n1", "b")
    beats(table, "n1")
    for name in ("n1", "n2"):
        table.crash(name)
    table.restart("n2")
    table.lose()
    table.elect("n2")
    assert table.state("n2") == (["a"] if on else ["a", "b"])


@both
def test_snapshot_lowers_promise(on: bool) -> None:
    """A snapshot is about slots, a promise about ballots (Simple, P1a). n3 has promised n2 a ballot
    when n1's snapshot arrives, and then n1's Accept of x.
    """
    table = Table(bugs=bugs("snapshot_lowers_promise", on), snapshot_entries=2)
    settled(table, "n1")
    table.cut(["n1", "n2"], ["n3"])
    table.propose("n1", *"abcd")
    beats(table, "n1")
    table.compact("n1")
    table.cut()
    table.beat("n1")
    table.deliver(lambda letter: not isinstance(letter[2], Chunk))
    (chunk,) = table.lose(about(Chunk))
    table.propose("n1", "x")
    late = next(letter for letter in table.lose() if letter[1] == "n3")
    table.cut(["n2", "n3"], ["n1"])
    table.time_out("n2")
    table.deliver(but_accepts)
    own = table.lose()
    assert table.cores["n2"].status().role == "leader"
    table.cut()
    table.hand_over(chunk)
    table.hand_over(late)
    table.deliver(between("n3", "n1"))
    assert table.state("n1") == (list("abcdx") if on else list("abcd"))
    for letter in own:
        table.hand_over(letter)
    table.deliver(lambda letter: "n1" not in letter[:2])
    assert table.chosen("n2")[5] == "no-op"


@both
def test_old_snapshot_installed(on: bool) -> None:
    """A late snapshot takes back what n3 has learned since; nothing is lost by that, which is why
    no client can tell (see the flag's `equivalence`).
    """
    table = Table(bugs=bugs("old_snapshot_installed", on), snapshot_entries=400)
    table.elect("n1")
    table.cut(["n1", "n2"], ["n3"])
    table.propose("n1", "a")
    table.deliver()
    table.compact("n1")
    table.cut()
    table.hand_over(("n1", "n3", table.cores["n1"]._catch_up.latest))
    table.deliver(between("n3", "n1"))
    (late,) = table.lose(about(Chunk))
    table.propose("n1", "b")
    beats(table, "n1")
    assert table.state("n3") == ["a", "b"]
    table.hand_over(late)
    assert table.state("n3") == (["a"] if on else ["a", "b"])
    beats(table, "n1")
    assert table.state("n3") == ["a", "b"]
