"""Whole nodes and real clients in one process, under virtual time, with everything going wrong.

A node is what runs in production: the same core, journal, machine and request tables, on a
`harness.env.Env` whose network loses, doubles and reorders frames, whose disk loses what was not
synced, and whose clock runs too fast or too slow. The client is the one the harness uses.

`Cluster` counts what happens and looks, as nobody in a real cluster can, at every commit:
one leader a term, one command a slot. What clients saw is left to `judge`.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import replace
from random import Random
from typing import Any

from targets.store.compaction import Compaction
from targets.store.machine.sessions import Sessions
from targets.store.machine.side_by_side import bundled_machine
from targets.store.node import Node
from targets.store.raft.bugs import NO_BUGS, Bugs
from targets.store.raft.core import RaftCore
from targets.store.raft.saved import Saved
from targets.store.replicated import Members, Output
from targets.store.settings import Settings
from targets.store.storage import Found, Storage

TIMING = Settings(0.1, 0.2, 0.03)
"""Shorter than in production, so that a simulated second holds more elections."""


class Crash(Exception):
    """The process is gone, in the middle of what it was doing."""


class SimDisk:
    """Files in memory; a crash keeps what was synced and some prefix of the rest."""

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._files: dict[str, bytes] = {}
        self._synced: dict[str, int] = {}

    def read(self, name: str) -> bytes:
        return self._files.get(name, b"")

    def append(self, name: str, data: bytes) -> None:
        self._files[name] = self.read(name) + data

    def sync(self, name: str) -> None:
        self._synced[name] = len(self.read(name))

    def replace(self, name: str, data: bytes) -> None:
        self._files[name] = data
        self._synced[name] = len(data)

    def crash(self) -> None:
        for name, data in self._files.items():
            kept = self._rng.randint(self._synced.get(name, 0), len(data))
            self._files[name] = data[:kept]


class SimTimer:
    """A timer that dies with its process."""

    def __init__(self) -> None:
        self.handle: asyncio.TimerHandle | None = None

    def cancel(self) -> None:
        if self.handle is not None:
            self.handle.cancel()


class SimEnv:
    """One life of one node: a restart gets a new one, on the same disk."""

    def __init__(self, name: str, cluster: Cluster, disk: SimDisk, rate: float) -> None:
        self.name = name
        self.rng = cluster.rng
        self.disk: Any = _Mortal(disk, self)
        self.alive = True
        self.crash_at = -1
        """Crash at this many sends or disk operations from now; negative: never."""
        self.paused: list[Callable[[], None]] | None = None
        self.connections: dict[str, SimConnection] = {}
        self.on_frame: Callable[[str, bytes], None] = lambda sender, frame: None
        self._cluster = cluster
        self._rate = rate
        self._loop = asyncio.get_running_loop()

    def now(self) -> float:
        return self._loop.time() * self._rate

    def after(self, seconds: float, call: Callable[[], None]) -> SimTimer:
        timer = SimTimer()
        timer.handle = self._loop.call_later(seconds / self._rate, self.run, call)
        return timer

    def send(self, peer: str, frame: bytes) -> None:
        self.step()
        connection = self.connections.get(peer)
        if connection is not None:
            connection.deliver(frame)
        elif peer in self._cluster.names:
            self._cluster.post(self.name, peer, frame)

    def receive(self, on_frame: Callable[[str, bytes], None]) -> None:
        self.on_frame = on_frame

    def reached(self, point: str) -> None:
        self.step()

    def step(self) -> None:
        """One point where the process may be killed."""
        self.crash_at -= 1
        if self.crash_at == 0:
            raise Crash

    def run(self, call: Callable[[], None]) -> None:
        """Run code of the node's, unless it is dead; later, if it is paused."""
        if not self.alive:
            return
        if self.paused is not None:
            self.paused.append(call)
            return
        try:
            call()
        except Crash:
            self._cluster.crash(self.name)


class _Mortal:
    """A disk at whose every operation the process may be killed."""

    def __init__(self, disk: SimDisk, env: SimEnv) -> None:
        self._disk = disk
        self._env = env

    def read(self, name: str) -> bytes:
        return self._disk.read(name)

    def append(self, name: str, data: bytes) -> None:
        self._env.step()
        self._disk.append(name, data)
        self._env.step()

    def sync(self, name: str) -> None:
        self._disk.sync(name)
        self._env.step()

    def replace(self, name: str, data: bytes) -> None:
        self._disk.replace(name, data)


class SimConnection:
    """A client's connection: frames keep their order, and all are lost when the node dies."""

    def __init__(self, env: SimEnv, name: str, rng: Random) -> None:
        self._env = env
        self._name = name
        self._rng = rng
        self._loop = asyncio.get_running_loop()
        self._due = 0.0
        self._frames: asyncio.Queue[bytes | None] = asyncio.Queue()
        env.connections[name] = self

    def send(self, frame: bytes) -> None:
        if self._name not in self._env.connections:
            raise ConnectionResetError("the node is gone")
        self._in_order(lambda: self._env.run(lambda: self._env.on_frame(self._name, frame)))

    async def receive(self) -> bytes:
        frame = await self._frames.get()
        if frame is None:
            self._frames.put_nowait(None)
            raise ConnectionResetError("the node is gone")
        return frame

    def close(self) -> None:
        self._env.connections.pop(self._name, None)

    def deliver(self, frame: bytes | None) -> None:
        self._in_order(lambda: self._frames.put_nowait(frame))

    def _in_order(self, call: Callable[[], object]) -> None:
        self._due = max(self._due, self._loop.time() + self._rng.uniform(0.0005, 0.004))
        self._loop.call_at(self._due, call)


