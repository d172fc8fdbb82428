"""One bit of what a node has stored is inverted while its server is down (`disk:flip`,
`disk:rot`).

::

    kill ── flip ── start ──┬── it refuses: ends by itself   good; its log is excused
                            └── it serves                    is it right in what it says?
    heal:  flip back what has not been written anew, start again
"""

from __future__ import annotations

import asyncio
from signal import SIGKILL
from typing import cast

from harness.checks import excuse as excuses
from harness.checks.excuse import Excuse
from harness.proof import Proof
from harness.target import Target
from harness.worlds.faults import BreakableDisks, Flip
from harness.worlds.world import World
from nemesis.processes import start_again, strike

_START_S = 0.5
"""How long a server that will refuse its data may take for that."""


class BitFlip:
    """From the beginning of one such fault to its end."""

    def __init__(
        self,
        world: World,
        target: Target,
        names: list[str],
        excused: list[Excuse],
        *,
        old: bool,
    ) -> None:
        self._world, self._target, self._names = world, target, names
        self._old = old
        self._disks = cast(BreakableDisks, world)
        self._excused = excused
        self._excuses: dict[str, Excuse] = {}
        self._flips: dict[str, Flip] = {}

    async def begin(self) -> Proof:
        """Kill, flip, start, and see what it does."""
        killed = await strike(self._world, self._names, SIGKILL, "exited")
        proofs = [killed]
        for name in self._names:
            excuse = await excuses.begin(self._world, self._target, name, "a bit was inverted")
            self._excuses[name] = excuse
            self._excused.append(excuse)
            flip = await self._disks.flip_bit(name, old=self._old)
            if flip is None:
                proofs.append(Proof(False, f"{name} has stored nothing yet"))
                continue
            self._flips[name] = flip
            proofs.append(Proof(True, f"bit {flip.bit} of {flip.file} inverted"))
            await self._target.start(self._world.nodes[name], list(self._world.nodes))
        await asyncio.sleep(_START_S)
        for name in self._flips:
            now = await self._world.nodes[name].process()
            does = "serves" if now.state == "running" else f"refuses: {now.state}"
            proofs.append(Proof(True, f"{name} {does} (code {now.exit_code})"))
        return Proof.every(proofs)

    async def end(self) -> Proof:
        """Stop what runs on damaged data, mend these, and start."""
        proofs = []
        for name, flip in list(self._flips.items()):
            await self._world.nodes[name].signal(SIGKILL)
            back = await self._disks.flip_back(name, flip)
            proofs.append(
                Proof(True, f"{name}'s bit {'flipped back' if back else 'was written anew'}")
            )
            del self._flips[name]
        for name, excuse in self._excuses.items():
            await excuses.end(excuse, self._world, self._target, name)
        proofs.append(await start_again(self._world, self._target, self._names))
        return Proof.every(proofs)
