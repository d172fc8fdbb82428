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
    """Who leads, with its status; None when nobody says so."""
    for name in (await target.primaries(list(world.nodes.values())))[:1]:
        status = await _status(world, target, name)
        if status is not None:
            return name, status
    return None


async def awaited_leader(
    world: World, target: Target, least_commit: int = 0
) -> tuple[str, Status] | None:
    """Who leads, with its status, as soon as somebody does who knows at least that much to be
    committed; None when nobody does for long.
    """
    deadline = asyncio.get_running_loop().time() + LIMIT_S
    while True:
        found = await leader(world, target)
        if found is not None and found[1].commit < least_commit:
            found = None
        if found is not None or asyncio.get_running_loop().time() > deadline:
            return found
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
    """Have an order carried out. `done` judges the leader's name and status: whether it is."""
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
            if done(name, status):
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
