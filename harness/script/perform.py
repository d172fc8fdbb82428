"""Carries a script's faults out: each at its time, with its proof measured beside what follows.

::

    step 3 is due   acted                        mended at step 5
         │ breaking … │ measuring its effect …      │ held? · mending … │ measuring that … │
         └────────────┘─────────── in force ────────┘                   └──── undone ──────┘

A fault that is mended before its effect could be measured is not proven: the verdict says so.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from harness.checks.excuse import Excuse
from harness.history.faults import RECOVER, START, STOP
from harness.proof import Proof
from harness.script.breakers import Breaker, make
from harness.script.plan import Plan
from harness.script.stage import Stage
from harness.target import Target
from harness.worlds.world import World

log = logging.getLogger(__name__)


class _Running:
    """A fault between its beginning and its end."""

    def __init__(self, breaker: Breaker) -> None:
        self.breaker = breaker
        self.acted = asyncio.Event()
        self.told = asyncio.Event()
        """Set once its beginning's op is about to end."""
        self.since = 0.0
        self.measuring: asyncio.Task[Proof] | None = None


class ScriptFaults:
    """See `harness.faults.Faults`, which does the same for nemeses.

    Args:
        plan: the script's.
        cast: for each part (`leader`, …) the node that plays it.
        recover: returns once every node serves again.
        heal_limit_s: seconds for each fault that `heal_all` mends.
    """

    def __init__(
        self,
        plan: Plan,
        cast: Mapping[str, str],
        world: World,
        target: Target,
        recover: Callable[[], Awaitable[Proof]],
        heal_limit_s: float,
    ) -> None:
        self._begins = {trouble.name: trouble.begins for trouble in plan.troubles}
        self._stage = Stage(world, target, plan.nodes, cast, plan.last)
        self._recover = recover
        self._heal_limit_s = heal_limit_s
        self._running: dict[str, _Running] = {}

    @property
    def excuses(self) -> Sequence[Excuse]:
        """What the steps say that servers must not be blamed for."""
        return self._stage.excuses

    async def perform(self, f: str, value: Any) -> Any:
        """Do `start-…`, `stop-…` or `recover`; returns the value for the end of the op."""
        if f == RECOVER:
            return _recorded({}, await self._recover())
        if f.startswith(START):
            return await self._start(f.removeprefix(START), value)
        return await self._stop(f.removeprefix(STOP), value)

    async def _start(self, name: str, value: Mapping[str, Any]) -> Any:
        loop = asyncio.get_running_loop()
        asked = loop.time()
        running = self._running[name] = _Running(make(self._begins[name], self._stage))
        try:
            await running.breaker.act()
        finally:
            running.since = loop.time()
            running.acted.set()
        running.measuring = asyncio.ensure_future(running.breaker.measure())
        try:
            proof = await self._measured(running)
        finally:
            running.told.set()  # also where it took too long: its end must not wait for ever
        return _recorded({**value, "after_s": round(running.since - asked, 6)}, proof)

    async def _measured(self, running: _Running) -> Proof:
        """The proof of its effect; none if it is mended before there is one."""
        assert running.measuring is not None
        try:
            return await running.measuring
        except asyncio.CancelledError:
            task = asyncio.current_task()
            if task is None or task.cancelling():
                running.measuring.cancel()
                raise
            lasted = asyncio.get_running_loop().time() - running.since
            return Proof(False, f"it was mended after {lasted:.2f} s, before it was measured")

    async def _stop(self, name: str, value: Mapping[str, Any]) -> Any:
        running = self._running[name]
        await running.acted.wait()
        if running.measuring is not None:
            running.measuring.cancel()
            await running.told.wait()
        held = await running.breaker.held()
        await running.breaker.mend()
        del self._running[name]  # only now: one that failed half-way is mended by heal_all()
        return _recorded(value, Proof.every([held, await running.breaker.measure_mended()]))

    async def heal_all(self) -> None:
        """Mend whatever is still broken: the run was cut short."""
        while self._running:
            name, running = self._running.popitem()
            try:
                async with asyncio.timeout(self._heal_limit_s):
                    await running.breaker.mend()
            except Exception:
                log.exception("mending %s at the end failed", name)


def _recorded(value: Mapping[str, Any], proof: Proof) -> dict[str, Any]:
    return {**value, "effective": proof.effective, "detail": proof.detail}
