"""A server is removed from the cluster while it runs, and added again later.

::

    voters  n1 n2 n3 ──remove n2──▶ n1 n3 ── … ──add n2──▶ n1 n3 +n2 ──promote n2──▶ n1 n2 n3

It comes back as a learner and is promoted once it has caught up. Its process runs all the time, and
its disk keeps what it has. Where another fault keeps the cluster from taking it back, the next
healing does: no server stays away.

Proof: the leader says who the members are.
"""

from __future__ import annotations

from collections.abc import Mapping
from random import Random
from typing import Any, ClassVar

from harness.nemesis import NoEffect
from harness.proof import Proof
from harness.target import Order, Status, Target
from harness.worlds.world import World
from nemesis.orders import LIMIT_S, give, leader, settled, takes_orders
from nemesis.where import primaries


class Membership:
    """See `harness.nemesis.Nemesis`."""

    name: ClassVar[str] = "membership"
    needs: ClassVar[frozenset[str]] = frozenset()
    places: ClassVar[Mapping[str, int]] = {"one": 3, "primaries": 3}

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._cluster: tuple[World, Target] | None = None
        self._removed: str | None = None
        self._missing: list[str] = []
        """Those removed and not yet back as voters."""

    @classmethod
    def places_in(cls, target: Any) -> Mapping[str, int]:
        """None where the target takes no orders."""
        return cls.places if takes_orders(target) else {}

    async def inject(self, world: World, target: Target, where: str) -> Proof:
        self._cluster = world, target
        await primaries(world, target)
        found = await leader(world, target)
        if found is None or len(found[1].voters) < 2:
            raise NoEffect("no leader with another voter")
        name, status = found
        server = name if where == "primaries" else self._rng.choice(list(status.voters))
        self._removed = server
        self._missing.append(server)
        return await give(world, target, Order("remove", server), _is("away", server))

    async def heal(self) -> Proof:
        if self._cluster is None:
            return Proof(False, "nobody was removed")
        world, target = self._cluster
        # Nobody was if there was no leader, or no other voter left: the more reason to go on.
        proofs = [await self._still_away(world, target)]
        for name in list(dict.fromkeys(self._missing)):
            back = await self._take_back(world, target, name)
            if back.effective:
                self._missing = [other for other in self._missing if other != name]
            proofs.append(back)
        self._removed = None  # only now: a heal that failed half-way is repeated
        return Proof.every(proofs)

    async def _still_away(self, world: World, target: Target) -> Proof:
        """Whether it is; another fault may keep the cluster from saying so for a while."""
        server = self._removed
        if server is None:
            return Proof(False, "nobody was removed")
        found = await settled(world, target)
        if found is None:
            return Proof(False, f"nobody led for {LIMIT_S:g} s and knew whether {server} was away")
        away = _is("away", server)(*found)
        return Proof(away, f"{server} was {'still away' if away else 'back'} when it was healed")

    @staticmethod
    async def _take_back(world: World, target: Target, name: str) -> Proof:
        limit_s = 2 * LIMIT_S  # what does not come back now may not at all
        added = await give(world, target, Order("add", name), _is("there", name), limit_s)
        if not added.effective:
            return added
        voter = _is("voter", name)
        return Proof.every(
            [added, await give(world, target, Order("promote", name), voter, limit_s)]
        )


def _is(wanted: str, server: str) -> Any:
    """A judge of whether the server is known to be away, there in any role, or a voter."""

    def judge(_leader: str, status: Status) -> bool:
        if status.changing:
            return False
        there = server in (*status.voters, *status.learners)
        return {
            "away": not there,
            "there": there,
            "voter": server in status.voters,
        }[wanted]

    return judge
