"""The keeper: a process of its own that holds a run's links and nodes, and ends them with itself.

The controller talks to it in JSON lines over its standard input and output. When that input ends,
because the run is over or because the controller crashed, the keeper kills every node and exits; so
nothing is left running, whatever happens to the controller::

    controller ──{"id": 3, "do": "cut", "links": [["n1", "n2"]]}──▶ keeper ─┬─ n1
               ◀──────────────{"id": 3, "ok": null}────────────────         ├─ n2
                                                                            └─ n3
A node is the keeper's own child, so its process number can't be used again while it is in doubt.
Started as `python -m harness.worlds.local.keeper RUN_ID`; the run's id is for people who look at
a list of processes.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import os
import signal
import sys
from pathlib import Path
from typing import Any

from harness.worlds.local import leftovers
from harness.worlds.local.links import Fabric
from harness.worlds.processes import birth, is_paused, mine
from harness.worlds.world import Address, Link

Json = Any


class Keeper:
    """The commands of the controller, one method each."""

    def __init__(self, run_id: str, owner: str) -> None:
        self._fabric = Fabric()
        self._servers: dict[str, asyncio.subprocess.Process] = {}
        self._record = leftovers.Record(run_id=run_id, owner=owner, keeper=mine())
        self.over = asyncio.Event()
        leftovers.save(self._record)

    async def listen(self, src: str, dst: str, host: str, port: int) -> Json:
        """Open the proxy of a link; returns the address to dial."""
        return await self._fabric.listen(Link(src, dst), Address(host, port))

    async def cut(self, links: list[list[str]]) -> Json:
        """Cut exactly these links."""
        self._fabric.cut([Link(*link) for link in links])

    async def traffic(self, links: list[list[str]]) -> Json:
        """Bytes delivered and held on each link since the start."""
        found = [self._fabric.traffic[Link(*link)] for link in links]
        return [[traffic.delivered, traffic.held] for traffic in found]

    async def start(
        self, node: str, argv: list[str], env: dict[str, str], home: str, log: str
    ) -> Json:
        """Start a node's server in its own session; returns its process number."""
        with Path(log).open("ab") as out:
            server = await asyncio.create_subprocess_exec(
                *argv,
                env={**os.environ, **env},
                cwd=home,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=out,
                stderr=out,
                start_new_session=True,
            )
        self._servers[node] = server
        self._record.servers[node] = f"{server.pid}:{birth(server.pid)}"
        leftovers.save(self._record)
        return server.pid

    async def signal(self, node: str, number: int) -> Json:
        """Signal a node's process group; nothing when it is not running."""
        server = self._servers.get(node)
        if server is not None and server.returncode is None:
            _signal_group(server.pid, number)
            if number == signal.SIGKILL:
                await server.wait()

    async def status(self, node: str) -> Json:
        """State, process number and exit code of a node's server."""
        server = self._servers.get(node)
        if server is None:
            return ["absent", None, None]
        if server.returncode is not None:
            return ["exited", server.pid, server.returncode]
        return ["paused" if is_paused(server.pid) else "running", server.pid, None]

    async def keep(self) -> Json:
        """From now on live on when the controller is gone, until `splitbrain clean`."""
        self._record.kept = True
        leftovers.save(self._record)

    async def end(self) -> Json:
        """Kill every node, and be over."""
        for server in self._servers.values():
            # Only while it is our child: the number of one that has ended may be somebody else's.
            if server.returncode is None:
                _signal_group(server.pid, signal.SIGKILL)
        for server in self._servers.values():
            await server.wait()
        self._fabric.close()
        leftovers.forget(self._record)
        self.over.set()

    async def serve(self, commands: asyncio.StreamReader) -> None:
        """Answer commands until the input ends; then end too, unless told to keep the cluster."""
        try:
            while line := await commands.readline():
                answer = await self._answer(json.loads(line))
                os.write(1, json.dumps(answer).encode() + b"\n")
        except BrokenPipeError:
            pass  # the controller is gone, as when its end of the input is closed
        finally:
            if not self._record.kept and not self.over.is_set():
                await self.end()

    async def _answer(self, request: Json) -> Json:
        try:
            call = getattr(self, request["do"])
            return {"id": request["id"], "ok": await call(*request["args"])}
        except Exception as error:  # whatever it is, the keeper lives on to end its nodes
            return {"id": request["id"], "error": f"{type(error).__name__}: {error}"}


def _signal_group(pid: int, number: int) -> None:
    # Gone already is fine (macOS reports a group of zombies as not permitted).
    with contextlib.suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, number)


async def _main(run_id: str, owner: str) -> None:
    loop = asyncio.get_running_loop()
    keeper = Keeper(run_id, owner)
    ending: list[asyncio.Task[Json]] = []
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, lambda: ending.append(loop.create_task(keeper.end())))
    commands = asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(commands), sys.stdin)
    serving = loop.create_task(keeper.serve(commands))
    await keeper.over.wait()
    serving.cancel()


if __name__ == "__main__":
    asyncio.run(_main(*sys.argv[1:]))
