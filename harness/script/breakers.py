"""The faults of a script, one class a kind: break, measure the effect, mend, measure again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from harness.proof import Proof
from harness.script.disk_breakers import broken_disk
from harness.script.links import group
from harness.script.node_breakers import PowerOff, Signalled, Stopped, WhenReached
from harness.script.sim_breakers import BadWeather, WrongClock
from harness.script.stage import Stage
from harness.script.steps import Fault
from harness.script.words import links_text
from harness.silence import Silence
from harness.worlds.world import Link


class Breaker(Protocol):
    """One fault: each method is called once, in this order; a proof's measuring may be cut off."""

    async def act(self) -> None:
        """Break it."""

    async def measure(self) -> Proof:
        """Whether it has taken effect."""

    async def held(self) -> Proof:
        """Whether it is in force still; asked just before it is mended."""

    async def mend(self) -> None:
        """Undo it; may be called again where it failed."""

    async def measure_mended(self) -> Proof:
        """Whether it is undone."""


class _Cut:
    """Links are cut; the world measures that nothing crosses them."""

    def __init__(self, fault: Fault, stage: Stage) -> None:
        self._stage = stage
        self._links = stage.links(fault.links)
        self._opened: list[Link] = []
        self._silence = Silence(stage.world, stage.target, self._links)

    async def act(self) -> None:
        await self._stage.cut(self._links)
        await self._silence.begin()

    async def measure(self) -> Proof:
        if not self._links:
            return Proof(False, "no link was cut")
        proof = await self._stage.world.prove_cut(self._links)
        which = links_text(group(self._links, self._stage.names))
        return Proof(proof.effective, f"{which}: {proof.detail}")

    async def held(self) -> Proof:
        return await self._silence.held()

    async def mend(self) -> None:
        self._opened = await self._stage.join(self._links)

    async def measure_mended(self) -> Proof:
        if not self._opened:
            return Proof(True, "its links are cut by another step still")
        return await self._stage.world.prove_open(self._opened)


_BREAKERS: dict[str, Callable[[Fault, Stage], Breaker]] = {
    "cut": _Cut,
    "kill": Signalled,
    "pause": Signalled,
    "stop": Stopped,
    "power off": PowerOff,
    "when": WhenReached,
    "weather": BadWeather,
    "clock": WrongClock,
    "disk": broken_disk,
}


def make(fault: Fault, stage: Stage) -> Breaker:
    """What carries this fault out."""
    return _BREAKERS[fault.verb](fault, stage)
