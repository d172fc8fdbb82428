"""The faults of a script, one class a kind: break, measure the effect, mend, measure again."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from signal import SIGCONT, SIGKILL, SIGSTOP
from typing import Protocol

from harness.proof import Proof
from harness.script.links import group
from harness.script.silence import silence
from harness.script.stage import Stage
from harness.script.steps import Fault
from harness.script.words import links_text
from harness.worlds.world import Link, Node, ProcessStatus

_SETTLE_S = 2.0
_POLL_S = 0.02


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
        self._since = 0.0

    async def act(self) -> None:
        await self._stage.cut(self._links)
        self._since = asyncio.get_running_loop().time()

    async def measure(self) -> Proof:
        proof = await self._stage.world.prove_cut(self._links)
        which = links_text(group(self._links, self._stage.names))
        return Proof(proof.effective, f"{which}: {proof.detail}")

    async def held(self) -> Proof:
        lasted = asyncio.get_running_loop().time() - self._since
        return await silence(self._stage, self._links, lasted)

    async def mend(self) -> None:
        self._opened = await self._stage.join(self._links)

    async def measure_mended(self) -> Proof:
        if not self._opened:
            return Proof(True, "its links are cut by another step still")
        return await self._stage.world.prove_open(self._opened)


class _Signalled:
    """A node's server is signalled; its operating system says what became of it."""

    def __init__(self, fault: Fault, stage: Stage) -> None:
        self._stage = stage
        self._node = stage.node(fault)
        self._before = ProcessStatus("absent")
        self._signal, self._state = (
            (SIGSTOP, "paused") if fault.verb == "pause" else (SIGKILL, "exited")
        )

    async def act(self) -> None:
        self._before = await self._node.process()
        await self._node.signal(self._signal)

    async def measure(self) -> Proof:
        if self._before.state != "running":
            return Proof(False, f"{self._node.name} was {self._before.state} before")
        return await _reaches(self._node, self._state, self._before)

    async def held(self) -> Proof:
        now = (await self._node.process()).state
        return Proof(now == self._state, f"{self._node.name} was {now} when it was mended")

    async def mend(self) -> None:
        if self._signal == SIGSTOP:
            self._before = await self._node.process()
            await self._node.signal(SIGCONT)
        elif (await self._node.process()).state != "running":
            await self._stage.target.start(self._node, self._stage.names)
            self._before = await self._node.process()

    async def measure_mended(self) -> Proof:
        return await _reaches(self._node, "running", self._before)


class _Stopped(_Signalled):
    """A node's server is asked to end, as for maintenance."""

    async def act(self) -> None:
        self._before = await self._node.process()
        await self._stage.target.stop(self._node)


async def _reaches(node: Node, state: str, since: ProcessStatus) -> Proof:
    """Wait until the same process as `since` is in this state."""
    loop = asyncio.get_running_loop()
    deadline = loop.time() + _SETTLE_S
    while True:
        now = await node.process()
        if now.state == state and now.pid == since.pid:
            code = "" if now.exit_code is None else f" with code {now.exit_code}"
            return Proof(True, f"{node.name} (pid {now.pid}) {state}{code}")
        if loop.time() > deadline:
            return Proof(False, f"{node.name} (pid {now.pid}) is {now.state}, not {state}")
        await asyncio.sleep(_POLL_S)


_BREAKERS: dict[str, Callable[[Fault, Stage], Breaker]] = {
    "cut": _Cut,
    "kill": _Signalled,
    "pause": _Signalled,
    "stop": _Stopped,
}


def make(fault: Fault, stage: Stage) -> Breaker:
    """What carries this fault out."""
    return _BREAKERS[fault.verb](fault, stage)
