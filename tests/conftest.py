"""What every test may use."""

from __future__ import annotations

import os

import pytest

from harness.worlds.docker import engine
from harness.worlds.world import WorldError


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
