"""A server is removed from the cluster while it runs, and added again later.

::

    voters  n1 n2 n3 ──remove n2──▶ n1 n3 ── … ──add n2──▶ n1 n3 +n2 ──promote n2──▶ n1 n2 n3

It comes back as a learner and is promoted once it has caught up. Its process runs all the time, and
its disk keeps what it has.

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
from nemesis.orders import give, leader, takes_orders
from nemesis.where import primaries


class Membership:
    """See `harness.nemesis.Nemesis`."""

    name: ClassVar[str] = "membership"
    needs: ClassVar[frozenset[str]] = frozenset()
    places: ClassVar[Mapping[str, int]] = {"one": 3, "primaries": 3}

    def __init__(self, rng: Random) -> None:
        self._rng = rng
        self._away: tuple[World, Target, str] | None = None

    @classmethod
    def places_in(cls, target: Any) -> Mapping[str, int]:
        """None where the target takes no orders."""
        return cls.places if takes_orders(target) else {}

    async def inject(self, world: World, target: Target, where: str) -> Proof:
        await primaries(world, target)
        found = await leader(world, target)
        if found is None or len(found[1].voters) < 2:
            raise NoEffect("no leader with another voter")
        name, status = found
        server = name if where == "primaries" else self._rng.choice(list(status.voters))
        self._away = world, target, server
        return await give(world, target, Order("remove", server), _is("away", server))

    async def heal(self) -> Proof:
        if self._away is None:
            return Proof(False, "nobody was removed")
        world, target, server = self._away
        found = await leader(world, target)
        away = found is not None and _is("away", server)(*found)
        proofs = [
            Proof(away, f"{server} was {'still away' if away else 'back'} when it was healed")
        ]
        proofs.append(await give(world, target, Order("add", server), _is("there", server)))
        proofs.append(await give(world, target, Order("promote", server), _is("voter", server)))
        self._away = None  # only now: a heal that failed half-way is repeated
        return Proof.every(proofs)


def _is(wanted: str, server: str) -> Any:
    """A judge of whether the server is away, there in any role, or a voter."""

    def judge(_leader: str, status: Status) -> bool:
        there = server in (*status.voters, *status.learners)
        return {
            "away": not there,
            "there": there,
            "voter": server in status.voters,
        }[wanted]

    return judge
