"""Servers are struck right where their own code says that they are: crash points, aimed by state.

A target tells at which points of its code its nodes report (`Target.points`): "right after this
voter granted", "right after the leader appended". A random fault hardly ever falls into the moment
after such a point; this one falls nowhere else::

    n1  ──────appended╳ killed ── 50 to 300 ms ── started ──────────────
    n2  ──granted-vote ────────────────────────────────────appended╳ power lost ── …

Several nodes are struck while the fault lasts: each at some arrival at the point, often the first,
and back a little later. They are killed, lose their power, or are isolated from their peers;
`crash:appended.kill` binds that. Where nobody reaches the point, for lack of elections say, leaders
are killed until somebody does.

Proof: each node that was struck is found exited, or nothing crosses its links; later, all run.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from signal import SIGKILL
from typing import ClassVar, cast

from harness.proof import Proof
from harness.target import Target
from harness.worlds.faults import Deed, Pointed, Weathered
from harness.worlds.world import Link, World
from nemesis.processes import start_again

DEEDS: tuple[Deed, ...] = ("kill", "power", "isolate")
MOST = 8
"""So many strikes while one fault lasts, at most."""

_WAIT_S = 6.0
_POLL_S = 0.05
_STIR_S = (0.3, 0.9)
_DOWN_S = (0.05, 0.3)
_ALONE_S = (0.3, 1.5)
_PAUSE_S = (0.0, 0.4)


class Crash:
    """See `harness.nemesis.Nemesis`."""

    name: ClassVar[str] = "crash"
    needs: ClassVar[frozenset[str]] = frozenset({"points", "power", "weather", "cut", "kill"})
    places: ClassVar[Mapping[str, int]] = {}

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._aimed: _Aimed | None = None

    @staticmethod
    def places_in(target: Target) -> Mapping[str, int]:
        """The target's points; each alone, and with each deed."""
        points: Sequence[str] = getattr(target, "points", ())
        return {
            **dict.fromkeys(points, 1),
            **{f"{p}.{deed}": 2 if deed == "isolate" else 1 for p in points for deed in DEEDS},
        }

    async def inject(self, world: World, target: Target, where: str) -> Proof:
        point, _, bound = where.partition(".")
        alone = len(world.nodes) == 1
        deeds = [d for d in DEEDS if bound in ("", d) and not (alone and d == "isolate")]
        self._aimed = _Aimed(world, target, point, deeds, self._rng)
        return await self._aimed.begin()

    async def heal(self) -> Proof:
        if self._aimed is None:
            return Proof(False, "nobody was aimed at")
        proof = await self._aimed.end()
        self._aimed = None  # only now: a heal that failed half-way is repeated
        return proof


