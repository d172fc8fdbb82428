"""What faults by an administrator's order share: find the leader, ask it until it is done, and
prove it with what the leader says.

Such orders are what people give to healthy clusters every day. They are refused while another
change is under way or a server has yet to catch up, and what became of one may not be known when
its leader loses its office; so they are given again until the cluster's status shows the change.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, cast

from harness.proof import Proof
from harness.target import Administered, Order, Status, Target
from harness.worlds.world import World

LIMIT_S = 6.0
"""Long enough for an election, and for a server to catch up."""
_POLL_S = 0.05
_AGAIN_S = 1.0
"""An order that was taken is not given again before: it may be on its way."""


def takes_orders(target: Any) -> bool:
    """Whether this target's clusters can be changed while they run."""
    return hasattr(target, "administer")


async def leader(world: World, target: Target) -> tuple[str, Status] | None:
    """Who says that it leads, with its status; None when nobody does. It may have been deposed."""
    for name in (await target.primaries(list(world.nodes.values())))[:1]:
        status = await _status(world, target, name)
        if status is not None:
            return name, status
    return None


async def _is_newest(world: World, target: Target, term: int) -> bool:
    """Whether nobody knows of a newer term. A leader that was deposed, and has not heard of it, may
    be given orders, as in real life; but it tells how things were.
    """
    told = await asyncio.gather(*(_status(world, target, name) for name in world.nodes))
    return all(status is None or status.term <= term for status in told)


async def settled(world: World, target: Target) -> tuple[str, Status] | None:
    """Who leads, as soon as somebody does for all that is known, and no change of the members is
    under way: a new leader may not know yet what its predecessor has settled. None when that takes
    long.
    """
    deadline = asyncio.get_running_loop().time() + LIMIT_S
    while True:
        found = await leader(world, target)
        if (
            found is not None
            and not found[1].changing
            and await _is_newest(world, target, found[1].term)
        ):
            return found
        if asyncio.get_running_loop().time() > deadline:
            return None
        await asyncio.sleep(_POLL_S)


async def _status(world: World, target: Target, name: str) -> Status | None:
    try:
        return await target.observe(world.nodes[name])
    except (ConnectionError, TimeoutError):
        return None


async def give(
    world: World,
    target: Target,
    order: Order,
    done: Callable[[str, Status], bool],
    limit_s: float = LIMIT_S,
) -> Proof:
    """Have an order carried out. `done` judges the leader's name and status: whether it is, which
    counts as long as nobody knows of a newer leader.
    """
    loop = asyncio.get_running_loop()
    deadline = loop.time() + limit_s
    what, why = f"{order.action} {order.server}", "no node says that it leads"
    taken_by, not_before = "", 0.0
    while True:
        found = await leader(world, target)
        if found is not None:
            name, status = found
            if not done(name, status) and (name != taken_by or loop.time() >= not_before):
                refused = await ask(world, target, name, order)
                why = refused or f"{name} said that it was done"
                if refused is None:
                    taken_by, not_before = name, loop.time() + _AGAIN_S
                    # The leader itself may be gone by its order, and nobody lead for a while.
                    status = await _status(world, target, name) or status
            if done(name, status) and await _is_newest(world, target, status.term):
                return Proof(True, f"{what}: {name} ({status.role}) knows {_members(status)}")
        if loop.time() > deadline:
            return Proof(False, f"{what}: not within {limit_s:g} s: {why}")
        await asyncio.sleep(_POLL_S)


async def ask(world: World, target: Target, name: str, order: Order) -> str | None:
    """Give an order once; returns why it was not done, or None."""
    try:
        return await cast(Administered, target).administer(world.nodes[name], order)
    except (ConnectionError, TimeoutError) as error:
        return f"{name} did not answer: {error}"


def _members(status: Status) -> str:
    return " ".join([*status.voters, *(f"+{name}" for name in status.learners)])
