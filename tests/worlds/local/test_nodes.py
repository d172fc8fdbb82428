"""Nodes of the local world, where they differ from those of other worlds."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from harness.worlds.local.world import LocalWorld
from tests.worlds.cluster import make_world


def test_a_node_that_does_not_run_refuses_although_its_proxy_would_accept(tmp_path: Path) -> None:
    """Refused means that nothing was sent: the operation is `fail`, and not `info`."""

    async def scene() -> None:
        world = make_world(LocalWorld, tmp_path, "n1", "n2")
        await world.set_up()
        try:
            with pytest.raises(ConnectionRefusedError, match="n1 is not running"):
                await world.nodes["n1"].dial("client")
        finally:
            await world.tear_down()

    asyncio.run(scene())
