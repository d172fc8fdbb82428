"""Three real processes on loopback: what a person gets who starts the store by hand."""

from __future__ import annotations

import asyncio
import subprocess
from collections.abc import Awaitable, Callable
from pathlib import Path
from signal import SIGKILL, SIGTERM

import pytest

from harness.client import DidNotHappen, Indeterminate
from tests.store.processes import ROOT, Processes, free_ports

LIMIT = 30


def test_data_survives_kill_9_of_every_node(tmp_path: Path) -> None:
    """Writes through any node, reads through any other; all are killed and started again."""

    async def scenario(cluster: Processes) -> None:
        await cluster.leader()
        for number, name in enumerate(cluster.names):
            client = await cluster.open(name)
            assert await client.call("write", ["k", number], {"v": number}) == {"v": number}
            assert await client.call("cas", "x", [number or None, number + 1])
            with pytest.raises(DidNotHappen, match="expected 77, found"):
                await client.call("cas", "x", [77, 78])
            await client.close()
        for name in cluster.names:
            assert cluster.end(name, SIGKILL) == -SIGKILL
        for name in cluster.names:
            cluster.start(name)
        await cluster.leader()
        for name in cluster.names:
            client = await cluster.open(name)
            assert await client.call("read", "x", None) == 3
            for number in range(3):
                assert await client.call("read", ["k", number], None) == {"v": number}
            await client.close()

    run(tmp_path, scenario)
    assert "recovered records=0 torn_bytes=0" in (tmp_path / "n1.log").read_text()


def test_a_new_leader_takes_over_and_the_old_one_catches_up(tmp_path: Path) -> None:
    async def scenario(cluster: Processes) -> None:
        old = await cluster.leader()
        rest = [name for name in cluster.names if name != old]
        on_old, on_rest = await cluster.open(old), await cluster.open(rest[0])
        await on_old.call("write", "x", 1)
        cluster.end(old, SIGKILL)
        with pytest.raises(Indeterminate, match="lost"):
            await on_old.call("write", "x", 2)
        assert await on_rest.call("read", "x", None) == 1
        await on_rest.call("write", "x", 3)
        assert await cluster.leader(rest) != old
        with pytest.raises(ConnectionError):
            await cluster.open(old)
        cluster.start(old)
        await cluster.leader()
        again = await cluster.open(old)
        assert await again.call("read", "x", None) == 3
        for client in (on_old, on_rest, again):
            await client.close()

    run(tmp_path, scenario)


def test_a_paused_leader_knows_it_was_deposed_before_it_answers(tmp_path: Path) -> None:
    """ReadIndex (thesis §6.4), for real: the read is sent to the leader while it is stopped."""

    async def scenario(cluster: Processes) -> None:
        old = await cluster.leader()
        rest = [name for name in cluster.names if name != old]
        on_old, on_rest = await cluster.open(old), await cluster.open(rest[0])
        await on_old.call("write", "x", 1)
        cluster.pause(old)
        await on_rest.call("write", "x", 2)
        read = asyncio.ensure_future(on_old.call("read", "x", None))
        await asyncio.sleep(0.1)
        cluster.resume(old)
        assert await read == 2
        heard = (await cluster.status(old))["heard"]
        assert set(heard) == set(rest)
        for client in (on_old, on_rest):
            await client.close()

    run(tmp_path, scenario)


def test_a_node_that_reaches_nobody_says_so_and_refuses(tmp_path: Path) -> None:
    async def scenario(cluster: Processes) -> None:
        leader = await cluster.leader()
        alone, *_ = (name for name in cluster.names if name != leader)
        for name in cluster.names:
            if name != alone:
                cluster.end(name, SIGKILL)
        await asyncio.sleep(1.2)
        status = await cluster.status(alone)
        assert all(seconds > 1 for seconds in status["heard"].values())
        assert status["leader"] is None
        client = await cluster.open(alone)
        with pytest.raises(DidNotHappen, match="no leader is known"):
            await client.call("write", "x", 1)
        await client.close()

    run(tmp_path, scenario)


def test_sigterm_is_a_graceful_end(tmp_path: Path) -> None:
    async def scenario(cluster: Processes) -> None:
        await cluster.leader()
        for name in cluster.names:
            assert cluster.end(name, SIGTERM) == 0
            assert cluster.log(name).rstrip().endswith(f"{name} shut down")

    run(tmp_path, scenario)


def test_what_keeps_a_node_from_starting_is_one_line(tmp_path: Path) -> None:
    """A port in use, a directory in use, a broken journal, a wrong argument."""

    async def scenario(cluster: Processes) -> None:
        await cluster.leader()
        elsewhere = [*cluster.argv("n1")[:-1], str(tmp_path / "other")]
        line = fails(elsewhere)
        assert "fatal" in line
        assert "address already in use" in line
        assert not (tmp_path / "other").exists()
        client, peer = free_ports(2)
        ports = ["--client", f"127.0.0.1:{client}", "--listen", f"127.0.0.1:{peer}"]
        line = fails([*cluster.argv("n1"), *ports])
        assert "another process uses the data directory" in line
        cluster.end("n1", SIGKILL)
        journal = cluster.data("n1") / "journal"
        data = bytearray(journal.read_bytes())
        data[12] ^= 4
        journal.write_bytes(bytes(data))
        assert "refusing to start" in fails(cluster.argv("n1"))
        assert "did you mean 'no_client_dedup'" in fails([*elsewhere, "--bug", "no_dedup"], 2)
        assert "is not HOST:PORT" in fails([*elsewhere, "--client", "nowhere"], 2)

    run(tmp_path, scenario)


def fails(argv: list[str], code: int = 1) -> str:
    """Run a node that can't start; returns the last line it says."""
    done = subprocess.run(argv, cwd=ROOT, capture_output=True, text=True, timeout=10, check=False)
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    return done.stderr.splitlines()[-1]


def run(folder: Path, scenario: Callable[[Processes], Awaitable[None]]) -> None:
    """Run a scenario against three fresh processes."""
    with Processes(folder) as cluster:

        async def limited() -> None:
            try:
                async with asyncio.timeout(LIMIT):
                    await scenario(cluster)
            finally:
                cluster.hang_up()

        asyncio.run(limited())
