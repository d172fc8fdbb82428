"""Tests with an engine: skipped aloud where there is none, failed where skipping is forbidden."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from harness.worlds.docker import cleanup, engine
from harness.worlds.docker.world import DockerWorld
from harness.worlds.world import WorldSpec

MakeWorld = Callable[..., DockerWorld]


@pytest.fixture
def client(requires_docker: None) -> Iterator[DockerClient]:
    """Connect to the engine."""
    client = engine.connect()
    yield client
    client.close()


@pytest.fixture(scope="module")
def runner() -> Iterator[asyncio.Runner]:
    """Keep one event loop for a module's tests, so that they can share a world."""
    with asyncio.Runner() as runner:
        yield runner


@pytest.fixture(scope="module")
def make_world(
    requires_docker: None, runner: asyncio.Runner, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[MakeWorld]:
    """Make worlds with runs of their own; whatever a test leaves of them is removed in the end."""
    run_ids = []

    def make(*nodes: str, folder: Path | None = None) -> DockerWorld:
        run_ids.append(run_id := f"test-{uuid.uuid4().hex[:12]}")
        return DockerWorld(
            WorldSpec(
                run_id=run_id,
                nodes=nodes,
                ports={"client": 7000, "peer": 7001},
                folder=folder or tmp_path_factory.mktemp("run"),
            )
        )

    yield make
    client = engine.connect()
    try:
        cleanup.remove(client, [run for run in cleanup.find(client) if run.run_id in run_ids])
    finally:
        client.close()
