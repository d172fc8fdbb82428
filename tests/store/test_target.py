"""The adapter: what it brings onto a node, how it starts it, what it makes of its answers."""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGTERM, Signals
from typing import Any

import pytest

from harness.env import Main
from harness.target import Status, Target
from harness.worlds.world import Address, ProcessStatus
from targets.raft import RaftTarget
from targets.store import VERSION
from tests.worlds.sim.loops import run


@dataclass
class FakeNode:
    """A machine of which the test says everything."""

    name: str
    status: dict[str, Any] | None = None
    state: ProcessStatus = field(default_factory=lambda: ProcessStatus("running", 7))
    files: dict[str, bytes] = field(default_factory=dict)
    argv: list[str] = field(default_factory=list)
    env: Mapping[str, str] = field(default_factory=dict)
    signals: list[Signals] = field(default_factory=list)
    home: str = "/home/store"
    python: str = "python3"

    def bind(self, port: str) -> Address:
        return Address("0.0.0.0", {"client": 1, "peer": 2}[port])

    def reach(self, peer: str, port: str) -> Address:
        return Address(peer, {"client": 1, "peer": 2}[port])

    def client_address(self, port: str) -> Address:
        return self.bind(port)

    async def dial(self, port: str) -> FakeConnection:
        if self.status is None:
            raise ConnectionRefusedError(self.name)
        return FakeConnection(self.status)

    async def upload(self, files: Mapping[str, bytes]) -> None:
        self.files.update(files)

    async def start(
        self,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        main: Main | None = None,
    ) -> None:
        self.argv, self.env = list(argv), env or {}

    async def signal(self, signal: Signals) -> None:
        self.signals.append(signal)
        if signal is SIGKILL:
            self.state = ProcessStatus("exited", None, -9)

    async def process(self) -> ProcessStatus:
        return self.state

    async def fetch(self, path: str) -> bytes:
        return self.files.get(path, b"")

    async def wipe(self, directory: str) -> None:
        self.files = {p: data for p, data in self.files.items() if not p.startswith(directory)}


class FakeConnection:
    """Answers with one status; a read is refused while that knows no leader."""

    def __init__(self, status: dict[str, Any]) -> None:
        self._status = status
        self._asked: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def send(self, frame: bytes) -> None:
        self._asked.put_nowait(json.loads(frame))

    async def receive(self) -> bytes:
        request = await self._asked.get()
        answer: dict[str, Any] = {"ok": None}
        if request.get("type") == "status":
            answer = {"ok": self._status}
        elif self._status["leader"] is None:
            answer = {"refused": "no leader"}
        return json.dumps({"id": request["id"], **answer}).encode()

    def close(self) -> None:
        pass


def status(role: str, term: int, leader: str | None = None) -> dict[str, Any]:
    return {
        "role": role,
        "term": term,
        "commit": 3,
        "applied": 2,
        "leader": leader,
        "heard": {"n2": 0.1},
        "voters": ["n1", "n2", "n3"],
        "learners": [],
        "changing": True,
        "node": "n1",
        "waiting": 0,
    }


def test_it_is_a_target() -> None:
    target: Target = RaftTarget()
    assert set(target.ports) == {"client", "peer"}
    assert "register" in target.offers


def test_what_is_installed_runs_with_a_bare_python(tmp_path: Path) -> None:
    """Nothing but the uploaded files and the standard library: no site-packages, no repository."""
    node = FakeNode("n1")
    asyncio.run(RaftTarget().install(node))
    for name, data in node.files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": str(tmp_path / "app")}
    done = subprocess.run(
        [sys.executable, "-S", "-m", "targets.store", "--help"],
        cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=20, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "--election-min" in done.stdout
    assert asyncio.run(RaftTarget().version(node)) == VERSION


def test_how_it_is_started() -> None:
    node = FakeNode("n2")
    target = RaftTarget(bugs=["no_client_dedup"], options={"election_min": 1, "election_max": "2"})
    asyncio.run(target.start(node, ["n1", "n2", "n3"]))
    assert " ".join(node.argv) == (
        "python3 -m targets.store --name n2 --protocol raft --client 0.0.0.0:1 --listen 0.0.0.0:2 "
        "--peer n1=n1:2 --peer n3=n3:2 --bug no_client_dedup --election-min 1 "
        "--election-max 2 --data /home/store/data"
    )
    assert node.env == {"PYTHONPATH": "/home/store/app"}


def test_wrong_options_and_versions_name_the_right_ones() -> None:
    with pytest.raises(ValueError, match="did you mean 'heartbeat'"):
        RaftTarget(options={"heart_beat": 1})
    with pytest.raises(ValueError, match=f"in version {VERSION}, not 9"):
        RaftTarget(version="9")
    assert RaftTarget(version=VERSION).name == "raft"


def test_status_and_leaders() -> None:
    """The leader of the newest term first; a node that does not answer is passed over."""
    nodes = [
        FakeNode("n1", status("leader", 3, "n1")),
        FakeNode("n2", status("leader", 5, "n2")),
        FakeNode("n3", status("follower", 5, "n2")),
        FakeNode("n4"),
    ]
    found = asyncio.run(RaftTarget().observe(nodes[2]))
    members = ("n1", "n2", "n3")
    assert found == Status("follower", 5, 3, 2, "n2", {"n2": 0.1}, members, changing=True)
    assert asyncio.run(RaftTarget().primaries(nodes)) == ["n2", "n1"]
    with pytest.raises(ConnectionError):
        asyncio.run(RaftTarget().observe(nodes[3]))


def test_ready_waits_until_a_read_is_answered() -> None:
    """Knowing a leader is not enough: it may be one that has been deposed."""

    async def main() -> None:
        node = FakeNode("n1")
        waiting = asyncio.ensure_future(RaftTarget().ready(node))
        await asyncio.sleep(1)
        node.status = status("follower", 1)
        await asyncio.sleep(5)
        assert not waiting.done()
        node.status = status("follower", 1, "n2")
        await waiting

    run(main())


def test_stop_is_graceful_first_and_by_force_at_last() -> None:
    node = FakeNode("n1")
    run(RaftTarget().stop(node))
    assert node.signals == [SIGTERM, SIGCONT, SIGKILL]
    node = FakeNode("n1", state=ProcessStatus("exited", None, 0))
    run(RaftTarget().stop(node))
    assert SIGKILL not in node.signals
