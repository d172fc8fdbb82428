"""How a test goes once its cluster serves: by chance from its seed, or by the lines of a script."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, cast

from harness.assembly import Parts, randomness
from harness.checks.excuse import Excuse
from harness.cluster import Cluster
from harness.deeds import Deeds, WatchedWorld
from harness.fault_schedule import schedule, threads
from harness.faults import Faults
from harness.generator import (
    NEMESIS_THREAD,
    Generator,
    Invocation,
    any_of,
    clients,
    on_nemesis,
    once,
    phases,
    stagger,
    time_limit,
)
from harness.history.faults import RECOVER
from harness.proof import Proof
from harness.script import generator as scripted
from harness.script.perform import ScriptFaults
from harness.script.plan import Plan
from harness.script.stage import cast_parts
from harness.spec import TestSpec
from harness.worlds.world import World


class _Faults(Protocol):
    async def perform(self, f: str, value: Any) -> Any: ...

    async def heal_all(self) -> None: ...

    @property
    def excuses(self) -> Sequence[Excuse]: ...


@dataclass(frozen=True)
class Course:
    """What the interpreter needs to know of a test.

    Args:
        generator: everything that happens, the last reads included.
        faults: carries out the nemesis' part of it.
        homes: for each client thread the node that its clients are on.
        nemeses: the nemesis' threads.
        patience_s: seconds that a fault may lie in wait, beside what any action may take.
    """

    generator: Generator
    faults: _Faults
    homes: tuple[str, ...]
    nemeses: tuple[str, ...] = (NEMESIS_THREAD,)
    patience_s: float = 0.0


async def course(spec: TestSpec, parts: Parts, cluster: Cluster, deeds: Deeds) -> Course:
    """Lay out a test on a cluster that serves; `deeds` is told what its faults really do.

    Raises:
        WorldError: the script names a leader, and nobody leads.
    """
    recover = partial(cluster.recover, spec.limits.recovery_s)
    if parts.plan is not None:
        return await _scripted(spec, parts, parts.plan, cluster, recover)
    main = any_of(
        clients(time_limit(spec.time_limit, stagger(1 / spec.rate, parts.workload.generator))),
        schedule(
            parts.places,
            spec.cadence,
            spec.time_limit,
            randomness(spec, "schedule"),
            parts.lanes,
        ),
    )
    faults = Faults(
        parts.nemeses,
        cast(World, WatchedWorld(cluster.world, deeds)),
        cluster.target,
        recover,
        spec.limits.nemesis_action_s,
    )
    homes = tuple(spec.nodes[thread % len(spec.nodes)] for thread in range(spec.concurrency))
    return Course(_with_end(main, spec, parts), faults, homes, threads(len(parts.lanes)))


async def _scripted(
    spec: TestSpec,
    parts: Parts,
    plan: Plan,
    cluster: Cluster,
    recover: Callable[[], Awaitable[Proof]],
) -> Course:
    players = await cast_parts(plan.parts, cluster.world, cluster.target)
    faults = ScriptFaults(
        plan, players, cluster.world, cluster.target, recover, spec.limits.nemesis_action_s
    )
    homes = tuple(players.get(home, home) for home in plan.homes)
    main = scripted.generator(plan)
    end = _with_end(main, spec, parts)
    return Course(end, faults, homes, scripted.threads(plan), plan.patience_s)


def _with_end(main: Generator, spec: TestSpec, parts: Parts) -> Generator:
    """Then everything recovers, and the workload's last reads run."""
    return phases(
        main,
        on_nemesis(once(Invocation(RECOVER))),
        clients(stagger(1 / spec.rate, parts.workload.final)),
    )
