"""Whole nodes and real clients in the simulated world, with everything going wrong at once.

What nemeses do in turn happens here at any time, and several things at once; clients are often more
impatient than a harness would be. What they saw is judged with the committed log, which the
observer of all nodes knows (`tests.store.judge`).

`SPLITBRAIN_STORE_SEEDS` sets how many seeds are tried (default 100).
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Coroutine, Mapping
from contextlib import suppress
from pathlib import Path
from random import Random
from signal import SIGCONT, SIGKILL, SIGSTOP
from typing import Any
from unittest.mock import patch

import pytest

from harness.client import DidNotHappen, Indeterminate
from harness.worlds.faults import Deed
from harness.worlds.sim.world import SimWorld
from harness.worlds.world import Link, Node, Weather, WorldError, WorldSpec
from targets import bundled_client
from targets.bundled_client import BundledClient
from targets.bundled_store import BundledStore
from targets.paxos import PaxosTarget
from targets.paxos_invariants import PaxosInvariants
from targets.raft import RaftTarget
from targets.raft_invariants import RaftInvariants
from targets.store import requests
from tests.store.judge import Op, judge
from tests.worlds.sim.loops import run

SEEDS = int(os.environ.get("SPLITBRAIN_STORE_SEEDS", "100"))
BATCH = 20
SECONDS = 2.0
QUICK = {"election_min": 0.1, "election_max": 0.2, "heartbeat": 0.03}
"""Shorter than in production, so that a simulated second holds more elections."""
STORES: Mapping[str, tuple[type[BundledStore], Mapping[str, Any]]] = {
    "raft": (RaftTarget, {}),
    "raft on leases": (RaftTarget, {"snapshot_entries": 60, "reads": "lease"}),
    "paxos": (PaxosTarget, {"snapshot_entries": 60}),
    "paxos on leases": (PaxosTarget, {"snapshot_entries": 60, "reads": "lease"}),
}


class Trouble:
    """Breaks one thing after another in a cluster; several may be broken at once."""

    def __init__(self, world: SimWorld, target: BundledStore, rng: Random) -> None:
        self._world, self._target, self._rng = world, target, rng
        self._names = list(world.nodes)
        self._links = [Link(a, b) for a in self._names for b in self._names if a != b]
        self._later: list[asyncio.Task[None]] = []
        self._aimed = 0

    async def last(self, until: float) -> None:
        """Make trouble until then, and end it."""
        rng, world = self._rng, self._world
        while asyncio.get_running_loop().time() < until:
            await asyncio.sleep(rng.expovariate(8))
            name = rng.choice(self._names)
            node = world.nodes[name]
            match rng.choice(["cut", "cut", "heal", "weather", "kill", "aim", "start", "pause"]):
                case "cut":
                    await world.cut(self._some_links())
                case "heal":
                    await world.cut([])
                case "weather":
                    loss, double, slow = (rng.choice([0, 0, 0.1, 0.3]) for _ in range(3))
                    weather = Weather(loss=loss, duplicate=double, reorder=slow, reorder_s=0.6)
                    await world.weather(self._links, weather)
                case "kill":
                    for victim in self._names if rng.random() < 0.2 else [name]:
                        await self._strike(victim)
                        self._soon(rng.uniform(0.01, 1.0), self._start(victim))
                case "aim":
                    self._aimed = rng.randint(1, 8)
                    world.aim(self._judge)
                case "start":
                    await self._start(name)
                case "pause":
                    await node.signal(SIGSTOP)
                    self._soon(rng.uniform(0.05, 1.2), node.signal(SIGCONT))
        await self._end()

    def _some_links(self) -> list[Link]:
        """Between two sides; or any, one way or the other."""
        if self._rng.random() < 0.3:
            return [link for link in self._links if self._rng.random() < 0.4]
        side = {name for name in self._names if self._rng.random() < 0.5}
        return [link for link in self._links if (link.src in side) != (link.dst in side)]

    async def _strike(self, name: str) -> None:
        if self._rng.random() < 0.5:
            await self._world.power_off([name])
        else:
            await self._world.nodes[name].signal(SIGKILL)

    def _judge(self, name: str, _point: str) -> Deed | None:
        self._aimed -= 1
        return "power" if self._aimed == 0 else None

    async def _start(self, name: str) -> None:
        with suppress(WorldError):  # it runs
            await self._target.start(self._world.nodes[name], self._names)

    def _soon(self, seconds: float, what: Coroutine[Any, Any, None]) -> None:
        async def wait() -> None:
            await asyncio.sleep(seconds)
            await what

        self._later.append(asyncio.ensure_future(wait()))

    async def _end(self) -> None:
        await asyncio.gather(*self._later)
        self._world.aim(None)
        await self._world.cut([])
        await self._world.weather(self._links, Weather())
        for name in self._names:
            await self._world.nodes[name].signal(SIGCONT)
            await self._start(name)


async def drive(node: Node, ops: list[Op], rng: Random, number: int) -> None:
    """One client thread, pinned to a node; a fresh client after every unknown outcome."""
    values = iter(range(number * 100_000, (number + 1) * 100_000))
    while True:
        try:
            async with asyncio.timeout(0.3):
                client = await BundledClient.open(node, "")
        except (ConnectionError, TimeoutError):
            await asyncio.sleep(0.1)
            continue
        try:
            good = True
            while good:
                good = await one_op(client, ops, rng, next(values))
                await asyncio.sleep(rng.expovariate(40))
        finally:
            await client.close()


async def one_op(client: BundledClient, ops: list[Op], rng: Random, fresh: int) -> bool:
    """Do one operation and note it; True if the client is still good."""
    key = rng.choice("xy")
    f = rng.choice(["read", "read", "write", "write", "cas"])
    value: object = None if f == "read" else fresh
    if f == "cas":
        seen = [op.answer for op in ops[-30:] if op.f == "read" and op.key == key]
        value = [rng.choice(seen) if seen else None, fresh]
    op = Op(f, key, value, asyncio.get_running_loop().time())
    ops.append(op)
    try:
        async with asyncio.timeout(rng.choice([0.2, 0.6, 3.0])):
            op.answer = await client.call(f, key, value)
        op.outcome = "ok"
    except DidNotHappen:
        op.outcome = "fail"
    except (Indeterminate, TimeoutError):
        return False
    op.ended = asyncio.get_running_loop().time()
    return True


async def simulate(seed: int, store: str, *bugs: str) -> list[str]:
    """One test: trouble, then a quiet while in which the cluster must work again.

    Returns everything that was wrong, in words.
    """
    rng = Random(seed)
    names = tuple(f"n{number}" for number in range(1, rng.choice([3, 3, 5]) + 1))
    make, options = STORES[store]
    observer = RaftInvariants() if make is RaftTarget else PaxosInvariants()
    spec = WorldSpec(
        "test", names, {"client": 1, "peer": 2}, Path(), seed=seed, invariants=observer
    )
    world, target = SimWorld(spec), make(version=None, bugs=bugs, options={**QUICK, **options})
    await world.set_up()
    for name, node in world.nodes.items():
        await world.drift(name, rng.uniform(0.9, 1.1))
        await target.start(node, names)
    ops: list[Op] = []
    # Often so impatient that clients are refused for want of a leader: that must be the truth.
    hold = patch.object(requests, "HOLD", rng.choice([0.02, 0.2, 1.0]))
    patience = patch.object(bundled_client, "PATIENCE", rng.choice([0.0, 0.3, 1.0]))
    with hold, patience:
        clients = [
            asyncio.ensure_future(drive(world.nodes[rng.choice(names)], ops, rng, number))
            for number in range(5)
        ]
        await Trouble(world, target, rng).last(SECONDS)
        await asyncio.sleep(1.2)
        for client in clients:
            client.cancel()
        await asyncio.gather(*clients, return_exceptions=True)
    await world.tear_down()
    committed: Mapping[int, tuple[int, str]] = (
        observer.committed if isinstance(observer, RaftInvariants) else observer.chosen
    )
    wrong = judge(ops, committed)
    if not any(op.outcome == "ok" for op in ops[-20:]):
        wrong.append("nothing worked after all was healed")
    return [*observer.violations, *wrong]


@pytest.mark.parametrize(
    ("store", "batch"),
    [
        *(("raft", batch) for batch in range(0, SEEDS, BATCH)),
        *(("raft on leases", batch) for batch in range(0, SEEDS // 5, BATCH)),
        *(("paxos", batch) for batch in range(0, SEEDS // 5, BATCH)),
        *(("paxos on leases", batch) for batch in range(0, SEEDS // 5, BATCH)),
    ],
)
def test_the_store_keeps_its_promises(store: str, batch: int) -> None:
    """With every bug off nothing is ever violated, and the store works again once healed."""
    for seed in range(batch, min(batch + BATCH, SEEDS)):
        wrong = run(simulate(seed, store))
        assert not wrong, f"seed {seed}: {wrong}"


@pytest.mark.parametrize(
    ("store", "flag"),
    [
        ("raft", "leader_local_read"),
        ("raft", "follower_local_read"),
        ("raft", "no_client_dedup"),
        ("raft", "quorum_off_by_one"),
        ("raft on leases", "lease_too_long"),
        ("paxos", "read_skips_inflight"),
        ("paxos on leases", "lease_too_long"),
    ],
)
def test_the_simulation_is_not_blind(store: str, flag: str) -> None:
    """The same trouble and the same judge find mistakes that are there (see also `test_bugs`)."""
    assert any(run(simulate(seed, store, flag)) for seed in range(60))
