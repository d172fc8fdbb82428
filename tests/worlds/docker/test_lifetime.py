"""What a world leaves on the engine: nothing, whatever happened; and it touches nobody else's."""

from __future__ import annotations

import asyncio
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from docker import DockerClient

from harness.worlds.docker import cleanup, container, labels
from harness.worlds.docker.cleanup import Leftover
from harness.worlds.docker.node import DockerNode
from harness.worlds.docker.world import DockerWorld
from harness.worlds.world import WorldError, WorldSpec
from tests.worlds.docker.conftest import MakeWorld

CRASHING = """
import asyncio, sys
from pathlib import Path
from harness.worlds.docker.world import DockerWorld
from harness.worlds.world import WorldSpec
async def main():
    spec = WorldSpec(sys.argv[1], ("n1",), {"client": 7000}, Path(sys.argv[2]))
    await DockerWorld(spec).set_up()
    print("ready", flush=True)
    await asyncio.sleep(600)
asyncio.run(main())
"""


def left_of(client: DockerClient, run_id: str) -> list[Leftover]:
    return [run for run in cleanup.find(client) if run.run_id == run_id]


def test_set_up_and_tear_down_leave_nothing_and_are_quick(
    make_world: MakeWorld, client: DockerClient, tmp_path: Path
) -> None:
    world = make_world("n1", "n2", "n3", "n4", "n5", folder=tmp_path)

    async def main() -> tuple[float, float]:
        began = time.monotonic()
        await world.set_up()
        ready = time.monotonic()
        assert len(left_of(client, world.spec.run_id)[0].containers) == 5
        assert (tmp_path / ".ssh" / "id_ed25519").stat().st_mode & 0o077 == 0
        frozen = client.containers.get(labels.container_name(world.spec.run_id, "n2"))
        frozen.pause()
        leaving = time.monotonic()
        assert await world.tear_down() is None
        gone = time.monotonic()
        assert await world.tear_down() is None
        return ready - began, gone - leaving

    set_up, tear_down = asyncio.run(main())
    assert left_of(client, world.spec.run_id) == []
    assert list(tmp_path.iterdir()) == []
    assert set_up < 10
    assert tear_down < 8  # a second or two on a machine that is not busy


def test_a_world_never_set_up_is_torn_down(make_world: MakeWorld) -> None:
    world = make_world("n1")
    assert asyncio.run(world.tear_down()) is None
    with pytest.raises(WorldError, match="torn down"):
        asyncio.run(world.set_up())
    with pytest.raises(WorldError, match="n1 is not set up"):
        world.nodes["n1"].client_address("client")


def test_a_set_up_that_fails_half_way_is_torn_down(
    make_world: MakeWorld, client: DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_world("n1", "n2", "n3")
    monkeypatch.setattr(container, "CAPABILITIES", ("NO_SUCH_CAPABILITY",))

    async def main() -> None:
        with pytest.raises(WorldError, match="making its container"):
            await world.set_up()
        await world.tear_down()

    asyncio.run(main())
    assert left_of(client, world.spec.run_id) == []


@pytest.mark.parametrize("seconds", [0.1, 0.3, 0.8, 1.3])
def test_a_set_up_that_is_interrupted_is_torn_down(
    make_world: MakeWorld, client: DockerClient, seconds: float
) -> None:
    world = make_world("n1", "n2", "n3")

    async def main() -> None:
        setting_up = asyncio.create_task(world.set_up())
        await asyncio.sleep(seconds)
        setting_up.cancel()
        try:
            await setting_up
        except asyncio.CancelledError:
            pass
        finally:
            await world.tear_down()

    asyncio.run(main())
    assert left_of(client, world.spec.run_id) == []


def test_tear_down_ends_a_command_that_runs(make_world: MakeWorld) -> None:
    world = make_world("n1")

    async def main() -> float:
        await world.set_up()
        node = world.nodes["n1"]
        assert isinstance(node, DockerNode)
        stuck = asyncio.create_task(node.run(["sleep", "15"]))
        await asyncio.sleep(0.2)
        began = time.monotonic()
        await world.tear_down()
        with pytest.raises(WorldError, match="connection is lost"):
            await stuck
        return time.monotonic() - began

    assert asyncio.run(main()) < 8


@contextmanager
def another_harness(run_id: str, folder: Path) -> Iterator[subprocess.Popen[str]]:
    argv = [sys.executable, "-c", CRASHING, run_id, str(folder)]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def test_a_live_run_is_left_alone_and_a_crashed_one_removed_by_the_next_set_up(
    make_world: MakeWorld, client: DockerClient, tmp_path: Path
) -> None:
    # Made only to have the run removed in the end, should this test fail.
    run_id = make_world("n1").spec.run_id

    async def another_run() -> None:
        world = make_world("n1")
        try:
            await world.set_up()
        finally:
            await world.tear_down()

    with another_harness(run_id, tmp_path) as other:
        asyncio.run(another_run())
        assert [len(run.containers) for run in left_of(client, run_id)] == [1]
        other.kill()
        other.wait()
        asyncio.run(another_run())
        assert left_of(client, run_id) == []


def test_what_is_left_running_stays_until_it_is_asked_to_go(
    make_world: MakeWorld,
    client: DockerClient,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    world = make_world("n1", "n2", folder=tmp_path)

    async def main() -> str | None:
        await world.set_up()
        await world.nodes["n1"].start(["sleep", "600"])
        return await world.tear_down(leave_running=True)

    farewell = asyncio.run(main())
    assert farewell is not None
    assert "splitbrain clean" in farewell
    login = next(line.split("  ")[2] for line in farewell.splitlines() if "  n1  " in line)
    command = [*login.split(), "-o", "BatchMode=yes", "pgrep -f 'sleep 600'"]
    assert subprocess.run(command, capture_output=True, timeout=10, check=True).stdout.strip()

    (kept,) = left_of(client, world.spec.run_id)
    assert kept.kept
    monkeypatch.setattr(Leftover, "owner", labels.Owner.DEAD)
    monkeypatch.setattr(cleanup, "find", lambda client: [kept])  # let others' runs be
    assert cleanup.remove_dead(client) == []
    assert cleanup.clean(client) == [f"run {world.spec.run_id}: 2 container(s), 1 network(s)"]
    monkeypatch.undo()
    assert left_of(client, world.spec.run_id) == []


def test_no_engine_is_one_line_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("DOCKER_HOST", f"unix://{tmp_path}/no.sock")
    world = DockerWorld(WorldSpec("none", ("n1",), {"client": 7000}, tmp_path))

    async def main() -> None:
        try:
            with pytest.raises(WorldError) as raised:
                await world.set_up()
            assert str(raised.value) == (
                "no Docker engine answers (its socket does not exist):"
                " install Docker Engine and start it, or use --world local"
            )
        finally:
            await world.tear_down()
        assert await DockerWorld.diagnose() == [
            (
                False,
                "no Docker engine answers (its socket does not exist)",
                "install Docker Engine and start it, or use --world local",
            )
        ]

    asyncio.run(main())
