"""The keeper holds a run's nodes, and ends them with itself whatever happens."""

from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from harness.worlds.local import leftovers
from harness.worlds.local.control import Keeper
from harness.worlds.processes import birth
from harness.worlds.world import WorldError


def test_a_command_that_fails_is_an_answer_and_the_keeper_lives_on(tmp_path: Path) -> None:
    async def scene() -> None:
        keeper = await Keeper.start(f"test-{os.getpid()}", tmp_path / "keeper.log")
        log = str(tmp_path / "n1.log")
        pid = await keeper.call("start", "n1", ["sleep", "60"], {}, str(tmp_path), log)
        with pytest.raises(WorldError, match="null byte"):
            await keeper.call("start", "n2", ["echo", "a\0b"], {}, str(tmp_path), log)
        with pytest.raises(WorldError, match="No such file"):
            await keeper.call("start", "n2", ["/no/such/program"], {}, str(tmp_path), log)
        assert await keeper.call("status", "n1") == ["running", pid, None]
        await keeper.close()
        await keeper.ended(10)
        assert birth(pid) is None
        assert f"test-{os.getpid()}" not in [record.run_id for record in leftovers.records()]
        assert (tmp_path / "keeper.log").read_text() == ""

    asyncio.run(scene())
