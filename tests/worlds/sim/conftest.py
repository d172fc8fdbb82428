"""Loops that a test makes by hand are closed after it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.worlds.sim.loops import MADE


@pytest.fixture(autouse=True)
def _close_loops() -> Iterator[None]:
    yield
    while MADE:
        MADE.pop().close()
