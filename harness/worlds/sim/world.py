"""The `sim` world, as the rest of the harness sees it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Mapping
from typing import TypeVar

from harness.proof import Proof
from harness.worlds.faults import Ailment, Deed, DiskUse, Flip, Reading, Traffic
from harness.worlds.sim.loop import SimLoop
from harness.worlds.sim.network import CALM, Network, SimLink
from harness.worlds.sim.node import SimNode
from harness.worlds.world import Diagnosis, Link, Weather, WorldError, WorldSpec

Result = TypeVar("Result")

_PROBE_S = 1.5
_OPEN_S = 5.0
_POLL_S = 0.05


class SimWorld:
    """See `harness.worlds.world.World`. It must run on a `SimLoop`."""

    name = "sim"
    faults = frozenset({"cut", "kill", "pause", "weather", "power", "clock", "disk", "points"})
    loop_factory = SimLoop

    def __init__(self, spec: WorldSpec) -> None:
        self._spec = spec
        self.nodes: Mapping[str, SimNode] = {}
        self._network: Network | None = None

    async def set_up(self) -> None:
        loop = asyncio.get_running_loop()
        if not isinstance(loop, SimLoop):
            raise WorldError("the sim world runs under virtual time only: give it a SimLoop")
        names, seed = self._spec.nodes, self._spec.seed
        self._network = Network(names, loop, seed)
        self.nodes = {
            name: SimNode(name, number, loop, self._network, seed, self._spec.invariants)
            for number, name in enumerate(names, 1)
        }
        for name, node in self.nodes.items():
            node.links = {
                peer: (self._network.links[name, peer], self.nodes[peer])
                for peer in names
                if peer != name
            }

    async def tear_down(self, *, leave_running: bool = False) -> str | None:
        for node in self.nodes.values():
            node.kill()
        return "a simulated cluster can't be left running" if leave_running else None

    # Faults of the network

    async def cut(self, links: Collection[Link]) -> None:
        for link in self._links().values():
            link.cut = (link.src, link.dst) in links

    async def prove_cut(self, links: Collection[Link]) -> Proof:
        """Each link has stopped frames that wanted to cross it, and let none through."""
        crossed = [self._links()[link].crossed for link in links]
        stopped = [self._links()[link].stopped for link in links]
        deadline = asyncio.get_running_loop().time() + _PROBE_S
        while True:
            await asyncio.sleep(_POLL_S)
            found = [self._links()[link] for link in links]
            let = [link for link, n in zip(found, crossed, strict=True) if link.crossed > n]
            idle = [link for link, n in zip(found, stopped, strict=True) if link.stopped == n]
            if let:
                return Proof(False, f"{_names(let)} let frames through")
            if not idle:
                count = sum(link.stopped for link in found) - sum(stopped)
                return Proof(
                    True, f"{len(found)} links stopped {count} frames and let none through"
                )
            if asyncio.get_running_loop().time() > deadline:
                return Proof(False, f"{_names(idle)} had nothing to stop")

    async def prove_open(self, links: Collection[Link]) -> Proof:
        """Each link lets frames through."""
        begin = asyncio.get_running_loop().time()
        crossed = {link: self._links()[link].crossed for link in links}
        while True:
            await asyncio.sleep(_POLL_S)
            shut = [self._links()[k] for k, n in crossed.items() if self._links()[k].crossed == n]
            seconds = asyncio.get_running_loop().time() - begin
            if not shut:
                return Proof(True, f"frames crossed all {len(links)} links within {seconds:.2f} s")
            if seconds > _OPEN_S:
                return Proof(False, f"nothing crossed {_names(shut)} within {_OPEN_S:g} s")

    async def weather(self, links: Collection[Link], weather: Weather) -> None:
        """See `harness.worlds.world.Weathered`."""
        calm = weather == Weather()
        for link in links:
            self._links()[link].weather = CALM if calm else weather

    async def traffic(self, links: Collection[Link]) -> Traffic:
        """See `harness.worlds.faults.Weathered`."""
        each = [self._links()[link].traffic() for link in links]
        return Traffic(*map(sum, zip(*each, strict=True)))

    async def shut(self) -> Collection[Link]:
        """See `harness.worlds.faults.Weathered`."""
        return frozenset(Link(*ends) for ends, link in self._links().items() if link.cut)

    def _links(self) -> Mapping[tuple[str, str], SimLink]:
        if self._network is None:
            raise WorldError("the sim world is not set up")
        return self._network.links

    # Faults of the machines

    async def power_off(self, names: Collection[str]) -> Mapping[str, int]:
        """See `harness.worlds.faults.Powered`."""
        return {name: self.nodes[name].lose_power() for name in names}

    async def unsynced(self, names: Collection[str]) -> int:
        """See `harness.worlds.faults.Powered`."""
        return sum(self.nodes[name].disk.unsynced() for name in names)

    async def clock(self, name: str) -> Reading:
        """See `harness.worlds.faults.Clocked`."""
        clock = self.nodes[name].clock
        return Reading(clock.read(), asyncio.get_running_loop().time())

    async def jump(self, name: str, seconds: float) -> None:
        """See `harness.worlds.faults.Clocked`."""
        self.nodes[name].clock.jump(seconds)

    async def drift(self, name: str, rate: float | None) -> None:
        """See `harness.worlds.faults.Clocked`."""
        node = self.nodes[name]
        node.clock.drift(node.rate if rate is None else rate)

    async def ail(self, name: str, ailment: Ailment) -> None:
        """See `harness.worlds.faults.BreakableDisks`."""
        self.nodes[name].disk.ailment = ailment

    async def disk_use(self, name: str) -> DiskUse:
        """See `harness.worlds.faults.BreakableDisks`."""
        return self.nodes[name].disk.use()

    async def flip_bit(self, name: str, *, old: bool = False) -> Flip | None:
        """See `harness.worlds.faults.BreakableDisks`."""
        return self.nodes[name].disk.flip_bit(old=old)

    async def flip_back(self, name: str, flip: Flip) -> bool:
        """See `harness.worlds.faults.BreakableDisks`."""
        return self.nodes[name].disk.flip_back(flip)

    def aim(self, judge: Callable[[str, str], Deed | None] | None) -> None:
        """See `harness.worlds.faults.Pointed`."""

        def strike(node: SimNode, point: str) -> None:
            assert judge is not None
            self._do(judge(node.name, point), node)

        for node in self.nodes.values():
            node.aim = None if judge is None else strike

    def _do(self, deed: Deed | None, node: SimNode) -> None:
        if deed == "kill":
            node.kill()
        elif deed == "power":
            node.lose_power()
        elif deed == "isolate":
            for peer in self.nodes:
                if peer != node.name:
                    self._links()[node.name, peer].cut = True
                    self._links()[peer, node.name].cut = True

    async def blocking(self, call: Callable[[], Result]) -> Result:
        """Refused: a call that blocks would stop every node's time but its own."""
        raise WorldError("a client that blocks can't run in the sim world")

    @staticmethod
    async def clean(*, everything: bool) -> list[str]:
        """Nothing outlives the process."""
        return []

    @staticmethod
    async def diagnose() -> list[Diagnosis]:
        """It needs nothing."""
        return [Diagnosis(True, "virtual time, in one process")]


def _names(links: Collection[SimLink]) -> str:
    return ", ".join(f"{link.src}→{link.dst}" for link in links)
