"""The `local` world, as the rest of the harness sees it."""

from __future__ import annotations

import asyncio
import shutil
import socket
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from pathlib import Path
from random import SystemRandom
from signal import Signals
from typing import Any, TypeVar

from harness.env import Main
from harness.proof import Proof
from harness.worlds import frames
from harness.worlds.local import leftovers
from harness.worlds.local.control import Keeper
from harness.worlds.world import (
    CLIENTS,
    Address,
    Connection,
    Diagnosis,
    Link,
    ProcessStatus,
    WorldError,
    WorldSpec,
)

Result = TypeVar("Result")

_PROBE_S = 1.5
_OPEN_S = 5.0
_POLL_S = 0.05
_LEAST_QUIET_S = 0.25


class LocalNode:
    """A node that is a process on this machine; see `harness.worlds.world.Node`."""

    def __init__(self, name: str, home: Path, keeper: Keeper, binds: Mapping[str, Address]) -> None:
        self.name = name
        self.home = str(home)
        self.python = sys.executable
        self._keeper = keeper
        self._binds = binds
        self._reaches: dict[tuple[str, str], Address] = {}

    def proxy(self, other: str, port: str, address: Address) -> None:
        """Note the proxy between this node and `other`, a peer or the clients, for that port."""
        self._reaches[other, port] = address

    def bind(self, port: str) -> Address:
        return self._binds[port]

    def reach(self, peer: str, port: str) -> Address:
        return self._reaches[peer, port]

    def client_address(self, port: str) -> Address:
        return self._reaches[CLIENTS, port]

    async def dial(self, port: str) -> Connection:
        # The proxy accepts for a node that is down, which a client must not take for the node.
        if (await self.process()).state in ("exited", "absent"):
            raise ConnectionRefusedError(f"{self.name} is not running")
        return await frames.dial(self.client_address(port))

    async def upload(self, files: Mapping[str, bytes]) -> None:
        for name, data in files.items():
            path = Path(self.home, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(data)

    async def start(
        self,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        main: Main | None = None,
    ) -> None:
        log = str(Path(self.home, "server.log"))
        await self._keeper.call("start", self.name, list(argv), dict(env or {}), self.home, log)

    async def signal(self, signal: Signals) -> None:
        await self._keeper.call("signal", self.name, int(signal))

    async def process(self) -> ProcessStatus:
        return ProcessStatus(*await self._keeper.call("status", self.name))

    async def fetch(self, path: str) -> bytes:
        file = Path(self.home, path)
        return file.read_bytes() if file.exists() else b""

    async def wipe(self, directory: str) -> None:
        shutil.rmtree(Path(self.home, directory), ignore_errors=True)


class LocalWorld:
    """Nodes are processes on this machine; every link between them runs through a proxy."""

    name = "local"
    faults = frozenset({"cut", "kill", "pause"})
    loop_factory = None

    def __init__(self, spec: WorldSpec) -> None:
        self._spec = spec
        self._homes = spec.folder / "nodes"
        self._keeper: Keeper | None = None
        self._cut: dict[Link, tuple[int, int]] = {}
        self.nodes: dict[str, LocalNode] = {}

    async def set_up(self) -> None:
        await self.blocking(lambda: leftovers.clean(kept_too=False))
        self._keeper = await Keeper.start(self._spec.run_id, self._spec.folder / "keeper.log")
        ports = self._spec.ports
        free = iter(_free_ports(len(self._spec.nodes) * len(ports)))
        for name in self._spec.nodes:
            home = self._homes / name
            home.mkdir(parents=True)
            binds = {port: Address("127.0.0.1", next(free)) for port in ports}
            self.nodes[name] = LocalNode(name, home.resolve(), self._keeper, binds)
        for node in self.nodes.values():
            await self._lay_links_to(node)

    async def _lay_links_to(self, node: LocalNode) -> None:
        for port in self._spec.ports:
            to_clients = port.startswith("client")
            for dialler in [CLIENTS] if to_clients else self.nodes:
                proxy = Address(*await self._call("listen", dialler, node.name, *node.bind(port)))
                if to_clients:
                    node.proxy(CLIENTS, port, proxy)
                else:
                    self.nodes[dialler].proxy(node.name, port, proxy)

    async def tear_down(self, *, leave_running: bool = False) -> str | None:
        if self._keeper is None:
            return None
        keeper, self._keeper = self._keeper, None
        if leave_running:
            await keeper.call("cut", [])
            await keeper.call("keep")
            await keeper.close()
            return self._how_to_reach()
        await keeper.close()
        await keeper.ended(_OPEN_S)
        await asyncio.to_thread(lambda: leftovers.clean_run(self._spec.run_id))
        shutil.rmtree(self._homes, ignore_errors=True)
        log = self._spec.folder / "keeper.log"
        if log.exists() and not log.stat().st_size:
            log.unlink()
        return None

    def _how_to_reach(self) -> str:
        ports = [port for port in self._spec.ports if port.startswith("client")]
        lines = ["left running; `splitbrain clean` ends it:"]
        for name, node in self.nodes.items():
            ways = ", ".join(
                f"{port} {':'.join(map(str, node.client_address(port)))}" for port in ports
            )
            lines.append(f"  {name}: {ways}; files in {node.home}")
        return "\n".join(lines)

    async def cut(self, links: Collection[Link]) -> None:
        before = await self._traffic(links)
        await self._call("cut", [list(link) for link in links])
        self._cut = dict(zip(links, before, strict=True))

    async def prove_cut(self, links: Collection[Link]) -> Proof:
        """Each link has held bytes that wanted to cross it, and let none through for a while."""
        loop = asyncio.get_running_loop()
        begin, first = loop.time(), await self._traffic(links)
        while True:
            await asyncio.sleep(_POLL_S)
            now = await self._traffic(links)
            since = [
                self._cut.get(link, (0, held)) for link, (_, held) in zip(links, now, strict=True)
            ]
            held = [n[1] - s[1] for n, s in zip(now, since, strict=True)]
            crossed = [n[0] - f[0] for n, f in zip(now, first, strict=True)]
            seconds = loop.time() - begin
            if (all(held) and seconds >= _LEAST_QUIET_S) or any(crossed) or seconds > _PROBE_S:
                break
        proofs = [
            Proof(
                bool(h) and not c,
                f"{link.src}→{link.dst} "
                + (
                    f"let {c} bytes through"
                    if c
                    else f"held {h} bytes"
                    if h
                    else "had nothing to hold"
                ),
            )
            for link, h, c in zip(links, held, crossed, strict=True)
        ]
        together = Proof.every(proofs)
        if not together.effective:
            return together
        return Proof(True, f"{len(proofs)} links held {sum(held)} bytes and let none through")

    async def prove_open(self, links: Collection[Link]) -> Proof:
        """Each link lets new bytes through."""
        loop = asyncio.get_running_loop()
        begin, first = loop.time(), await self._traffic(links)
        while True:
            await asyncio.sleep(_POLL_S)
            now = await self._traffic(links)
            shut = [link for link, n, f in zip(links, now, first, strict=True) if n[0] == f[0]]
            seconds = loop.time() - begin
            if not shut:
                return Proof(True, f"bytes crossed all {len(links)} links within {seconds:.1f} s")
            if seconds > _OPEN_S:
                names = ", ".join(f"{link.src}→{link.dst}" for link in shut)
                return Proof(False, f"nothing crossed {names} within {_OPEN_S:g} s of healing")

    async def blocking(self, call: Callable[[], Result]) -> Result:
        return await asyncio.to_thread(call)

    async def _call(self, command: str, *args: Any) -> Any:
        if self._keeper is None:
            raise WorldError("the local world is not set up")
        return await self._keeper.call(command, *args)

    async def _traffic(self, links: Collection[Link]) -> list[tuple[int, int]]:
        found = await self._call("traffic", [list(link) for link in links])
        return [(delivered, held) for delivered, held in found]

    @staticmethod
    async def clean(*, everything: bool) -> list[str]:
        """End what crashed runs left, and what was left running on purpose; there is no more."""
        return await asyncio.to_thread(lambda: leftovers.clean(kept_too=True))

    @staticmethod
    async def diagnose() -> list[Diagnosis]:
        """Tell what this machine lacks for this world: loopback is all it needs."""
        try:
            _free_ports(1)
        except WorldError as error:
            return [Diagnosis(False, str(error))]
        return [Diagnosis(True, "processes and ports on 127.0.0.1")]


def _free_ports(count: int) -> list[int]:
    """Ports on loopback that nobody listens on, below those that the system hands out by itself."""
    random = SystemRandom()
    found: list[int] = []
    for _ in range(count * 200):
        port = random.randrange(20_000, 32_000)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        if port not in found:
            found.append(port)
        if len(found) == count:
            return found
    raise WorldError(f"no {count} free ports between 20000 and 31999 on 127.0.0.1: close some")
