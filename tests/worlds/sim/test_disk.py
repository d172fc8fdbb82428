"""A simulated disk: what survives a kill, a power failure, and one in the middle of a sync."""

from __future__ import annotations

from random import Random

import pytest

from harness.worlds.faults import Ailment
from harness.worlds.sim.disk import SYNC_S, SimDisk
from tests.worlds.sim.loops import new_loop


class Bench:
    """A disk on a bench: the process' present is the loop's, and what its syncs took."""

    def __init__(self, seed: int = 1) -> None:
        self.loop = new_loop()
        self.lag = 0.0
        self.disk = SimDisk(Random(seed), self.loop, self._busy)

    def _busy(self, seconds: float) -> float:
        self.lag += seconds
        return self.loop.now + self.lag

    def pass_time(self, seconds: float = 1.0) -> None:
        """The event is over, and its syncs with it."""
        self.loop.now += seconds
        self.lag = 0.0

    def fail(self, at: float | None = None) -> int:
        """The process ends (at the present, or at that time) by a power failure."""
        self.disk.ended(self.loop.now if at is None else at)
        return self.disk.lose_power()


def test_what_was_synced_survives_and_the_rest_is_a_prefix_of_what_was_written() -> None:
    kept = set()
    for seed in range(60):
        bench = Bench(seed)
        bench.disk.append("f", b"synced")
        bench.disk.sync("f")
        bench.pass_time()
        bench.disk.append("f", b"+written")
        bench.pass_time()
        assert bench.disk.unsynced() == 8
        lost = bench.fail()
        found = bench.disk.read("f")
        assert found.startswith(b"synced")
        assert lost == len(b"synced+written") - len(found.rstrip(b"\0"))
        assert b"synced+written".startswith(found.rstrip(b"\0"))
        kept.add(found)
        assert bench.disk.unsynced() == 0
    assert b"synced" in kept
    assert b"synced+written" in kept
    assert any(found.endswith(b"\0") for found in kept), "no write was ever torn"


def test_a_kill_loses_nothing_that_was_written() -> None:
    bench = Bench()
    bench.disk.append("f", b"written")
    bench.pass_time()
    bench.disk.ended(bench.loop.now)
    assert bench.disk.read("f") == b"written"
    assert bench.disk.unsynced() == 7


def test_a_sync_that_had_not_ended_has_not_synced_and_what_comes_after_it_never_was() -> None:
    bench = Bench()
    bench.disk.append("f", b"first")
    bench.disk.sync("f")
    middle = bench.lag / 2
    bench.disk.append("f", b"second")
    bench.disk.sync("f")
    assert bench.disk.unsynced() == 5, "the first is being synced, the second not yet written"
    bench.disk.ended(middle)
    assert bench.disk.read("f") == b"first"
    assert bench.disk.unsynced() == 5


def test_a_process_that_ends_after_its_sync_has_synced() -> None:
    bench = Bench()
    bench.disk.append("f", b"first")
    bench.disk.sync("f")
    end = bench.lag
    bench.disk.append("f", b"second")
    bench.disk.ended(end)
    assert bench.fail(end) in range(7)
    assert bench.disk.read("f").startswith(b"first")


def test_a_replacement_leaves_the_old_file_or_the_new_one() -> None:
    found = set()
    for seed in range(20):
        bench = Bench(seed)
        bench.disk.replace("f", b"old")
        bench.pass_time()
        bench.disk.replace("f", b"new one")
        bench.fail(bench.loop.now + bench.lag / 2)
        found.add(bench.disk.read("f"))
    assert found == {b"old", b"new one"}


def test_a_full_disk_refuses_and_may_have_taken_the_first_part() -> None:
    lengths = set()
    for seed in range(20):
        bench = Bench(seed)
        bench.disk.ailment = Ailment(full=True)
        with pytest.raises(OSError, match="No space left"):
            bench.disk.append("f", b"record")
        lengths.add(len(bench.disk.read("f")))
        with pytest.raises(OSError, match="No space left"):
            bench.disk.replace("g", b"record")
        assert bench.disk.read("g") == b""
        assert bench.disk.use().refused == 2
    assert len(lengths) > 2
    assert max(lengths) < 6


def test_syncs_take_their_time_and_a_slow_disk_longer() -> None:
    bench = Bench()
    bench.disk.sync("f")
    assert SYNC_S[0] <= bench.lag <= SYNC_S[1]
    bench.disk.ailment = Ailment(slowness=100.0)
    bench.pass_time()
    bench.disk.sync("f")
    assert bench.lag >= 100 * SYNC_S[0]
    assert bench.disk.use().syncs == 2
    assert bench.disk.use().sync_s > bench.lag


def test_syncs_that_lie_leave_everything_in_danger() -> None:
    bench = Bench()
    bench.disk.ailment = Ailment(lies=True)
    bench.disk.append("f", b"0123456789")
    bench.disk.sync("f")
    bench.pass_time()
    assert bench.disk.unsynced() == 10
    bench.disk.ailment = Ailment()
    bench.disk.sync("f")
    bench.pass_time()
    assert bench.disk.unsynced() == 0


def test_what_rots_is_never_the_newest() -> None:
    """Something was synced after it, in the same file; undone, lost or replaced, it is not old."""
    bench = Bench()
    bench.disk.append("f", b"0123456789")
    bench.disk.sync("f")
    bench.pass_time()
    assert bench.disk.flip_bit(old=True) is None, "all of it is new"
    bench.disk.append("f", b"and more")
    assert bench.disk.flip_bit(old=True) is None, "the rest is not synced"
    bench.disk.sync("f")
    bench.disk.sync("f")
    bench.pass_time()
    flips = [bench.disk.flip_bit(old=True) for _ in range(300)]
    assert {flip.bit // 8 for flip in flips if flip is not None} == set(range(10))
    bench.disk.append("f", b"unsynced")
    while bench.disk.lose_power() == 8:
        bench.disk.append("f", b"unsynced")
    assert bench.disk.flip_bit(old=True) is None, "what is left of a power failure may be torn"
    bench.disk.replace("f", b"anew")
    bench.pass_time()
    assert bench.disk.flip_bit(old=True) is None


def test_a_bit_is_flipped_and_flipped_back_unless_it_was_written_anew() -> None:
    bench = Bench()
    assert bench.disk.flip_bit() is None
    bench.disk.replace("f", b"intact")
    flip = bench.disk.flip_bit()
    assert flip is not None
    damaged = bench.disk.read("f")
    difference = [a ^ b for a, b in zip(damaged, b"intact", strict=True)]
    assert [d for d in difference if d] == [1 << flip.bit % 8]
    assert bench.disk.flip_back(flip)
    assert bench.disk.read("f") == b"intact"
    assert not bench.disk.flip_back(flip)
    flip = bench.disk.flip_bit()
    assert flip is not None
    bench.disk.replace("f", b"written anew")
    assert not bench.disk.flip_back(flip)
    assert bench.disk.read("f") == b"written anew"