class SimNode:
    """As much of `harness.worlds.world.Node` as a client needs."""

    def __init__(self, name: str, cluster: Cluster) -> None:
        self.name = name
        self._cluster = cluster

    async def dial(self, _port: str) -> SimConnection:
        env = self._cluster.envs.get(self.name)
        if env is None:
            raise ConnectionRefusedError(f"{self.name} is down")
        self._cluster.dialled += 1
        return SimConnection(env, f"client-{self._cluster.dialled}", self._cluster.rng)


class WatchedCore(RaftCore):
    """A core that shows everything it does to the observer."""

    cluster: Cluster

    def take(self, now: float) -> Output:
        out = super().take(now)
        self.cluster.observe(self, out)
        return out


class Cluster:
    """Nodes, the network between them, and the all-knowing observer."""

    def __init__(self, size: int, rng: Random, bugs: Bugs = NO_BUGS) -> None:
        self.names = [f"n{number}" for number in range(1, size + 1)]
        self.rng = rng
        self.loss = 0.0
        self.doubled = 0.0
        self.slow = 0.0
        self.cut: set[tuple[str, str]] = set()
        self.envs: dict[str, SimEnv] = {}
        self.cores: dict[str, WatchedCore] = {}
        self.leaders: dict[int, str] = {}
        self.committed: dict[int, tuple[int, str]] = {}
        self.violations: list[str] = []
        self.dialled = 0
        self.frames = 0
        self._bugs = bugs
        self._settings = replace(TIMING, snapshot_entries=rng.choice([10, 50, 1000]))
        self._loop = asyncio.get_running_loop()
        self._disks = {name: SimDisk(rng) for name in self.names}
        for name in self.names:
            self.start(name)

    # Processes

    def heal(self) -> None:
        """End all trouble and start what is down."""
        self.cut = set()
        self.loss = self.doubled = self.slow = 0.0
        for name in self.names:
            self.resume(name)
            self.start(name)
            self.envs[name].crash_at = -1

    def start(self, name: str) -> None:
        """Start a node, if it is down."""
        if name in self.envs:
            return
        env = SimEnv(name, self, self._disks[name], self.rng.uniform(0.9, 1.1))
        self.envs[name] = env
        env.run(lambda: self._start(name, env))

    def _start(self, name: str, env: SimEnv) -> None:
        def make_core(found: Found) -> RaftCore:
            saved = Saved.replay(found.snapshot, found.records)
            core = WatchedCore(
                name, self.names, members, saved, env.rng, env.now(), self._settings, self._bugs
            )
            core.cluster = self
            self.cores[name] = core
            return core

        peers = [peer for peer in self.names if peer != name]
        members = Members(tuple(self.names))
        machine = bundled_machine()
        state = Sessions(machine, self._bugs)
        compaction = Compaction(self._settings.snapshot_entries)
        storage = Storage(env.disk, name)
        Node(env, peers, storage, make_core, machine, state, compaction, lambda event: None)

    def crash(self, name: str) -> None:
        """Kill -9 and a power failure at once."""
        env = self.envs.pop(name, None)
        self.cores.pop(name, None)
        if env is None:
            return
        env.alive = False
        self._disks[name].crash()
        for connection in env.connections.values():
            connection.deliver(None)
        env.connections.clear()

    def pause(self, name: str) -> None:
        """Stop the process; what arrives waits."""
        env = self.envs[name]
        env.paused = env.paused or []

    def resume(self, name: str) -> None:
        """Let it go on, with all that has waited."""
        env = self.envs.get(name)
        if env is not None and env.paused is not None:
            waiting, env.paused = env.paused, None
            for call in waiting:
                env.run(call)

    # Network

    def post(self, sender: str, receiver: str, frame: bytes) -> None:
        """Carry a frame, or not, or twice, and in no order."""
        self.frames += 1
        copies = 1 + (self.rng.random() < self.doubled)
        for _ in range(copies):
            if self.rng.random() < self.loss:
                continue
            delay = self.rng.uniform(0.0005, 0.005)
            if self.rng.random() < self.slow:
                delay = self.rng.uniform(0.01, 0.6)
            self._loop.call_later(delay, self._arrive, sender, receiver, frame)

    def _arrive(self, sender: str, receiver: str, frame: bytes) -> None:
        env = self.envs.get(receiver)
        if env is not None and (sender, receiver) not in self.cut:
            env.run(lambda: env.on_frame(sender, frame))

    # The observer

    def observe(self, core: WatchedCore, out: Output) -> None:
        """Note what this core has decided."""
        if core.role == "leader":
            leader = self.leaders.setdefault(core.term, core.name)
            if leader != core.name:
                self.violations.append(f"{leader} and {core.name} lead in term {core.term}")
        for position, command in out.committed:
            entry = (position.term, command)
            known = self.committed.setdefault(position.slot, entry)
            if known != entry:
                self.violations.append(f"slot {position.slot}: {known} and {entry} at {core.name}")

    def compare_logs(self) -> None:
        """Same index and term: same entry, and the same log before it (Raft §5.3)."""
        cores = list(self.cores.values())
        for one in cores:
            for other in cores:
                same = False
                for index in range(
                    min(one.log.last_index, other.log.last_index),
                    max(one.log.base, other.log.base),
                    -1,
                ):
                    mine, theirs = one.log.entry(index), other.log.entry(index)
                    same = same or mine.term == theirs.term
                    if same and mine != theirs:
                        self.violations.append(
                            f"{one.name} and {other.name} differ at {index}: {mine}, {theirs}"
                        )
                        return
