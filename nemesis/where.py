"""Which nodes a fault strikes, by the names that Jepsen's users know."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from random import Random

from harness.nemesis import NoEffect
from harness.target import Target
from harness.worlds.world import World

PLACES = {"one": 1, "primaries": 1, "minority": 3, "majority": 1, "minority-third": 4, "all": 1}
"""Places for faults of whole nodes, with the fewest nodes each makes sense for."""

_PATIENCE_S = 3.0
_POLL_S = 0.1


async def choose(where: str, world: World, target: Target, rng: Random) -> list[str]:
    """Return the names of the nodes that `where` means now, in the cluster's order.

    Raises:
        NoEffect: there is no primary, although one was waited for.
        ValueError: no such place.
    """
    names = list(world.nodes)
    if where == "primaries":
        return await primaries(world, target)
    sizes = {
        "one": 1,
        "minority": (len(names) - 1) // 2,
        "majority": len(names) // 2 + 1,
        "minority-third": (len(names) - 1) // 3,
        "all": len(names),
    }
    if where not in sizes:
        raise ValueError(f"no place {where!r}: there are {', '.join(PLACES)}")
    return in_order(rng.sample(names, sizes[where]), names)


async def primaries(world: World, target: Target) -> list[str]:
    """Return the nodes that lead, waiting a little for an election that is under way."""
    deadline = asyncio.get_running_loop().time() + _PATIENCE_S
    while True:
        found = await target.primaries(list(world.nodes.values()))
        if found:
            return found
        if asyncio.get_running_loop().time() > deadline:
            raise NoEffect(f"no node said that it leads within {_PATIENCE_S:g} s")
        await asyncio.sleep(_POLL_S)


def in_order(chosen: Sequence[str], names: Sequence[str]) -> list[str]:
    """Sort the chosen into the cluster's order."""
    return sorted(chosen, key=list(names).index)