class _Aimed:
    """From when one point is aimed at to when everything is as before."""

    def __init__(
        self, world: World, target: Target, point: str, deeds: Sequence[Deed], rng: Random
    ) -> None:
        self._world, self._target = world, target
        self._point, self._deeds, self._rng = point, deeds, rng
        self._struck: list[str] = []
        self._proofs: list[Proof] = []
        self._away: set[str] = set()
        self._alone: list[str] = []
        self._isolated: set[str] = set()
        self._stirred = 0
        self._arrivals = 1
        self._not_before = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    async def begin(self) -> Proof:
        """Aim, and wait for the first strike."""
        cast(Pointed, self._world).aim(self._judge)
        self._tasks.append(asyncio.create_task(self._stir()))
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _WAIT_S
        while not self._proofs and loop.time() < deadline:
            await asyncio.sleep(_POLL_S)
        if not self._proofs:
            return Proof(False, f"no node was at {self._point} within {_WAIT_S:g} s")
        return Proof(self._proofs[0].effective, f"{self._struck[0]}: {self._proofs[0].detail}")

    # While it lasts

    def _judge(self, name: str, point: str) -> Deed | None:
        """Called from within a node; see `Pointed.aim`."""
        now = asyncio.get_running_loop().time()
        if point != self._point or name in self._away or now < self._not_before:
            return None
        self._arrivals -= 1
        if self._arrivals > 0 or len(self._struck) >= MOST:
            return None
        deed = self._rng.choice(self._deeds)
        self._struck.append(f"{name} at {point} ({deed})")
        self._away.add(name)
        self._arrivals = 1 if self._rng.random() < 0.7 else self._rng.randint(2, 5)
        self._not_before = now + self._rng.uniform(*_PAUSE_S)
        follow = self._rejoin if deed == "isolate" else self._restart
        self._tasks.append(asyncio.create_task(follow(name)))
        return deed

    async def _restart(self, name: str) -> None:
        await self._exited(name)
        await asyncio.sleep(self._rng.uniform(*_DOWN_S))
        await self._exited(name)
        await self._start(name)
        self._away.discard(name)

    async def _exited(self, name: str) -> None:
        state = (await self._world.nodes[name].process()).state
        self._proofs.append(Proof(state == "exited", f"{name} {state}"))

    async def _start(self, name: str) -> None:
        node = self._world.nodes[name]
        if (await node.process()).state == "exited":
            await self._target.start(node, list(self._world.nodes))

    async def _rejoin(self, name: str) -> None:
        self._alone.append(name)
        self._isolated.add(name)
        links, weathered = self._links(name), cast(Weathered, self._world)
        before = await weathered.traffic(links)
        for seconds in (_POLL_S, self._rng.uniform(*_ALONE_S)):
            await asyncio.sleep(seconds)
            since = (await weathered.traffic(links)).since(before)
            told = f"{name}: {since.stopped} frames stopped, {since.crossed} crossed"
            silent = since.crossed == 0 and (since.stopped > 0 or seconds == _POLL_S)
            self._proofs.append(Proof(silent, told))
        self._alone.remove(name)
        await self._world.cut([link for other in self._alone for link in self._links(other)])
        self._away.discard(name)

    def _links(self, name: str) -> list[Link]:
        peers = [peer for peer in self._world.nodes if peer != name]
        return [link for peer in peers for link in (Link(name, peer), Link(peer, name))]

    async def _stir(self) -> None:
        """Kill the leader as often as nobody has been struck for a while, soon for the first."""
        patience = _POLL_S
        while True:
            struck = len(self._struck)
            await asyncio.sleep(patience)
            patience = self._rng.uniform(*_STIR_S)
            if len(self._struck) > struck or struck >= MOST:
                continue
            leaders = await self._target.primaries(list(self._world.nodes.values()))
            for name in leaders[:1]:
                if name not in self._away:
                    self._stirred += 1
                    await self._world.nodes[name].signal(SIGKILL)
                    await asyncio.sleep(self._rng.uniform(*_DOWN_S))
                    await self._start(name)

    # The end

    async def end(self) -> Proof:
        """Strike no more, and bring back who is still away."""
        cast(Pointed, self._world).aim(None)
        for task in self._tasks:
            task.cancel()
        ended = await asyncio.gather(*self._tasks, return_exceptions=True)
        failed = [error for error in ended if isinstance(error, Exception)]
        proofs = [
            Proof(bool(self._struck), self._summary()),
            *(proof for proof in self._proofs if not proof.effective),
            *(Proof(False, f"{type(error).__name__}: {error}") for error in failed),
        ]
        self._alone.clear()
        await self._world.cut([])
        proofs.append(await start_again(self._world, self._target, list(self._world.nodes)))
        isolated = [name for name in self._world.nodes if name in self._isolated]
        if isolated and len(self._world.nodes) > 1:
            links = [link for name in isolated for link in self._links(name)]
            proofs.append(await self._world.prove_open(list(dict.fromkeys(links))))
        return Proof.every(proofs)

    def _summary(self) -> str:
        struck = ", ".join(self._struck) or "nobody"
        stirred = f", after {self._stirred} leaders were killed for it" if self._stirred else ""
        return f"struck {struck}{stirred}"
