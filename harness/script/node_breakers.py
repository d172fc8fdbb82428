"""Faults of a node's server: killed, stopped, paused, without power, struck at a point."""

from __future__ import annotations

import asyncio
from signal import SIGCONT, SIGKILL, SIGSTOP
from typing import cast

from harness.proof import Proof
from harness.script.stage import Stage
from harness.script.steps import NS_PER_S, Fault
from harness.worlds.faults import Deed, Powered
from harness.worlds.world import Node, ProcessStatus

_SETTLE_S = 2.0
_POLL_S = 0.02


class Signalled:
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
        self._goes_down()
        await self._node.signal(self._signal)

    def _goes_down(self) -> None:
        if self._state == "exited":
            self._stage.down.add(self._node.name)

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
            return
        if (await self._node.process()).state != "running":
            await self._stage.target.start(self._node, self._stage.names)
            self._before = await self._node.process()
        self._stage.down.discard(self._node.name)

    async def measure_mended(self) -> Proof:
        excused = self._stage.is_excused(self._node.name)
        proof = await _reaches(self._node, "running", self._before)
        if not proof.effective and (excused or self._stage.is_excused(self._node.name)):
            return Proof(True, f"{proof.detail}, as it may with such a disk")
        return proof


class Stopped(Signalled):
    """A node's server is asked to end, as for maintenance."""

    async def act(self) -> None:
        self._before = await self._node.process()
        self._goes_down()
        await self._stage.target.stop(self._node)


class PowerOff(Signalled):
    """A node loses its power, and what it had not synced."""

    def __init__(self, fault: Fault, stage: Stage) -> None:
        super().__init__(fault, stage)
        self._lost = 0

    async def act(self) -> None:
        self._before = await self._node.process()
        self._goes_down()
        name = self._node.name
        self._lost = (await cast(Powered, self._stage.world).power_off([name]))[name]

    async def measure(self) -> Proof:
        proof = await super().measure()
        return Proof(proof.effective, f"{proof.detail}; {self._lost} unsynced bytes lost")


class WhenReached(Signalled):
    """A node is struck where its own code says that it is: see `harness.env.Env.reached`."""

    def __init__(self, fault: Fault, stage: Stage) -> None:
        super().__init__(fault, stage)
        said = dict(fault.settings)
        self._point, self._left = said["point"], int(said["times"])
        self._deed: Deed = "kill" if said["deed"] == "kill" else "power"
        self._patience_s = (stage.last - fault.at) / NS_PER_S + 1.0
        self._struck = asyncio.Event()

    async def act(self) -> None:
        self._before = await self._node.process()
        self._stage.lie_in_wait(self._node.name, self._judge)

    def _judge(self, point: str) -> Deed | None:
        """Called from within the node."""
        if point != self._point or self._struck.is_set():
            return None
        self._left -= 1
        if self._left > 0:
            return None
        self._struck.set()
        self._goes_down()
        return self._deed

    async def measure(self) -> Proof:
        try:
            async with asyncio.timeout(self._patience_s):
                await self._struck.wait()
        except TimeoutError:
            return Proof(False, f"{self._node.name} did not reach {self._point} often enough")
        proof = await super().measure()
        return Proof(proof.effective, f"{proof.detail} at {self._point}")

    async def held(self) -> Proof:
        if not self._struck.is_set():
            return Proof(False, f"{self._node.name} had not reached {self._point}")
        return await super().held()

    async def mend(self) -> None:
        self._stage.lie_in_wait(self._node.name, None)
        await super().mend()


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
