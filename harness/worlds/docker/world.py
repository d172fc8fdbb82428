"""The docker world: make the nodes, cut their links, take everything away again."""

from __future__ import annotations

import asyncio
import logging
import threading
from collections.abc import Callable, Collection, Mapping
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from docker import DockerClient

from harness.proof import Proof
from harness.worlds.docker import cleanup, container, doctor, engine, image, labels
from harness.worlds.docker.firewall import Firewall
from harness.worlds.docker.keyring import Keyring
from harness.worlds.docker.node import DockerNode
from harness.worlds.docker.shell import Shell
from harness.worlds.world import Diagnosis, Link, Node, WorldError, WorldSpec

Result = TypeVar("Result")

STEP_LIMIT = 60
"""Seconds for a step of set-up or tear-down that usually takes one."""
IMAGE_LIMIT = 2 * image.BUILD_LIMIT
"""Seconds for the node image, which is built the first time: a minute, or more on a slow line."""

_log = logging.getLogger(__name__)


class DockerWorld:
    """Nodes in containers on a network of their own."""

    name = "docker"
    faults = frozenset({"cut", "kill", "pause"})
    loop_factory = None

    def __init__(self, spec: WorldSpec) -> None:
        self.spec = spec
        self._containers: dict[str, DockerNode] = {}
        for name in spec.nodes:
            self._containers[name] = DockerNode(name, spec.ports, self._containers, self.blocking)
        self.nodes: Mapping[str, Node] = dict(self._containers)
        self._firewall = Firewall(self._containers)
        self._keyring = Keyring(spec.folder / ".ssh", spec.nodes)
        self._labels = labels.mine(spec.run_id)
        self._network = labels.network_name(spec.run_id)
        self._client: DockerClient | None = None
        self._image = ""
        self._stop = threading.Event()
        self._pool = ThreadPoolExecutor(4 * len(spec.nodes) + 4, "splitbrain-docker")
        self._ready = False

    async def set_up(self) -> None:
        """Make the nodes, ready for `upload` and `start`. Raises WorldError."""
        await self._step("reaching the Docker engine", self._connect)
        await self._step("removing what crashed runs left", self._remove_dead)
        ensure_image = partial(self._ensure_image, self._teller())
        await self._step("making the node image", ensure_image, IMAGE_LIMIT)
        await self._step("making the network", self._make_network)
        await asyncio.gather(
            *(self._step(f"making {name}", partial(self._make, name)) for name in self.nodes)
        )
        await self._firewall.install()
        places = {name: node.place.ssh for name, node in self._containers.items()}
        await self.blocking(lambda: self._keyring.write(places))
        self._ready = True

    async def tear_down(self, *, leave_running: bool = False) -> str | None:
        """Remove everything; or, with `leave_running`, heal, keep it and tell how to reach it."""
        farewell = None
        if leave_running and self._ready:
            await self.cut([])
            await self._step("keeping the nodes", self._keep)
            farewell = self._keyring.farewell(self._containers, self.spec.run_id)
        self._ready = False
        self._stop.set()
        await asyncio.to_thread(self._finish, remove=farewell is None)
        return farewell

    async def cut(self, links: Collection[Link]) -> None:
        """Drop on each dst what comes from src. Replaces what was cut before."""
        await self._firewall.cut(links)

    async def prove_cut(self, links: Collection[Link]) -> Proof:
        """Measure on each dst that packets from src are dropped."""
        return await self._firewall.prove_cut(links)

    async def prove_open(self, links: Collection[Link]) -> Proof:
        """Measure on each dst that packets from src get through."""
        return await self._firewall.prove_open(links)

    async def blocking(self, call: Callable[[], Result], /) -> Result:
        """Run a call that blocks on a thread, and return on the loop's."""
        if self._stop.is_set():
            raise WorldError("the docker world is torn down: make a new one")
        return await asyncio.get_running_loop().run_in_executor(self._pool, call)

    @staticmethod
    async def diagnose() -> list[Diagnosis]:
        """Tell what this machine has and lacks for this world: engine, image, iptables."""
        return await asyncio.to_thread(doctor.diagnose)

    @staticmethod
    async def clean(*, everything: bool) -> list[str]:
        """Remove what dead and kept runs have on the engine; with `everything`, images as well."""
        return await asyncio.to_thread(_clean, everything)

    async def _step(
        self, what: str, call: Callable[[], Result], limit: float = STEP_LIMIT
    ) -> Result:
        try:
            return await asyncio.wait_for(self.blocking(call), limit)
        except TimeoutError as error:
            raise WorldError(
                f"{what} took more than {limit:g} s: is this machine or the engine overloaded?"
            ) from error

    def _teller(self) -> image.Say:
        # Whoever watches the run watches from the loop's thread.
        loop = asyncio.get_running_loop()
        watcher = self.spec.options.get("say", _log.info)

        def say(text: str) -> None:
            loop.call_soon_threadsafe(watcher, text)

        return say

    # The steps, on a thread each.

    def _connect(self) -> None:
        self._client = engine.connect()

    def _engine(self) -> DockerClient:
        assert self._client is not None
        return self._client

    def _remove_dead(self) -> None:
        for what in cleanup.remove_dead(self._engine()):
            _log.info("removed what a crashed run left: %s", what)

    def _ensure_image(self, say: image.Say) -> None:
        self._image = image.ensure_image(self._engine(), say, self._stop).tag

    def _make_network(self) -> None:
        with engine.asked_to("making the network (`splitbrain clean` removes old ones)"):
            self._engine().networks.create(self._network, driver="bridge", labels=self._labels)

    def _make(self, name: str) -> None:
        if self._stop.is_set():
            return
        ports = self.spec.ports
        place = container.make(
            self._engine(),
            name=labels.container_name(self.spec.run_id, name),
            hostname=name,
            image=self._image,
            network=self._network,
            ports={number for port, number in ports.items() if port.startswith("client")},
            labels={**self._labels, labels.NODE: name},
            files=self._keyring.files(name),
        )
        login, host = self._keyring.login, self._keyring.hosts[name]
        shell = Shell.connect(name, place.ssh, login, host, self._stop)
        self._containers[name].arrive(place, shell)

    def _keep(self) -> None:
        cleanup.keep(self._engine(), self._labels)

    def _finish(self, *, remove: bool) -> None:
        # Twice: once the nodes are gone, whoever still works for this world soon ends; and what was
        # made until then goes in the second round, and the network, which it might still be on.
        for wait, clear in ((False, cleanup.remove_nodes), (True, cleanup.remove_run)):
            self._pool.shutdown(wait=wait, cancel_futures=True)
            for node in self._containers.values():
                node.leave()
            if remove and self._client is not None:
                clear(self._client, self._labels)
        if self._client is not None:
            self._client.close()
            self._client = None
        if remove:
            self._keyring.delete()


def _clean(everything: bool) -> list[str]:
    client = engine.connect()
    try:
        return cleanup.clean(client, everything=everything)
    finally:
        client.close()
