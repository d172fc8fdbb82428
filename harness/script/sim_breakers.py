"""Faults that only some worlds can make: bad weather on links, and clocks that are wrong."""

from __future__ import annotations

import asyncio
from typing import cast

from harness.proof import Proof
from harness.script.links import group
from harness.script.stage import Stage
from harness.script.steps import Fault
from harness.script.words import links_text
from harness.worlds.faults import Clocked, Reading, Traffic, Weathered
from harness.worlds.world import Weather

_WAIT_S = 5.0
_POLL_S = 0.05
_LOOK_S = 0.2
_CLOCK_SLACK = 0.002
"""By how much a healthy clock's rate may differ from 1; see `steps.LEAST_CHANGE`."""

_SHOWS = {
    "loss": "lost",
    "duplicate": "doubled",
    "reorder": "overtaken",
    "delay_s": "delayed",
    "bytes_per_s": "queued",
    "reset": "resets",
}
"""By which count of `Traffic` each part of the weather shows."""

_AT_ONCE = ("lost", "doubled", "delayed", "queued", "resets")
"""Counts that rise when a frame is sent, so that none does once the weather is fair."""


class BadWeather:
    """Links lose, double, delay, … frames; the network counts what became of them."""

    def __init__(self, fault: Fault, stage: Stage) -> None:
        self._stage = stage
        self._links = stage.links(fault.links)
        self._weather = Weather(**dict(fault.settings))
        self._counts = [_SHOWS[name] for name, value in fault.settings if value and name in _SHOWS]
        self._before = Traffic()

    async def act(self) -> None:
        self._before = await self._traffic()
        await self._stage.worsen(self._links, self._weather)

    async def measure(self) -> Proof:
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _WAIT_S
        while True:
            await asyncio.sleep(_POLL_S)
            proof = await self.held()
            if proof.effective or loop.time() > deadline:
                which = links_text(group(self._links, self._stage.names))
                return Proof(proof.effective, f"{which}: {proof.detail}")

    async def held(self) -> Proof:
        since = (await self._traffic()).since(self._before)
        seen = {count: getattr(since, count) for count in self._counts}
        told = ", ".join(f"{number} {count}" for count, number in seen.items())
        return Proof(bool(seen) and all(seen.values()), told or "nothing to count")

    async def mend(self) -> None:
        await self._stage.calm(self._links, self._weather)

    async def measure_mended(self) -> Proof:
        before = await self._traffic()
        await asyncio.sleep(_LOOK_S)
        since = (await self._traffic()).since(before)
        still = [count for count in self._counts if count in _AT_ONCE and getattr(since, count)]
        return Proof(not still, f"frames are {', '.join(still)} still" if still else "fair again")

    async def _traffic(self) -> Traffic:
        return await cast(Weathered, self._stage.world).traffic(self._links)


class WrongClock:
    """A node's clock jumps, or runs too fast or too slow; it is read beside the world's.

    Mended, it runs as it was made. What it jumped forward it keeps, as a clock is never set back.
    """

    def __init__(self, fault: Fault, stage: Stage) -> None:
        self._clocks = cast(Clocked, stage.world)
        self._name = stage.node(fault).name
        said = dict(fault.settings)
        self._jump, self._rate = float(said.get("jump", 0.0)), float(said.get("rate", 1.0))
        self._jumped = 0.0
        self._since = Reading(0.0, 0.0)

    async def act(self) -> None:
        if self._jump:
            before = await self._read()
            await self._clocks.jump(self._name, self._jump)
            now = await self._read()
            self._jumped = (now.node_s - before.node_s) - (now.world_s - before.world_s)
        if self._rate != 1.0:
            await self._clocks.drift(self._name, self._rate)
        self._since = await self._read()

    async def measure(self) -> Proof:
        await asyncio.sleep(_LOOK_S)
        return await self.held()

    async def held(self) -> Proof:
        jumped = Proof(
            abs(self._jumped - self._jump) < 0.01,
            f"{self._name}: its clock jumped by {self._jumped:+.2f} s",
        )
        return Proof.every([jumped, await self._runs(self._rate)])

    async def mend(self) -> None:
        if self._rate != 1.0:
            await self._clocks.drift(self._name, None)
        if self._jump < 0:
            await self._clocks.jump(self._name, -self._jump)
        self._since = await self._read()

    async def measure_mended(self) -> Proof:
        await asyncio.sleep(_LOOK_S)
        return await self._runs(1.0)

    async def _runs(self, rate: float) -> Proof:
        now = await self._read()
        passed = now.world_s - self._since.world_s
        if passed <= 0:
            return Proof(False, f"no time passed to measure {self._name}'s clock in")
        found = (now.node_s - self._since.node_s) / passed
        good = abs(found / rate - 1) <= _CLOCK_SLACK
        return Proof(good, f"{self._name}'s clock ran {found:.3f} s a second")

    async def _read(self) -> Reading:
        return await self._clocks.clock(self._name)
