"""Random faults on whole nodes under virtual time, judged with the committed log.

`SPLITBRAIN_STORE_SEEDS` sets how many seeds are tried (default 100).
"""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from random import Random
from typing import cast
from unittest.mock import patch

import pytest

from harness.client import DidNotHappen, Indeterminate
from harness.worlds.world import Node
from targets import bundled_client
from targets.bundled_client import BundledClient
from targets.store import requests
from targets.store.raft.bugs import NO_BUGS, Bugs
from tests.store import virtual
from tests.store.judge import Op, judge
from tests.store.simulation import Cluster, SimNode

SEEDS = int(os.environ.get("SPLITBRAIN_STORE_SEEDS", "100"))
BATCH = 20
SECONDS = 2.0


@dataclass
class Result:
    """What one seed gave."""

    ops: list[Op]
    violations: list[str]
    frames: int
    terms: int


async def drive(cluster: Cluster, name: str, ops: list[Op], rng: Random, number: int) -> None:
    """One client thread, pinned to a node; a fresh client after every unknown outcome."""
    values = iter(range(number * 100_000, (number + 1) * 100_000))
    while True:
        try:
            client = await BundledClient.open(cast(Node, SimNode(name, cluster)), "")
        except ConnectionError:
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


async def trouble(cluster: Cluster, rng: Random, until: float) -> None:
    """Break one thing after another; several may be broken at once."""
    loop = asyncio.get_running_loop()
    while loop.time() < until:
        await asyncio.sleep(rng.expovariate(8))
        name = rng.choice(cluster.names)
        match rng.choice(["cut", "cut", "heal", "weather", "kill", "aim", "start", "pause"]):
            case "cut":
                side = {n for n in cluster.names if rng.random() < 0.5}
                pairs = [(a, b) for a in cluster.names for b in cluster.names if a != b]
                cluster.cut = {pair for pair in pairs if (pair[0] in side) != (pair[1] in side)}
                if rng.random() < 0.3:
                    cluster.cut = {pair for pair in pairs if rng.random() < 0.4}
            case "heal":
                cluster.cut = set()
            case "weather":
                cluster.loss = rng.choice([0, 0, 0.1, 0.3])
                cluster.doubled = rng.choice([0, 0, 0.1, 0.3])
                cluster.slow = rng.choice([0, 0, 0.1, 0.3])
            case "kill":
                for victim in cluster.names if rng.random() < 0.2 else [name]:
                    cluster.crash(victim)
                    loop.call_later(rng.uniform(0.01, 1.0), cluster.start, victim)
            case "aim" if name in cluster.envs:
                cluster.envs[name].crash_at = rng.randint(1, 30)
            case "start":
                cluster.start(name)
            case "pause" if name in cluster.envs:
                cluster.pause(name)
                loop.call_later(rng.uniform(0.05, 1.2), cluster.resume, name)
    cluster.heal()


async def simulate(seed: int, bugs: Bugs) -> Result:
    """One test: trouble, then a quiet while in which the cluster must work again."""
    rng = Random(seed)
    cluster = Cluster(rng.choice([3, 3, 5]), rng, bugs)
    ops: list[Op] = []
    # Often so impatient that clients are refused for want of a leader: that must be the truth.
    hold = patch.object(requests, "HOLD", rng.choice([0.02, 0.2, 1.0]))
    patience = patch.object(bundled_client, "PATIENCE", rng.choice([0.0, 0.3, 1.0]))
    with hold, patience:
        await live(cluster, ops, rng)
    cluster.compare_logs()
    wrong = judge(ops, cluster.committed)
    if not any(op.outcome == "ok" for op in ops[-20:]):
        wrong.append("nothing worked after all was healed")
    return Result(ops, cluster.violations + wrong, cluster.frames, len(cluster.leaders))


async def live(cluster: Cluster, ops: list[Op], rng: Random) -> None:
    """Clients at work, and trouble, and its end."""
    clients = [
        asyncio.ensure_future(drive(cluster, rng.choice(cluster.names), ops, rng, number))
        for number in range(5)
    ]
    await trouble(cluster, rng, SECONDS)
    await asyncio.sleep(1.2)
    for client in clients:
        client.cancel()
    await asyncio.gather(*clients, return_exceptions=True)
    await asyncio.sleep(0)


@pytest.mark.parametrize("batch", range(0, SEEDS, BATCH))
def test_the_store_keeps_its_promises(batch: int) -> None:
    """With every bug off nothing is ever violated, and the store works again once healed."""
    for seed in range(batch, min(batch + BATCH, SEEDS)):
        result = virtual.run(simulate(seed, NO_BUGS))
        assert not result.violations, f"seed {seed}: {result.violations}"


@pytest.mark.parametrize(
    "flag",
    ["leader_local_read", "follower_local_read", "no_client_dedup", "quorum_off_by_one"],
)
def test_the_simulation_is_not_blind(flag: str) -> None:
    """The same trouble and the same judge find mistakes that are there (see also `test_bugs`)."""
    bugs = Bugs.named([flag])
    assert any(virtual.run(simulate(seed, bugs)).violations for seed in range(60))
