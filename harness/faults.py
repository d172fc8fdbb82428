"""Which fault strikes when, and what came of each.

The schedule is a generator for the nemesis' thread: quiet, start, wait, stop, and again::

    ── quiet ──┤start-partition├── fault ──┤stop-partition├── quiet ──┤start-kill├── …

Each fault has its own slot of the time: one that takes long to inject lasts shorter, so that the
last one does not come when the clients have gone. The actions behind it call the nemesis plugins
and record their proofs as the value of the op's end::

    {"where": "halves", "effective": true, "detail": "n1 n4 | n2 n3 n5: 12 links held 3400 bytes"}
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from random import Random
from typing import Any

from harness.checks.excuse import Excuse
from harness.generator import Generator, Invocation, on_nemesis, once, sequence, sleep, sleep_until
from harness.history.faults import RECOVER, START, STOP
from harness.nemesis import Nemesis, NoEffect
from harness.proof import Proof
from harness.spec import Cadence
from harness.target import Target
from harness.worlds.world import World

log = logging.getLogger(__name__)


def schedule(
    places: Mapping[str, Sequence[str]], cadence: Cadence, time_limit_s: float, rng: Random
) -> Generator:
    """Lay out as many faults as fit the time limit.

    Args:
        places: for each nemesis by name, where it may strike; the first is used first, because it
            shows most, the others in random order, all of them before any comes again.
        cadence: seconds of quiet and of fault.
        time_limit_s: seconds of the main phase.
        rng: the schedule's own randomness.
    """
    if not places:
        return sequence([])
    steps: list[Generator] = []
    names = sorted(places)
    queues: dict[str, list[str]] = {name: [] for name in names}
    struck: set[str] = set()
    for number in range(cadence.rounds(time_limit_s)):
        name = names[number % len(names)]
        if not queues[name]:
            first, *others = places[name]
            queues[name] = [first, *rng.sample(others, len(others))]
            if name in struck:
                queues[name] = rng.sample(queues[name], len(queues[name]))
            struck.add(name)
        value = {"where": queues[name].pop(0)}
        begin = number * (cadence.quiet_s + cadence.fault_s) + cadence.quiet_s
        steps += [
            sleep_until(begin),
            once(Invocation(START + name, value)),
            sleep(cadence.fault_s / 2),
            sleep_until(begin + cadence.fault_s),
            once(Invocation(STOP + name, value)),
        ]
    return on_nemesis(sequence(steps))


class Faults:
    """Carries out the schedule's actions, one at a time.

    Args:
        nemeses: by name.
        recover: returns once every node serves again.
        heal_limit_s: seconds for each heal of `heal_all`.
    """

    def __init__(
        self,
        nemeses: Mapping[str, Nemesis],
        world: World,
        target: Target,
        recover: Callable[[], Awaitable[Proof]],
        heal_limit_s: float,
    ) -> None:
        self._nemeses = nemeses
        self._world = world
        self._target = target
        self._recover = recover
        self._heal_limit_s = heal_limit_s
        self._in_force: list[str] = []

    async def perform(self, f: str, value: Any) -> Any:
        """Do `start-…`, `stop-…` or `recover`; returns the value for the end of the op."""
        if f == RECOVER:
            return _recorded({}, await self._recover())
        if f.startswith(START):
            return await self._start(f.removeprefix(START), value)
        return await self._stop(f.removeprefix(STOP), value)

    async def _start(self, name: str, value: Mapping[str, Any]) -> Any:
        self._in_force.append(name)
        try:
            proof = await self._nemeses[name].inject(self._world, self._target, value["where"])
        except NoEffect as reason:
            proof = Proof(False, str(reason))
        return _recorded(value, proof)

    async def _stop(self, name: str, value: Mapping[str, Any]) -> Any:
        # Off the list only when it is done: a heal that fails or is cut short is tried again at
        # the end, by heal_all().
        proof = await self._nemeses[name].heal()
        self._in_force.remove(name)
        return _recorded(value, proof)

    @property
    def excuses(self) -> list[Excuse]:
        """What the nemeses say that servers must not be blamed for."""
        return [e for each in self._nemeses.values() for e in getattr(each, "excuses", ())]

    async def heal_all(self) -> None:
        """Heal whatever is still in force: the run was cut short."""
        while self._in_force:
            name = self._in_force.pop()
            try:
                async with asyncio.timeout(self._heal_limit_s):
                    await self._nemeses[name].heal()
            except Exception:
                log.exception("healing %s at the end failed", name)


def _recorded(value: Mapping[str, Any], proof: Proof) -> dict[str, Any]:
    return {**value, "effective": proof.effective, "detail": proof.detail}
