"""A target on a world's nodes: brought up, watched, and taken down again."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Awaitable, Callable

from harness.proof import Proof
from harness.target import Target
from harness.worlds.world import Node, ProcessStatus, World, WorldError

log = logging.getLogger(__name__)

_ASK_S = 5.0
_POLL_S = 0.1


@contextlib.asynccontextmanager
async def limit(seconds: float, what: str) -> AsyncIterator[None]:
    """Give a phase so long and no longer; WorldError names the phase that passed its limit."""
    try:
        async with asyncio.timeout(seconds) as scope:
            yield
    except TimeoutError:
        if not scope.expired():
            raise  # somebody else's limit, or a socket's
        raise WorldError(f"{what} took longer than {seconds:g} s") from None


class Cluster:
    """The system under test, as a whole."""

    def __init__(self, world: World, target: Target) -> None:
        self.world = world
        self.target = target

    async def start(self) -> None:
        """Install and start the target on every node, and wait until each serves.

        Raises:
            WorldError: a server ended instead, with the last line it wrote.
        """
        await self._on_all(self.target.install)
        peers = list(self.world.nodes)
        await self._on_all(lambda node: self.target.start(node, peers))
        await self._on_all(self._ready)

    async def version(self) -> str:
        """What is installed; with the nodes' names where they differ."""
        found = {name: await self.target.version(node) for name, node in self.world.nodes.items()}
        if len(set(found.values())) == 1:
            return next(iter(found.values()))
        return ", ".join(f"{name}: {version}" for name, version in found.items())

    async def recover(self, seconds: float) -> Proof:
        """Wait until every node serves again."""
        begin = asyncio.get_running_loop().time()
        try:
            async with asyncio.timeout(seconds):
                await self._on_all(self._ready)
        except TimeoutError:
            return Proof(False, f"not every node served within {seconds:g} s of healing")
        except WorldError as error:
            return Proof(False, str(error))
        took = asyncio.get_running_loop().time() - begin
        return Proof(True, f"every node served {took:.1f} s after the last fault was healed")

    async def statuses(self) -> dict[str, ProcessStatus]:
        """What each node's operating system says of its server."""
        found = {}
        for name, node in self.world.nodes.items():
            try:
                async with asyncio.timeout(_ASK_S):
                    found[name] = await node.process()
            except (WorldError, TimeoutError) as error:
                log.warning("asking %s for its server's state failed: %s", name, error)
        return found

    async def logs(self) -> dict[str, bytes]:
        """The nodes' logs by `node/file`; one that can't be fetched is left out."""
        found: dict[str, bytes] = {}
        for name, node in self.world.nodes.items():
            for path in self.target.log_files(node):
                try:
                    async with asyncio.timeout(_ASK_S):
                        found[f"{name}/{path.rpartition('/')[2]}"] = await node.fetch(path)
                except (WorldError, OSError, TimeoutError) as error:
                    log.warning("fetching %s from %s failed: %s", path, name, error)
        return found

    async def _ready(self, node: Node) -> None:
        """Wait for the target's word, but not for a server that has ended."""
        waiting = asyncio.ensure_future(self.target.ready(node))
        try:
            while not waiting.done():
                status = await node.process()
                if status.state in ("exited", "absent"):
                    raise WorldError(await self._obituary(node, status))
                await asyncio.sleep(_POLL_S)
            await waiting
        finally:
            waiting.cancel()

    async def _obituary(self, node: Node, status: ProcessStatus) -> str:
        said = ""
        for path in self.target.log_files(node):
            lines = (await node.fetch(path)).decode(errors="replace").strip().splitlines()
            said = f": {lines[-1].strip()[:300]}" if lines else said
        code = "" if status.exit_code is None else f" with code {status.exit_code}"
        return (
            f"{node.name} did not come up: its {self.target.name} server {status.state}{code}{said}"
        )

    async def _on_all(self, do: Callable[[Node], Awaitable[None]]) -> None:
        """Do it on all nodes at once. The first failure ends it for all of them."""
        tasks = [asyncio.ensure_future(do(node)) for node in self.world.nodes.values()]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
