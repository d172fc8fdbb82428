"""Tell what this machine lacks for the docker world, and how to get it."""

from __future__ import annotations

import os

from docker import DockerClient
from docker.errors import ContainerError

from harness.worlds.docker import engine, image, labels, links
from harness.worlds.docker.chroot import obstacle
from harness.worlds.docker.container import CAPABILITIES
from harness.worlds.world import Diagnosis, WorldError


def diagnose() -> list[Diagnosis]:
    """Look at the engine, the image and the kernel's iptables. Blocks, for seconds at most."""
    try:
        client = engine.connect(image.REGISTRY_LIMIT)
    except engine.Unreachable as error:
        return [Diagnosis(False, error.what, error.remedy)]
    try:
        with engine.asked_to("asking the engine for its version"):
            version = client.version().get("Version", "of unknown version")
        findings = [Diagnosis(True, f"Docker engine {version} answers"), _image(client)]
        if image.is_there(client):
            findings.append(_iptables(client))
        return findings
    except WorldError as error:
        return [Diagnosis(False, str(error), "look at the engine's own log")]
    finally:
        client.close()


def _image(client: DockerClient) -> Diagnosis:
    if image.is_there(client):
        return Diagnosis(True, f"node image {image.tag()} is there")
    why_not = image.base_unavailable(client)
    if why_not is None:
        return Diagnosis(True, f"node image can be built from {image.BASE}: the first run does")
    reason = obstacle()
    if reason is None:
        return Diagnosis(True, "node image can be built by debootstrap: the first run does")
    return Diagnosis(False, f"node image can't be built: {why_not}", reason)


def _iptables(client: DockerClient) -> Diagnosis:
    # Only the kernel can say whether it does what a cut needs, and only when it is asked to do it.
    table = links.rules({"192.0.2.1"}, ["192.0.2.1", "192.0.2.2"], first=True).decode()
    try:
        with engine.asked_to("trying iptables in a container"):
            client.containers.run(
                image.tag(),
                ["bash", "-c", f'{" ".join(links.RESTORE)} <<< "$0"', table],
                name=labels.container_name("doctor", str(os.getpid())),
                labels=labels.mine("doctor"),
                network_mode="none",
                cap_drop=["ALL"],
                cap_add=list(CAPABILITIES),
                remove=True,
            )
    except ContainerError as error:
        return Diagnosis(
            False,
            f"iptables does not work in a container: {error.stderr!s}",
            "the kernel lacks nf_tables: load it (`modprobe nf_tables`) or use another kernel",
        )
    return Diagnosis(True, "iptables works in a container")
