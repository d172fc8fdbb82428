"""The life of one test.

1. A folder, with the whole resolved test in it.
2. A world is set up, the target installed and started on its nodes; each must serve.
3. Clients run the workload while the nemesis strikes; every op is in the history as it happens.
4. Every fault is healed, the cluster recovers, and the workload's last reads run.
5. Logs are kept and the world is taken down, whatever has happened before.
6. The history is judged, and the results written.
7. The reports are drawn.

Steps 2 to 4 have time limits. An error or an interrupt in them ends them, but not the steps after:
what was recorded is judged, and nothing is left running.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
import signal
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any, Protocol

import msgspec

from harness import exit_codes, plugins
from harness.assembly import Parts, assemble, randomness
from harness.client import Client
from harness.cluster import Cluster, limit
from harness.faults import RECOVER, Faults, schedule
from harness.generator import (
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
from harness.history import MalformedHistory, Op
from harness.history.journal import Journal
from harness.interpreter import Interpreter
from harness.judge import Observed, judge
from harness.run_folder import RunFolder
from harness.spec import TestSpec
from harness.worlds.world import World, WorldError, WorldSpec

log = logging.getLogger(__name__)


class Observer(Protocol):
    """Someone who watches a run, e.g. the progress line."""

    def phase(self, text: str) -> None:
        """The run has reached this phase."""

    def op(self, op: Op) -> None:
        """This op has been recorded."""


@dataclass
class RunResult:
    """A finished run. `notes` are lines for the person who started it."""

    folder: RunFolder
    results: dict[str, Any]
    exit_code: int
    notes: list[str] = field(default_factory=list)


def run_test(
    spec: TestSpec, out: Path, observer: Observer, *, leave_running: bool = False
) -> RunResult:
    """Run one test from beginning to end.

    Raises:
        UnknownName, SpecError: the test can't be; nothing has been started or written.
        OSError: the run's folder can't be made.
    """
    parts = assemble(spec)
    folder = RunFolder.create(out, spec.name, datetime.now(UTC))
    folder.write_spec(msgspec.to_builtins(spec) | {"model": parts.workload.model.name})
    handler = logging.FileHandler(folder.log_file)
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    root = logging.getLogger()
    root.addHandler(handler)
    level, root.level = root.level, logging.INFO
    try:
        drive = _Drive(spec, parts, folder, observer, leave_running)
        asyncio.run(drive.run())
        return _conclude(spec, parts, folder, observer, drive)
    finally:
        root.level = level
        root.removeHandler(handler)
        handler.close()


class _Drive:
    """Steps 2 to 5: everything that happens on the event loop."""

    def __init__(
        self,
        spec: TestSpec,
        parts: Parts,
        folder: RunFolder,
        observer: Observer,
        leave_running: bool,
    ) -> None:
        self._spec = spec
        self._parts = parts
        self._folder = folder
        self._observer = observer
        self._leave_running = leave_running
        self.observed = Observed()
        self.error: str | None = None
        self.notes: list[str] = []
        self.started = datetime.now(UTC)

    async def run(self) -> None:
        """Run the test; what goes wrong ends up in `error`, never in an exception."""
        spec = self._spec
        world: World = self._parts.world_class(
            WorldSpec(
                run_id=f"{spec.name[:40]}-{secrets.token_hex(4)}",
                nodes=tuple(spec.nodes),
                ports=self._parts.target.ports,
                folder=self._folder.path.resolve(),
                options={**spec.options, "say": self._observer.phase},
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
        await self._end(world, cluster)

    def _interrupted(self, test: asyncio.Task[None]) -> None:
        if self.observed.cut_short is None:
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
        faults = Faults(
            self._parts.nemeses,
            cluster.world,
            cluster.target,
            partial(cluster.recover, limits.recovery_s),
        )
        with Journal(self._folder.history_file) as journal:
            interpreter = Interpreter(
                open_client=partial(self._open_client, cluster),
                nemesis=faults.perform,
                nodes=tuple(spec.nodes),
                concurrency=spec.concurrency,
                record=partial(self._record, journal),
                rng=randomness(spec, "generator"),
                limits=limits.interpreter(),
            )
            self.observed.unhandled = interpreter.unhandled
            self._observer.phase("running")
            try:
                await interpreter.run(self._generator())
            finally:
                await asyncio.shield(faults.heal_all())
        self.observed.statuses = await cluster.statuses()

    def _generator(self) -> Generator:
        spec, workload = self._spec, self._parts.workload
        gap = 1 / spec.rate
        places, rng = self._parts.places, randomness(spec, "schedule")
        return phases(
            any_of(
                clients(time_limit(spec.time_limit, stagger(gap, workload.generator))),
                schedule(places, spec.cadence, spec.time_limit, rng),
            ),
            on_nemesis(once(Invocation(RECOVER))),
            clients(stagger(gap, workload.final)),
        )

    async def _open_client(self, cluster: Cluster, node: str, process: int) -> Client:
        factory = cluster.target.offers[self._parts.workload.needs]
        return await factory(cluster.world.nodes[node], f"p{process}")

    def _record(self, journal: Journal, op: Op) -> None:
        journal.append(op)
        self._observer.op(op)
        if not isinstance(op.process, int):
            log.info("%s %s %s", op.f, op.value, op.error or "")

    async def _end(self, world: World, cluster: Cluster) -> None:
        """Step 5. Nothing in it may keep the rest of it from happening."""
        limits = self._spec.limits
        self._observer.phase("keeping logs, taking the cluster down")
        try:
            self.observed.logs = await cluster.keep_logs(self._folder)
        except Exception:
            log.exception("keeping the logs failed")
        keep = self._leave_running and self.error is None and self.observed.cut_short is None
        try:
            async with limit(limits.tear_down_s, f"taking the {self._spec.world} world down"):
                reach = await world.tear_down(leave_running=keep)
            if reach:
                self.notes.append(reach)
        except Exception as error:
            log.exception("taking the world down failed")
            self.error = self.error or f"{error}; `splitbrain clean` removes what is left"


def _conclude(
    spec: TestSpec, parts: Parts, folder: RunFolder, observer: Observer, drive: _Drive
) -> RunResult:
    """Steps 6 and 7."""
    observer.phase("checking")
    if drive.error is not None:
        drive.observed.cut_short = drive.error
    about = {
        "name": spec.name,
        "target": spec.target,
        "target_version": spec.version,
        "world": spec.world,
        "workload": spec.workload,
        "nemesis": spec.nemesis,
        "seed": spec.seed,
        "nodes": spec.nodes,
        "bugs": spec.bugs,
        "started": drive.started.isoformat(timespec="milliseconds"),
        "duration_s": spec.time_limit,
        "command": spec.command,
        "folder": str(folder.path),
    }
    history = _recorded(folder)
    try:
        # A cluster that never came up says nothing of the store, whatever stands in its logs.
        found = _judged(spec, parts, drive, history) if history else _nothing(drive.error)
        results = about | found
    except KeyboardInterrupt:
        reason = f"the check was interrupted; `splitbrain check {folder.path}` repeats it"
        results = about | {"valid": "unknown", "reason": reason, "checks": {}, "stats": {}}
    folder.write_results(results)
    observer.phase("drawing reports")
    notes = [*drive.notes, *draw(folder)]
    code = exit_codes.of(results["valid"])
    if drive.error is not None and code != exit_codes.INVALID:
        code = exit_codes.FAILED
    return RunResult(folder, results, code, notes)


def _judged(spec: TestSpec, parts: Parts, drive: _Drive, history: list[Op]) -> dict[str, Any]:
    return judge(
        history,
        parts.workload.model,
        drive.observed,
        nemeses=list(parts.nemeses),
        log_patterns=parts.target.log_patterns,
        time_limit_s=spec.limits.check_s,
    )


def _nothing(error: str | None) -> dict[str, Any]:
    reason = error or "no operation was invoked"
    return {"valid": "unknown", "reason": reason, "checks": {}, "stats": {}}


def _recorded(folder: RunFolder) -> list[Op]:
    try:
        return folder.history()
    except (OSError, MalformedHistory) as error:
        log.info("no history to judge: %s", error)
        return []


def draw(folder: RunFolder) -> list[str]:
    """Draw every report anew; returns a line for each that failed, which changes no verdict."""
    failed: list[str] = []
    reports = {name: plugins.load("report", name) for name in plugins.names("report")}
    for name in sorted(reports, key=lambda name: reports[name].draws_last):
        try:
            reports[name]().write(folder)
        except Exception as error:
            log.exception("report %s failed", name)
            failed.append(f"report {name} failed: {type(error).__name__}: {error}")
    return failed


def _on_interrupt(call: Callable[[], None]) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, call)
