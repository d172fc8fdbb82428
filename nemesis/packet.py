"""The network is bad without being cut: frames are lost, doubled, overtaken, late, or few.

::

    loss        a share of the frames never arrives (clients' are sent again, as TCP does)
    duplicate   a share arrives twice                 between nodes
    reorder     a share is overtaken by later ones    between nodes
    delay       all arrive late, by an amount that varies
    slow        little bandwidth: frames queue, and those that find the queue full are lost
    reset       clients' connections are reset at a share of their frames
    late        a share, and the doubles of a share, arrive seconds later:       between nodes
                what stood in the buffer of a connection that was cut, old by then
    storm       loss, duplicate, reorder and delay at once, between nodes

How bad and on which links is drawn anew each time: everywhere, around one node or around the
leader, from it, to it, or both, or on the clients' side only.

Proof: the network counts what became of the frames on those links.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from random import Random
from typing import ClassVar, cast

from harness.nemesis import NoEffect
from harness.proof import Proof
from harness.target import Target
from harness.worlds.faults import Traffic, Weathered
from harness.worlds.world import CLIENTS, Link, Weather, World
from nemesis.where import primaries

_WAIT_S = 5.0
_POLL_S = 0.05
_ASK_S = 3.0

_SHOWS: Mapping[str, Sequence[str]] = {
    "loss": ["lost"],
    "duplicate": ["doubled"],
    "reorder": ["overtaken"],
    "delay": ["delayed"],
    "slow": ["queued"],
    "reset": ["resets"],
    "late": ["overtaken"],
    "storm": ["lost", "doubled", "overtaken", "delayed"],
}
"""By which counts of `Traffic` each shows."""

_AT_ONCE = ("lost", "doubled", "delayed", "queued", "resets")
"""Counts that rise when a frame is sent, so that none does once the weather is fair."""


class Packet:
    """See `harness.nemesis.Nemesis`."""

    name: ClassVar[str] = "packet"
    needs: ClassVar[frozenset[str]] = frozenset({"weather"})
    places: ClassVar[Mapping[str, int]] = {
        "storm": 2,
        "loss": 1,
        "duplicate": 2,
        "reorder": 2,
        "delay": 1,
        "slow": 1,
        "reset": 1,
        "late": 2,
    }

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._bad: tuple[World, Target, list[Link], Traffic, str] | None = None

    async def inject(self, world: World, target: Target, where: str) -> Proof:
        links, scope = await self._links(world, target, where)
        weathered = cast(Weathered, world)
        before = await weathered.traffic(links)
        self._bad = world, target, links, before, where
        weather = self._weather(where)
        await weathered.weather(links, weather)
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _WAIT_S
        while True:
            await asyncio.sleep(_POLL_S)
            since = (await weathered.traffic(links)).since(before)
            shown = _shown(since, where)
            if shown or loop.time() > deadline:
                return Proof(shown, f"{scope} ({_told(weather)}): {_counted(since, where)}")

    def _weather(self, kind: str) -> Weather:
        draw = self._rng.uniform
        match kind:
            case "loss":
                return Weather(loss=draw(0.05, 0.4))
            case "duplicate":
                return Weather(duplicate=draw(0.1, 0.6), reorder_s=draw(0.0, 0.3))
            case "reorder":
                return Weather(reorder=draw(0.2, 0.6), reorder_s=draw(0.02, 0.3))
            case "delay":
                return Weather(delay_s=draw(0.02, 0.4))
            case "slow":
                return Weather(bytes_per_s=draw(2_000, 20_000))
            case "reset":
                return Weather(reset=draw(0.05, 0.2))
            case "late":
                return Weather(
                    reorder=draw(0.05, 0.5), reorder_s=draw(0.5, 4.0), duplicate=draw(0.0, 0.3)
                )
        return Weather(
            loss=draw(0.03, 0.25),
            duplicate=draw(0.1, 0.4),
            reorder=draw(0.2, 0.5),
            reorder_s=draw(0.02, 0.2),
            delay_s=draw(0.01, 0.1),
        )

    async def _links(self, world: World, target: Target, kind: str) -> tuple[list[Link], str]:
        """The links to strike, and in words which these are."""
        names = list(world.nodes)
        ends = [*names, CLIENTS]
        every = [Link(src, dst) for src in ends for dst in ends if src != dst]
        peers = [link for link in every if CLIENTS not in link]
        clients = [link for link in every if CLIENTS in link]
        if kind == "reset":
            return clients, CLIENTS
        if kind in ("loss", "delay", "slow") and (len(names) == 1 or self._rng.random() < 0.2):
            return clients, CLIENTS
        struck = peers if kind in ("duplicate", "reorder", "late", "storm") else every
        if self._rng.random() < 0.4:
            return struck, "all"
        one, way = await self._one(world, target, names), self._rng.choice(("from", "to", "around"))
        return [
            link
            for link in struck
            if (link.src == one and way != "to") or (link.dst == one and way != "from")
        ], f"{way} {one}"

    async def _one(self, world: World, target: Target, names: Sequence[str]) -> str:
        """A random node, or the leader where there is one."""
        if self._rng.random() < 0.5:
            try:
                return (await primaries(world, target))[0]
            except NoEffect:
                pass
        return self._rng.choice(names)

    async def heal(self) -> Proof:
        if self._bad is None:
            return Proof(False, "the weather was fair")
        world, target, links, before, kind = self._bad
        weathered = cast(Weathered, world)
        until = await weathered.traffic(links)
        await weathered.weather(links, Weather())
        proofs = [Proof(True, f"until it was healed {_counted(until.since(before), kind)}")]
        shut = await weathered.shut()  # another fault's: the weather is fair there, for nobody
        peers = [link for link in links if CLIENTS not in link and link not in shut]
        if peers:
            proofs.append(await world.prove_open(peers))
        proofs += [await self._answers(world, target, n) for n in world.nodes if _reaches(links, n)]
        after = (await weathered.traffic(links)).since(until)
        bad = [count for count in _AT_ONCE if getattr(after, count)]
        proofs.append(Proof(not bad, f"since then {_counted(after, kind)}"))
        self._bad = None  # only now: a heal that failed half-way is repeated
        return Proof.every(proofs)

    @staticmethod
    async def _answers(world: World, target: Target, name: str) -> Proof:
        """Whether a client's question to this node gets through, and an answer back."""
        try:
            async with asyncio.timeout(_ASK_S):
                await target.observe(world.nodes[name])
        except (ConnectionError, TimeoutError):
            return Proof(False, f"{name} did not answer")
        return Proof(True, f"{name} answered")


def _reaches(links: Sequence[Link], name: str) -> bool:
    return Link(CLIENTS, name) in links or Link(name, CLIENTS) in links


def _shown(traffic: Traffic, kind: str) -> bool:
    """Whether this kind has shown; of a storm, each frame's delay and one thing besides."""
    counts = [getattr(traffic, count) > 0 for count in _SHOWS[kind]]
    return traffic.delayed > 0 and sum(counts) > 1 if kind == "storm" else all(counts)


def _told(weather: Weather) -> str:
    fields = {name: getattr(weather, name) for name in weather.__dataclass_fields__}
    return ", ".join(f"{name} {value:.3g}" for name, value in fields.items() if value)


def _counted(traffic: Traffic, kind: str) -> str:
    counts = ", ".join(f"{getattr(traffic, count)} {count}" for count in _SHOWS[kind])
    late = f" by {traffic.late_s:.1f} s in all" if traffic.late_s else ""
    return f"{counts}{late}, {traffic.crossed} crossed"
