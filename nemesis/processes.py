"""What faults of processes share: signal servers, start them again, and prove what follows."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from signal import Signals

from harness.proof import Proof
from harness.target import Target
from harness.worlds.world import ProcessStatus, World

_SETTLE_S = 2.0
_POLL_S = 0.02


async def strike(world: World, names: Sequence[str], signal: Signals, state: str) -> Proof:
    """Signal the nodes' servers and wait until each is in `state`.

    A server that was not running before proves nothing: this fault did not make it what it is.
    """
    return Proof.every(
        await asyncio.gather(*(_strike_one(world, name, signal, state) for name in names))
    )


async def _strike_one(world: World, name: str, signal: Signals, state: str) -> Proof:
    node = world.nodes[name]
    before = await node.process()
    if before.state != "running":
        return Proof(False, f"{name} was {before.state} before {signal.name}")
    await node.signal(signal)
    return await reaches(world, name, state, since=before)


async def reaches(world: World, name: str, state: str, since: ProcessStatus) -> Proof:
    """Wait until the same process as `since` is in `state`."""
    deadline = asyncio.get_running_loop().time() + _SETTLE_S
    while True:
        now = await world.nodes[name].process()
        if now.state == state and now.pid == since.pid:
            code = "" if now.exit_code is None else f" with code {now.exit_code}"
            return Proof(True, f"{name} (pid {now.pid}) {state}{code}")
        if asyncio.get_running_loop().time() > deadline:
            return Proof(False, f"{name} (pid {now.pid}) is {now.state}, not {state}")
        await asyncio.sleep(_POLL_S)


async def still(world: World, names: Sequence[str], state: str) -> Proof:
    """Whether the nodes' servers are in `state` now, as they were left."""
    proofs = []
    for name in names:
        now = (await world.nodes[name].process()).state
        same = now == state
        proofs.append(Proof(same, f"{name} {'still' if same else 'was'} {now} when it was healed"))
    return Proof.every(proofs)


async def start_again(world: World, target: Target, names: Sequence[str]) -> Proof:
    """Start those of the nodes' servers that have ended; whether all of them run then."""
    peers = list(world.nodes)
    ended = ("exited", "absent")
    down = [name for name in names if (await world.nodes[name].process()).state in ended]
    await asyncio.gather(*(target.start(world.nodes[name], peers) for name in down))
    proofs = []
    for name in names:
        now = await world.nodes[name].process()
        proofs.append(Proof(now.state == "running", f"{name} {now.state} again (pid {now.pid})"))
    return Proof.every(proofs)
