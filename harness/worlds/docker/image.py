"""The image that every node runs: Debian with sshd, iptables and a Python, and nothing of ours.

What is particular to a run (keys, sshd's settings, our supervisor) is put into each container when
it is made, so the image changes only when its recipe does. The tag is a hash of the recipe: a
changed recipe is another image. It comes from where it can::

    tag known to the engine?  ── yes ─▶ reuse it
        │ no
    debian:bookworm-slim known, or a registry answers within seconds?  ── yes ─▶ docker build
        │ no, or that failed
    debootstrap, root, a Debian mirror in apt's sources?  ── yes ─▶ debootstrap + docker import
        │ no
    WorldError: what to do
"""

from __future__ import annotations

import hashlib
import io
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from docker import DockerClient
from docker.errors import ImageNotFound

from harness.worlds.docker import engine, labels
from harness.worlds.docker.chroot import debian_chroot, obstacle
from harness.worlds.docker.sources import SUITE
from harness.worlds.world import WorldError

BASE = f"debian:{SUITE}-slim"
REPOSITORY = "splitbrain-node"
PACKAGES = ("iproute2", "iptables", "openssh-server", "procps", "python3", "tini")

REGISTRY_LIMIT = 6
"""Seconds for a registry to say that it has the base; a firewall that eats packets must not cost
minutes."""
BUILD_LIMIT = 900

# Host keys made by the package would be the same on every node of every run.
_DROP = ("./etc/ssh/ssh_host_*", "./usr/share/doc/*", "./usr/share/man/*", "./usr/share/locale/*",
         "./var/cache/apt/*", "./var/lib/apt/lists/*")  # fmt: skip
_DOCKERFILE = f"""FROM {BASE}
RUN apt-get update \\
 && DEBIAN_FRONTEND=noninteractive apt-get install --yes --no-install-recommends \\
    {" ".join(PACKAGES)} \\
 && rm -rf {" ".join(path.removeprefix(".") for path in _DROP)}
"""

Say = Callable[[str], None]


@dataclass(frozen=True)
class Image:
    """The node image, and how it came to be: `reused`, `registry` or `debootstrap`."""

    tag: str
    how: str


def tag() -> str:
    """Return the image's name: the same recipe, the same name."""
    recipe = json.dumps([_DOCKERFILE, PACKAGES, _DROP])
    return f"{REPOSITORY}:{SUITE}-{hashlib.sha256(recipe.encode()).hexdigest()[:12]}"


def ensure_image(client: DockerClient, say: Say, stop: threading.Event | None = None) -> Image:
    """Return the node image; build it when the engine doesn't have it. Blocks, a minute at worst.

    `say` is told in a sentence what is being done. Setting `stop` from another thread ends a build.
    """
    stop = stop or threading.Event()
    if is_there(client):
        say(f"node image {tag()}: reused")
        return Image(tag(), "reused")
    began = time.monotonic()
    how = _build(client, say, stop)
    say(f"node image {tag()}: built by {how} in {time.monotonic() - began:.0f} s")
    return Image(tag(), how)


def _build(client: DockerClient, say: Say, stop: threading.Event) -> str:
    why_not = base_unavailable(client)
    if why_not is None:
        say(f"node image {tag()}: building from {BASE}")
        try:
            _build_from_base(client, stop)
        except WorldError as error:
            if stop.is_set():
                raise
            why_not = str(error)
        else:
            return "registry"
    if (reason := obstacle()) is not None:
        raise WorldError(f"no node image: {why_not}, and {reason}")
    say(f"node image {tag()}: {why_not}; building from Debian packages, about a minute")
    _build_from_packages(client, stop)
    return "debootstrap"


def is_there(client: DockerClient) -> bool:
    """Tell whether the engine has the node image."""
    return _known(client, tag())


def _known(client: DockerClient, name: str) -> bool:
    with engine.asked_to(f"looking for image {name}"):
        try:
            client.images.get(name)
        except ImageNotFound:
            return False
    return True


def base_unavailable(client: DockerClient) -> str | None:
    """Say why the engine can't get the base image; None when it can. Takes seconds at most."""
    if _known(client, BASE):
        return None
    # The engine asks the registry for a few bytes: whoever can't answer that can't send an image.
    hasty = engine.connect(REGISTRY_LIMIT)
    try:
        with engine.asked_to(f"no registry offers {BASE}"):
            hasty.images.get_registry_data(BASE)
    except WorldError as error:
        return str(error)
    finally:
        hasty.close()
    return None


def _build_from_base(client: DockerClient, stop: threading.Event) -> None:
    deadline = time.monotonic() + BUILD_LIMIT
    with engine.asked_to(f"building the node image from {BASE}"):
        steps = client.api.build(
            fileobj=io.BytesIO(_DOCKERFILE.encode()),
            tag=tag(),
            labels=_image_labels("registry"),
            rm=True,
            forcerm=True,
            decode=True,
            timeout=BUILD_LIMIT,
        )
        for step in steps:
            if "error" in step:
                raise WorldError(f"building from {BASE} failed: {step['error'].strip()}")
            if stop.is_set() or time.monotonic() > deadline:
                raise WorldError(
                    f"building from {BASE} was stopped"
                    + ("" if stop.is_set() else f" after {BUILD_LIMIT} s: is the mirror slow?")
                )


def _build_from_packages(client: DockerClient, stop: threading.Event) -> None:
    changes = [f'LABEL {key}="{value}"' for key, value in _image_labels("debootstrap").items()]
    repository, _, version = tag().partition(":")
    with engine.asked_to("importing the node image"), debian_chroot(PACKAGES, stop) as root:
        # Named only once it is whole: a name is taken for a good image by every later run.
        with _tar_of(root) as stream:
            answer = client.api.import_image(src=stream, changes=changes, stream_src=True)
        client.api.tag(_imported(answer), repository, version)


def _imported(answer: str) -> str:
    last = json.loads(answer.strip().splitlines()[-1])
    if "status" not in last:
        raise WorldError(f"importing the node image: {last.get('error', answer)}")
    return str(last["status"])


@contextmanager
def _tar_of(root: Path) -> Iterator[IO[bytes]]:
    argv = ["tar", "--create", "--numeric-owner", "--directory", str(root)]
    argv += [f"--exclude={pattern}" for pattern in _DROP]
    with subprocess.Popen([*argv, "."], stdout=subprocess.PIPE) as tar:
        assert tar.stdout is not None
        try:
            yield tar.stdout
        except BaseException:
            tar.kill()
            raise
    if tar.returncode != 0:
        raise WorldError(f"packing the node image failed: tar ended with {tar.returncode}")


def _image_labels(how: str) -> dict[str, str]:
    return {labels.IMAGE: tag().rpartition(":")[2], labels.BUILT: how}
