"""A simulated machine: a disk and a clock that stay, and at most one process at a time.

::

    start ──▶ running ◀── SIGCONT ── paused            its disk and clock outlive all of these
                │ ╲── SIGSTOP ────────▶
                ├── SIGKILL, its own error ──▶ exited      what it wrote is with the system
                └── power failure ───────────▶ exited      of what it had not synced, some is lost
"""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable, Mapping, Sequence
from random import Random
from signal import SIGCONT, SIGKILL, SIGSTOP, Signals
from typing import Any, Protocol

from harness.env import Main
from harness.worlds.sim.clock import NodeClock
from harness.worlds.sim.connection import SimConnection
from harness.worlds.sim.disk import SimDisk
from harness.worlds.sim.env import SimEnv
from harness.worlds.sim.loop import SimLoop
from harness.worlds.sim.network import Network, SimLink
from harness.worlds.world import CLIENTS, Address, Connection, ProcessStatus, WorldError

DRIFT = 0.0005
"""A healthy clock's rate is at most so far from 1."""

SYN_S = 1.0
"""Seconds after which an attempt to connect is repeated."""


class Observer(Protocol):
    """As much of `harness.invariants.Invariants` as a node needs."""

    def look(self, node: str, program: Any) -> None:
        """This node has handled an event."""

    def heard(self, node: str, sender: str, frame: bytes) -> None:
        """A peer's frame has come to this node."""

    def gone(self, node: str) -> None:
        """This node's process has ended."""


