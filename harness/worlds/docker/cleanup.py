"""Find and remove what runs have left on the engine, and touch nothing that somebody still uses.

=============================  ===============  ==================  ========================
what                           at each set-up   `splitbrain clean`  `splitbrain clean --all`
=============================  ===============  ==================  ========================
a run whose owner is dead      removed          removed             removed
a run that was left running    stays            removed             removed
a run of a live owner          stays            stays               stays
node images not in use         stay             stay                removed
=============================  ===============  ==================  ========================

A run that another machine made on a shared engine counts as live: from here nobody can tell.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from docker import DockerClient
from docker.errors import APIError, NotFound

from harness.worlds.docker import engine, labels
from harness.worlds.docker.labels import Owner
from harness.worlds.world import WorldError

REMOVE_LIMIT = 20
"""Seconds for one container or network to go."""


@dataclass
class Leftover:
    """What the engine has of one run."""

    run_id: str
    owned_by: str
    containers: list[dict[str, Any]] = field(default_factory=list)
    networks: list[dict[str, Any]] = field(default_factory=list)

    @property
    def owner(self) -> Owner:
        """Whether the process that made it still lives."""
        return labels.judge(self.owned_by)

    @property
    def kept(self) -> bool:
        """Whether it was left running on purpose."""
        return any(labels.is_kept(_name(container)) for container in self.containers)

    def __str__(self) -> str:
        """Say what it is, for people."""
        return (
            f"run {self.run_id}: {len(self.containers)} container(s),"
            f" {len(self.networks)} network(s)"
        )


def find(client: DockerClient) -> list[Leftover]:
    """Return all that any run has on the engine, by run."""
    found: dict[tuple[str, str], Leftover] = {}

    def of(thing: dict[str, Any]) -> Leftover:
        run_id, owner = thing["Labels"][labels.RUN], thing["Labels"].get(labels.OWNER, "")
        key = (run_id, owner)
        if key not in found:
            found[key] = Leftover(run_id, owner)
        return found[key]

    ours = {"label": labels.RUN}
    with engine.asked_to("looking for what earlier runs left"):
        for container in client.api.containers(all=True, filters=ours):
            of(container).containers.append(container)
        for network in client.api.networks(filters=ours):
            of(network).networks.append(network)
    return list(found.values())


def remove_dead(client: DockerClient) -> list[str]:
    """Remove what crashed runs left; return what that was. Kept runs stay."""
    return remove(client, [run for run in find(client) if run.owner is Owner.DEAD and not run.kept])


def clean(client: DockerClient, *, everything: bool = False) -> list[str]:
    """Remove dead runs and kept ones; with `everything`, the node images too."""
    removed = remove(client, [run for run in find(client) if run.kept or run.owner is Owner.DEAD])
    return removed + (remove_images(client) if everything else [])


def remove_run(client: DockerClient, made: Mapping[str, str]) -> None:
    """Remove everything that carries these labels of `labels.mine`."""
    remove(client, _of(client, made))


def remove_nodes(client: DockerClient, made: Mapping[str, str]) -> None:
    """Remove the containers that carry these labels, while others may still be on their way."""
    _remove_containers(client, _of(client, made))


def keep(client: DockerClient, made: Mapping[str, str]) -> None:
    """Mark what carries these labels of `labels.mine` as left running on purpose."""
    with engine.asked_to("keeping the nodes"):
        for run in _of(client, made):
            for container in run.containers:
                client.api.rename(container["Id"], labels.kept_name(_name(container)))


def _of(client: DockerClient, made: Mapping[str, str]) -> list[Leftover]:
    # The owner counts too: should another process use the same run's name, its nodes are not ours.
    wanted = (made[labels.RUN], made[labels.OWNER])
    return [run for run in find(client) if (run.run_id, run.owned_by) == wanted]


def remove(client: DockerClient, runs: Iterable[Leftover]) -> list[str]:
    """Remove these runs' containers, then their networks; return what that was."""
    runs = list(runs)
    if not runs:
        return []
    _remove_containers(client, runs)
    # A network goes only when nothing is on it.
    for network in [network for run in runs for network in run.networks]:
        _remove_network(client, network)
    return [str(run) for run in runs]


def _remove_containers(client: DockerClient, runs: Iterable[Leftover]) -> None:
    containers = [container for run in runs for container in run.containers]
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda container: _remove_container(client, container), containers))


def remove_images(client: DockerClient) -> list[str]:
    """Remove every node image that no container uses, also of earlier recipes."""
    removed = []
    with engine.asked_to("removing the node images"):
        for image in client.images.list(filters={"label": labels.IMAGE}):
            try:
                client.api.remove_image(str(image.id), force=True)
            except NotFound:
                continue
            except APIError as error:
                if error.status_code != HTTPStatus.CONFLICT:
                    raise
                continue  # a live run's nodes are made of it
            removed.append(f"image {', '.join(image.tags) or image.short_id}")
    return removed


def _remove_container(client: DockerClient, container: dict[str, Any]) -> None:
    def attempt() -> None:
        if container["State"] == "paused":  # a frozen process can't even die
            try:
                client.api.unpause(container["Id"])
            except NotFound:
                raise
            except APIError:  # somebody else has thawed it
                pass
        client.api.remove_container(container["Id"], force=True, v=True)

    _until_gone(attempt, f"removing container {_name(container)}")


def _remove_network(client: DockerClient, network: dict[str, Any]) -> None:
    _until_gone(
        lambda: client.api.remove_network(network["Id"]), f"removing network {network['Name']}"
    )


def _until_gone(attempt: Callable[[], None], what: str) -> None:
    # Two runs may clean at once, and the engine then objects to the second ("already in progress").
    deadline = time.monotonic() + REMOVE_LIMIT
    with engine.asked_to(what):
        while True:
            try:
                return attempt()
            except NotFound:
                return None
            except APIError as error:
                if time.monotonic() > deadline:
                    raise WorldError(
                        f"{what} failed for {REMOVE_LIMIT} s: {error.explanation}:"
                        " run `splitbrain clean`, or restart the Docker engine"
                    ) from error
            time.sleep(0.1)


def _name(container: dict[str, Any]) -> str:
    names = container["Names"] or ["/?"]
    return str(names[0]).lstrip("/")
