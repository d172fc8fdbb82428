"""What came of each fault: the plan's actions are carried out by the nemesis plugins.

Their proofs are recorded as the value of the op's end::

    {"where": "halves", "effective": true, "detail": "n1 n4 | n2 n3 n5: 12 links held 3400 bytes"}
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from harness.checks.excuse import Excuse
from harness.history.faults import RECOVER, START, STOP
from harness.nemesis import Nemesis, NoEffect
from harness.proof import Proof
from harness.target import Target
from harness.worlds.world import World

log = logging.getLogger(__name__)


class Faults:
    """Carries out the schedule's actions: those of one kind one at a time, those of several lanes
    side by side.

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