class SimNode:
    """See `harness.worlds.world.Node`."""

    def __init__(
        self,
        name: str,
        number: int,
        loop: SimLoop,
        network: Network,
        seed: Any,
        observe: Observer | None = None,
    ) -> None:
        self.name = name
        self.home = f"/{name}"
        self.python = sys.executable
        self.loop = loop
        self.rng = Random(f"{seed}/node {name}")
        self.rate = 1.0 + self.rng.uniform(-DRIFT, DRIFT)
        """Of its clock, as it was made."""
        self.clock = NodeClock(loop, self.rate)
        self.disk = SimDisk(Random(f"{seed}/disk {name}"), loop, self._disk_busy)
        self.powered = True
        self.links: dict[str, tuple[SimLink, SimNode]] = {}
        """The links to the peers by name, each with the node at its end."""
        self.aim: Callable[[SimNode, str], object] | None = None
        """Told of each point that the process reaches; a fault may strike from within."""
        self.env: SimEnv | None = None
        self._observe = observe
        self._network = network
        self._number = number
        self._lives = 0
        self._dialled = 0
        self._exit_code: int | None = None
        self._pending: Signals | None = None
        self._files: dict[str, bytes] = {}
        self._log: list[str] = []

    # Node

    def bind(self, port: str) -> Address:
        """See `harness.worlds.world.Node`; addresses are names here."""
        return Address(self.name, 1 + sum(port.encode()))

    def reach(self, peer: str, port: str) -> Address:
        """See `harness.worlds.world.Node`."""
        return Address(peer, 1 + sum(port.encode()))

    def client_address(self, port: str) -> Address:
        """See `harness.worlds.world.Node`."""
        return self.bind(port)

    async def dial(self, port: str) -> Connection:
        """See `harness.worlds.world.Node`. A node without power never answers."""
        there = self._network.links[CLIENTS, self.name]
        back = self._network.links[self.name, CLIENTS]
        now = self.loop.now
        await asyncio.sleep(there.delay() + back.delay() + there.hold_up(0, now))
        while not self.powered or there.cut or back.cut or self._lose_one(there):
            await asyncio.sleep(SYN_S)
        env = self.env
        if env is None or env.ended:
            raise ConnectionRefusedError(f"{self.name} is not running")
        self._dialled += 1
        return SimConnection(f"client-{self._lives}-{self._dialled}", self, env, there, back)

    def _lose_one(self, link: SimLink) -> bool:
        """Whether the weather takes this attempt to connect."""
        lost = bool(link.weather.loss) and self.rng.random() < link.weather.loss
        link.lost += lost
        return lost

    async def upload(self, files: Mapping[str, bytes]) -> None:
        """See `harness.worlds.world.Node`."""
        self._files.update(files)

    async def start(
        self,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        main: Main | None = None,
    ) -> None:
        """See `harness.worlds.world.Node`; only `main` counts here."""
        if main is None:
            raise WorldError(f"the sim world can't run {argv[0]}: its target gives no `main`")
        if self.env is not None and not self.env.ended:
            raise WorldError(f"{self.name}'s server already runs: stop it first")
        self.powered = True
        self._lives += 1
        self._exit_code = self._pending = None
        self.env = SimEnv(self, Random(f"{self.rng.getrandbits(64)}/{self.name}"))
        self.env.run(self._begin, main, self.env)

    def _begin(self, main: Main, env: SimEnv) -> None:
        env.program = main(env, self._write_log)

    async def signal(self, signal: Signals) -> None:
        """See `harness.worlds.world.Node`. Any but these three ends it gracefully, with 0."""
        if signal == SIGSTOP:
            self.pause()
        elif signal == SIGCONT:
            self.resume()
        elif signal == SIGKILL:
            self.kill()
        elif self.env is not None and self.env.paused:
            self._pending = signal  # a stopped process hears of it when it goes on
        else:
            self.kill(0)

    async def process(self) -> ProcessStatus:
        """See `harness.worlds.world.Node`."""
        if self.env is None:
            return ProcessStatus("absent")
        pid = self._number * 1000 + self._lives
        if self.env.ended:
            return ProcessStatus("exited", pid, self._exit_code)
        return ProcessStatus("paused" if self.env.paused else "running", pid)

    async def fetch(self, path: str) -> bytes:
        """See `harness.worlds.world.Node`."""
        if path == "server.log":
            return "".join(self._log).encode()
        return self._files.get(path, b"")

    async def wipe(self, directory: str) -> None:
        """See `harness.worlds.world.Node`.

        The disk is one directory, whatever its name, but none that files were uploaded to.
        """
        uploaded = [path for path in self._files if path.startswith(f"{directory}/")]
        for path in uploaded:
            del self._files[path]
        if not uploaded:
            self.disk.wipe()

    # What faults do, at once

    def kill(self, exit_code: int = -int(SIGKILL)) -> None:
        """End the process; its connections are reset."""
        env = self.env
        if env is None or env.ended:
            return
        self._end(env, exit_code)
        for connection in list(env.connections.values()):
            connection.reset(f"{self.name} has ended")

    def lose_power(self) -> int:
        """End the process without a word to anybody; returns how many bytes the disk lost."""
        env = self.env
        if env is not None and not env.ended:
            self._end(env, -int(SIGKILL))
        self.powered = False
        return self.disk.lose_power()

    def _end(self, env: SimEnv, exit_code: int) -> None:
        self._exit_code = exit_code
        self.disk.ended(env.end())
        if self._observe is not None:
            self._observe.gone(self.name)

    def pause(self) -> None:
        """Stop the process, if it runs."""
        if self.env is not None and not self.env.ended:
            self.env.pause()

    def resume(self) -> None:
        """Let a paused process go on."""
        if self.env is not None:
            self.env.resume()
            if self._pending is not None:
                self.kill(0)

    # What the process does

    def take_frame(self, sender: str, frame: bytes) -> None:
        """A peer's frame has arrived."""
        env = self.env
        if env is not None and not env.ended:
            if self._observe is not None:
                self._observe.heard(self.name, sender, frame)
            env.run(env.on_frame, sender, frame)

    def crashed(self, error: Exception, trace: str) -> None:
        """The process' own code has failed: it ends with 1, as a real one does."""
        self._write_log(f"fatal {type(error).__name__}: {error}")
        if not isinstance(error, OSError):
            self._log.append(trace)
        self.kill(1)

    def reached(self, point: str) -> None:
        """The process is at this point of its code."""
        if self.aim is not None:
            self.aim(self, point)

    def look(self, env: SimEnv) -> None:
        """The process has handled an event."""
        if self._observe is not None and env.program is not None:
            self._observe.look(self.name, env.program)

    def _disk_busy(self, seconds: float) -> float:
        return self.loop.now if self.env is None else self.env.busy(seconds)

    def _write_log(self, event: str) -> None:
        self._log.append(f"{self.loop.now:.6f} {self.name} {event}\n")
