"""Simulated loops without a runner, for tests of one part alone."""

from __future__ import annotations

from harness.worlds.sim.loop import SimLoop

MADE: list[SimLoop] = []
"""Those of the test that runs."""


def new_loop() -> SimLoop:
    """A loop at time 0 that is closed after the test."""
    loop = SimLoop()
    MADE.append(loop)
    return loop
