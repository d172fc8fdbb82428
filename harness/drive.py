"""The part of a test that happens on the event loop: set up, drive, heal, take down.

Whatever goes wrong ends the test early and is kept as a sentence; it never keeps the end from
happening, in which logs are fetched and everything that was made is removed.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Protocol

from harness.assembly import Parts, randomness
from harness.checker.streaming import Violation
from harness.client import Client
from harness.cluster import Cluster, limit
from harness.course import course
from harness.deeds import Deeds
from harness.generator import Generator
from harness.history import Op
from harness.interpreter import Interpreter
from harness.judge import Observed
from harness.os_error import told
from harness.spec import TestSpec
from harness.watch import Watch
from harness.worlds.world import World, WorldError, WorldSpec

log = logging.getLogger(__name__)


class Observer(Protocol):
    """Someone who watches a run, e.g. the progress line."""

    def phase(self, text: str) -> None:
        """The run has reached this phase."""

    def op(self, op: Op) -> None:
        """This op has been recorded."""


class Recorder(Protocol):
    """Where ops go; opened and closed as a context manager."""

    def append(self, op: Op) -> None:
        """Take the next op."""

    def __enter__(self) -> Recorder:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End: nothing follows."""


class Drive:
    """Steps 2 to 5 of `harness.run`.

    After `run`: what was `observed`, the faults' `deeds`, the `error` if there was one, `notes` for
    the person who started it, when it `started`, and the `watch` for a violation if there was one.
    """

    def __init__(
        self,
        spec: TestSpec,
        parts: Parts,
        open_journal: Callable[[], Recorder],
        observer: Observer,
        *,
        folder: Path = Path(),
        leave_running: bool = False,
    ) -> None:
        self._spec = spec
        self._parts = parts
        self._open_journal = open_journal
        self._folder = folder
        self._observer = observer
        self._leave_running = leave_running
        self.observed = Observed(nodes=spec.nodes)
        self.deeds = Deeds()
        self.error: str | None = None
        self.notes: list[str] = []
        self.started = datetime.now(UTC)
        self.invariants = (
            None if parts.world_class.loop_factory is None else parts.target.invariants()
        )
        self.watch: Watch | None = None
        if spec.stop_on_violation:
            self.watch = Watch(parts.workload.model, self._violated)
        self._driving: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Run the test; what goes wrong ends up in `error`, never in an exception."""
        spec = self._spec
        world: World = self._parts.world_class(
            WorldSpec(
                run_id=f"{spec.name[:40]}-{secrets.token_hex(4)}",
                nodes=tuple(spec.nodes),
                ports=self._parts.target.ports,
                folder=self._folder.resolve(),
                options={**spec.options, "say": self._observer.phase},
                seed=spec.seed,
                invariants=self.invariants,
            )
        )
        cluster = Cluster(world, self._parts.target)
        test = asyncio.create_task(self._test(cluster))
        _on_interrupt(partial(self._interrupted, test))
        try:
            await test
        except asyncio.CancelledError:
            log.warning("interrupted")
        except WorldError as error:
            self.error = str(error)
        except Exception as error:
            log.exception("the test failed")
            self.error = f"{type(error).__name__}: {error}"
            if isinstance(error, OSError) and error.filename is not None:
                self.error = told(error)
        await self._end(world, cluster)

    def _interrupted(self, test: asyncio.Task[None]) -> None:
        """End the test; a second time, do not wait for its faults to be healed either."""
        if not test.done():
            self.observed.cut_short = "interrupted before the end"
            self._observer.phase("interrupted, taking the cluster down")
            test.cancel()

    async def _test(self, cluster: Cluster) -> None:
        spec, limits = self._spec, self._spec.limits
        self._observer.phase(f"setting up {len(spec.nodes)} nodes")
        async with limit(limits.set_up_s, f"setting up the {spec.world} world"):
            await cluster.world.set_up()
        self._observer.phase(f"starting {spec.target}")
        async with limit(limits.start_s, f"starting {spec.target}"):
            await cluster.start()
            self.observed.version = await cluster.version()
        going = await course(spec, self._parts, cluster, self.deeds)
        with self._open_journal() as journal:
            interpreter = Interpreter(
                open_client=partial(self._open_client, cluster),
                nemesis=going.faults.perform,
                nodes=going.homes,
                concurrency=len(going.homes),
                record=partial(self._record, journal),
                rng=randomness(spec, "generator"),
                limits=limits.interpreter(going.patience_s),
                nemeses=going.nemeses,
            )
            self.observed.unhandled = interpreter.unhandled
            self._observer.phase("running")
            try:
                await self._drive(interpreter, going.generator)
            finally:
                await asyncio.shield(going.faults.heal_all())
                self.observed.excuses = going.faults.excuses
        self.observed.statuses = await cluster.statuses()

    async def _drive(self, interpreter: Interpreter, generator: Generator) -> None:
        """Run the generator to its end, or until the watch has seen enough."""
        self.deeds.began = asyncio.get_running_loop().time()
        self._driving = asyncio.create_task(interpreter.run(generator))
        try:
            await self._driving
        except asyncio.CancelledError:
            test = asyncio.current_task()
            stopped = self.watch is not None and self.watch.violation is not None
            if not stopped or (test is not None and test.cancelling()):
                raise

    def _violated(self, violation: Violation) -> None:
        """Nothing that the clients still do could make it better: stop them at once."""
        why = f"stopped at a violation: {violation}"
        self.observed.cut_short = why
        self.notes.append(why)
        self._observer.phase(why)
        if self._driving is not None:
            self._driving.cancel()

    async def _open_client(self, cluster: Cluster, node: str, process: int) -> Client:
        factory = cluster.target.offers[self._parts.workload.needs]
        return await factory(cluster.world.nodes[node], f"p{process}")

    def _record(self, journal: Recorder, op: Op) -> None:
        journal.append(op)
        self._observer.op(op)
        if self.watch is not None:
            self.watch.op(op)
        if not isinstance(op.process, int):
            log.info("%s %s %s", op.f, op.value, op.error or "")

    async def _end(self, world: World, cluster: Cluster) -> None:
        """Step 5. Nothing in it may keep the rest of it from happening."""
        limits = self._spec.limits
        stopped = self.watch is not None and self.watch.violation is not None
        why = f"{self.observed.cut_short}; " if stopped else ""
        self._observer.phase(f"{why}keeping logs, taking the cluster down")
        try:
            self.observed.logs = await cluster.logs()
        except Exception:
            log.exception("fetching the logs failed")
        keep = self._leave_running and self.error is None and self.observed.cut_short is None
        try:
            async with limit(limits.tear_down_s, f"taking the {self._spec.world} world down"):
                reach = await world.tear_down(leave_running=keep)
            if reach:
                self.notes.append(reach)
        except Exception as error:
            log.exception("taking the world down failed")
            self.error = self.error or f"{error}; `splitbrain clean` removes what is left"


def _on_interrupt(call: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, call)
