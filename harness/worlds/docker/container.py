"""Make one node's container, and learn where the engine put it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from docker import DockerClient
from docker.models.containers import Container

from harness.worlds.docker import engine
from harness.worlds.docker.keys import SSHD_COMMAND
from harness.worlds.world import Address, WorldError

SSH_PORT = 22

# NET_ADMIN is for iptables. The rest is of Docker's default set, and what sshd can't log anybody in
# without: it changes root directory and user for the process that talks before the login. What else
# is in the default set goes: a store that is tested needs no power over the machine.
CAPABILITIES = ("NET_ADMIN", "SETGID", "SETUID", "SYS_CHROOT")


@dataclass(frozen=True)
class Place:
    """Where a node is: its address among its peers, and what is published on the controller."""

    ip: str
    published: Mapping[int, Address]

    @property
    def ssh(self) -> Address:
        """Where its sshd is published."""
        return self.published[SSH_PORT]


def make(
    client: DockerClient,
    *,
    name: str,
    hostname: str,
    image: str,
    network: str,
    ports: Collection[int],
    labels: Mapping[str, str],
    files: bytes,
) -> Place:
    """Create and start a container with these files; return where it is."""
    with engine.asked_to(f"{hostname}: making its container"):
        container = client.containers.create(
            image,
            # tini is process 1 and reaps what loses its parent: no zombies.
            ["tini", "--", *SSHD_COMMAND],
            name=name,
            hostname=hostname,
            network=network,
            ports={f"{port}/tcp": ("127.0.0.1", 0) for port in {SSH_PORT, *ports}},
            cap_drop=["ALL"],
            cap_add=list(CAPABILITIES),
            labels=dict(labels),
        )
        container.put_archive("/", files)
        container.start()
        container.reload()
    return _place(container, hostname, network)


def _place(container: Container, hostname: str, network: str) -> Place:
    settings = container.attrs["NetworkSettings"]
    ip = settings["Networks"].get(network, {}).get("IPAddress")
    if container.status != "running" or not ip:
        said = container.logs(tail=1).decode(errors="replace").strip()
        raise WorldError(f"{hostname}: its container is {container.status}: {said or 'no message'}")
    published = {
        int(port.partition("/")[0]): Address(bindings[0]["HostIp"], int(bindings[0]["HostPort"]))
        for port, bindings in settings["Ports"].items()
        if bindings
    }
    return Place(ip, published)
