"""Simulated loops, for tests of one part alone."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Mapping
from typing import Any, TypeVar

from harness.worlds.sim.loop import SimLoop

Result = TypeVar("Result")

MADE: list[SimLoop] = []
"""Those of the test that runs."""


def new_loop() -> SimLoop:
    """A loop at time 0 that is closed after the test."""
    loop = SimLoop()
    MADE.append(loop)
    return loop


def run(main: Coroutine[Any, Any, Result]) -> Result:
    """Run to the end under virtual time; an unhandled error in a callback is raised."""
    errors: list[Mapping[str, Any]] = []
    with asyncio.Runner(loop_factory=SimLoop) as runner:
        runner.get_loop().set_exception_handler(lambda _loop, context: errors.append(context))
        result = runner.run(main)
    for context in errors:
        raise RuntimeError(str(context.get("message"))) from context.get("exception")
    return result
