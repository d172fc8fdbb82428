"""A simulated node's own clock."""

from __future__ import annotations

import pytest

from harness.worlds.sim.clock import NodeClock
from tests.worlds.sim.loops import new_loop


def test_a_clock_runs_at_its_rate_and_a_new_rate_moves_nothing_at_once() -> None:
    loop = new_loop()
    clock = NodeClock(loop, 1.0)
    loop.now = 10.0
    clock.drift(2.0)
    assert clock.read() == pytest.approx(10.0)
    loop.now = 11.0
    assert clock.read() == pytest.approx(12.0)
    assert clock.at(12.0) == pytest.approx(14.0)


def test_a_jump_moves_it_at_once_and_changes_no_rate() -> None:
    loop = new_loop()
    clock = NodeClock(loop, 0.5)
    clock.jump(-3.0)
    assert clock.read() == pytest.approx(-3.0)
    loop.now = 2.0
    assert clock.read() == pytest.approx(-2.0)
