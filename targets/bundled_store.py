"""What the bundled stores have in common as systems under test: bring one onto a node, start it,
ask how it is. They differ in the protocol that keeps their log.

Nothing is kept about a node here: what there is to know is on the node, or in its status.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from pathlib import Path
from signal import SIGCONT, SIGKILL, SIGTERM
from typing import Any

from harness.client import ClientFactory, DidNotHappen, Indeterminate
from harness.env import Env
from harness.invariants import Invariants
from harness.spec import OptionError
from harness.target import Bug, Order, Status
from harness.worlds.world import Address, Node
from targets.bundled_client import BundledClient, Channel
from targets.bundled_offers import OFFERS
from targets.store import VERSION
from targets.store.node import Node as StoreNode
from targets.store.protocols import PROTOCOLS, start_node
from targets.store.settings import arguments, must_suit, settings

ANSWER_LIMIT = 2.0
STOP_LIMIT = 5.0
POLL = 0.05

_ROOT = Path(__file__).parent.parent


class BundledStore:
    """See `harness.target.Target`. Options are those of `targets.store.settings`; the ones that a
    planted bug needs to show are set with it, unless they are given.

    A subclass says which protocol it is: `name`, `bugs`, `points` and `invariants`.
    """

    name: str
    worlds = frozenset({"local", "docker", "sim"})
    bugs: Sequence[Bug]
    ports: Mapping[str, int] = {"client": 7000, "peer": 7001}
    offers: Mapping[str, ClientFactory] = {
        name: partial(BundledClient.open, offer=offer) for name, offer in OFFERS.items()
    }
    probe: Sequence[Any] = ("kv", "read", "ready")
    """A read that a node which serves answers."""
    points: Sequence[str]
    log_patterns: Sequence[str] = (r"Traceback \(most recent call last\)", r"\bfatal\b")

    def __init__(
        self,
        *,
        version: str | None = None,
        bugs: Sequence[str] = (),
        options: Mapping[str, Any] = {},
    ) -> None:
        if version not in (None, VERSION):
            raise ValueError(
                f"{self.name} comes with splitbrain in version {VERSION}, not {version}"
            )
        PROTOCOLS[self.name].named(bugs)
        self._flags = tuple(bugs)
        planted = [bug.options for bug in self.bugs if bug.flag in self._flags]
        self.options = {k: v for given in (*planted, options) for k, v in given.items()}
        try:
            self._settings = settings(self.options, self.name)
        except ValueError as error:
            raise OptionError(f"{self.name}: {error}") from None

    def must_suit(self, nodes: Sequence[str]) -> None:
        """See `harness.target.Particular`."""
        try:
            must_suit(self._settings, nodes)
        except ValueError as error:
            raise OptionError(f"{self.name}: {error}") from None

    async def install(self, node: Node) -> None:
        """Upload the sources of everything that runs on a node."""
        await node.upload(_sources())

    async def start(self, node: Node, peers: Sequence[str]) -> None:
        """Start the node's process."""
        argv = [node.python, "-m", "targets.store", "--name", node.name, "--protocol", self.name]
        argv += ["--client", _text(node.bind("client")), "--listen", _text(node.bind("peer"))]
        for peer in peers:
            if peer != node.name:
                argv += ["--peer", f"{peer}={_text(node.reach(peer, 'peer'))}"]
        for flag in self._flags:
            argv += ["--bug", flag]
        argv += arguments(self.options)
        argv += ["--data", f"{node.home}/data"]
        main = partial(self._begin, [peer for peer in peers if peer != node.name])
        await node.start(argv, {"PYTHONPATH": f"{node.home}/app"}, main)

    def _begin(self, peers: Sequence[str], env: Env, log: Callable[[str], None]) -> StoreNode:
        """`targets.store.__main__` for a simulated node."""
        log(f"start version={VERSION} protocol={self.name} bugs={','.join(self._flags) or 'none'}")
        return start_node(env, tuple(peers), self.name, self._settings, self._flags, log)

    def invariants(self) -> Invariants | None:
        """See `harness.target.Target`."""
        return None

    async def stop(self, node: Node) -> None:
        """Ask the process to end; a paused one must wake for that."""
        await node.signal(SIGTERM)
        await node.signal(SIGCONT)
        try:
            async with asyncio.timeout(STOP_LIMIT):
                await self._end(node)
        except TimeoutError:
            await node.signal(SIGKILL)

    async def _end(self, node: Node) -> None:
        while True:
            if (await node.process()).state not in ("running", "paused"):
                return
            await asyncio.sleep(POLL)

    async def wipe(self, node: Node) -> None:
        """Delete the node's journal."""
        await node.wipe("data")

    async def ready(self, node: Node) -> None:
        """Return once the node has answered a linearizable read. One that began outside the members
        has nobody to ask until it is added: that it answers is enough.
        """
        while True:
            try:
                if self._settings.initial and not await self._is_member(node):
                    return
                async with asyncio.timeout(ANSWER_LIMIT):
                    client = await BundledClient.open(node, "ready")
                    try:
                        await client.ask(list(self.probe), False)
                        return
                    finally:
                        await client.close()
            except (ConnectionError, TimeoutError, DidNotHappen, Indeterminate):
                await asyncio.sleep(POLL)

    async def _is_member(self, node: Node) -> bool:
        status = await self.observe(node)
        return node.name in (*status.voters, *status.learners)

    async def observe(self, node: Node) -> Status:
        """What the node says of itself."""
        status = (await self._ask(node, {"type": "status"}))["ok"]
        return Status(
            role=status["role"],
            term=status["term"],
            commit=status["commit"],
            applied=status["applied"],
            leader=status["leader"],
            heard=status["heard"],
            voters=tuple(status["voters"]),
            learners=tuple(status["learners"]),
            changing=status["changing"],
        )

    async def administer(self, node: Node, order: Order) -> str | None:
        """See `harness.target.Administered`."""
        answer = await self._ask(node, {"type": "admin", "do": [order.action, order.server]})
        return None if "ok" in answer else str(answer.get("refused") or answer.get("unknown"))

    async def _ask(self, node: Node, request: dict[str, Any]) -> dict[str, Any]:
        """Ask over a connection of its own, so that it never waits behind a client."""
        async with asyncio.timeout(ANSWER_LIMIT):
            channel = Channel(await node.dial("client"))
            try:
                channel.send(request)
                return await channel.answer()
            finally:
                channel.close()

    async def primaries(self, nodes: Sequence[Node]) -> list[str]:
        """Nodes in the leader's role, the one of the highest term first."""
        seen = await asyncio.gather(*map(self.observe, nodes), return_exceptions=True)
        leaders = []
        for node, status in zip(nodes, seen, strict=True):
            if isinstance(status, Status):
                if status.role == "leader":
                    leaders.append((-status.term, node.name))
            elif not isinstance(status, ConnectionError | TimeoutError):
                raise status
        return [name for _, name in sorted(leaders)]

    def log_files(self, node: Node) -> Sequence[str]:
        """The process' own log."""
        return ("server.log",)

    async def version(self, node: Node) -> str:
        """The version that was uploaded."""
        return (await node.fetch("app/VERSION")).decode()


@cache
def _sources() -> dict[str, bytes]:
    """Everything that runs on a node, by its path there."""
    sources = [_ROOT / "harness" / "__init__.py", _ROOT / "harness" / "env.py"]
    sources.append(_ROOT / "targets" / "__init__.py")
    sources.extend(sorted((_ROOT / "targets" / "store").rglob("*.py")))
    files = {f"app/{path.relative_to(_ROOT).as_posix()}": path.read_bytes() for path in sources}
    return {**files, "app/VERSION": VERSION.encode()}


def _text(address: Address) -> str:
    return f"{address.host}:{address.port}"
