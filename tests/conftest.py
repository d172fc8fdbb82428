"""What every test may use."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from harness.worlds.docker import engine
from harness.worlds.world import WorldError

HERE = Path(__file__).parent
WHOLE_RUNS = ("end_to_end", "worlds")
"""Folders whose tests start processes and containers, and look for what is left of any."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Test files run side by side; those of whole runs one after the other, on one process."""
    for item in items:
        folder, *_ = file = item.path.relative_to(HERE).parts
        group = "whole runs" if folder in WHOLE_RUNS else "/".join(file)
        item.add_marker(pytest.mark.xdist_group(group))


def skip_or_fail(what: str, reason: str) -> None:
    """Skip with the reason; where SPLITBRAIN_REQUIRE names `what`, that is a failure instead."""
    if what in os.environ.get("SPLITBRAIN_REQUIRE", "").replace(",", " ").split():
        pytest.fail(f"SPLITBRAIN_REQUIRE says {what}, but {reason}")
    pytest.skip(f"{what}: {reason}")


@pytest.fixture(scope="session")
def requires_docker() -> None:
    """Skip without a Docker engine."""
    try:
        engine.connect(5).close()
    except WorldError as error:
        skip_or_fail("docker", str(error))
