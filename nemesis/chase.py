"""Whoever leads is cut off, again and again: each new leader as soon as it shows, and the one
before comes back (`partition:leaders`).

::

    n1  ─leads─╳ alone ─────────────│ back, with what only it has written
    n2  ───────────── elected ─leads─╳ alone ──────────────│ back
    n3  ─────────────────────────────────────── elected ─leads─╳ alone …

A single cut leaves one log that went its own way, and the next leader sets it right in peace. Here
the next leader has hardly begun when it is gone in its turn, and those who come back disagree about
several terms: what a protocol says of old entries, old votes and short reigns is put to the test.

Proof: of every cut as for any partition; where nobody else is elected, there is the first one only.
"""

from __future__ import annotations

import asyncio
from random import Random

from harness.proof import Proof
from harness.silence import Silence
from harness.target import Target
from harness.worlds.world import Link, World
from nemesis.grudges import alone
from nemesis.where import primaries

_POLL_S = 0.05
_REIGN_S = (0.0, 0.2)
"""How long a new leader is left in peace once it was seen."""


class Chase:
    """From the first leader's cut to the end of the last one's."""

    def __init__(self, world: World, target: Target, rng: Random) -> None:
        self._world, self._target, self._rng = world, target, rng
        self._struck: list[str] = []
        self._links: list[Link] = []
        self._proofs: list[Proof] = []
        self._over = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def begin(self) -> Proof:
        """The first cut, proven; the others follow."""
        proof = await self._cut_off((await primaries(self._world, self._target))[0])
        self._task = asyncio.create_task(self._go_on())
        return proof

    async def _go_on(self) -> None:
        nodes = list(self._world.nodes.values())
        while not await self._is_over(_POLL_S):
            found = (await self._target.primaries(nodes))[:1]
            if not found or found[0] == self._struck[-1]:
                continue
            if await self._is_over(self._rng.uniform(*_REIGN_S)):
                return
            self._proofs.append(await self._silence.held())
            self._proofs.append(await self._cut_off(found[0]))

    async def _is_over(self, seconds: float) -> bool:
        """Wait so long for the end; a cut that has begun is never left half-way."""
        try:
            async with asyncio.timeout(seconds):
                await self._over.wait()
        except TimeoutError:
            return False
        return True

    async def _cut_off(self, leader: str) -> Proof:
        """This one alone from now on, and nobody else."""
        links, picture = alone([leader], list(self._world.nodes))
        self._struck.append(leader)
        self._links = list(dict.fromkeys([*self._links, *links]))
        self._silence = Silence(self._world, self._target, links)
        await self._world.cut(links)
        await self._silence.begin()
        proof = await self._world.prove_cut(links)
        return Proof(proof.effective, f"{picture}: {proof.detail}")

    async def end(self) -> Proof:
        """Cut nobody off any more."""
        if not self._struck:
            return Proof(False, "nobody was cut off")
        self._over.set()
        task, self._task = self._task, None  # one that has failed says so once
        try:
            if task is not None:
                await task
            held = await self._silence.held()
        finally:
            await self._world.cut([])
        names = Proof(True, f"cut off {', '.join(self._struck)}, one after the other")
        return Proof.every([names, *self._proofs, held, await self._world.prove_open(self._links)])
