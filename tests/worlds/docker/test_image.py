"""The node image: one name for one recipe, built only when it has to be, and no litter."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from docker import DockerClient

from harness.worlds.docker import chroot, image
from harness.worlds.docker.chroot import debian_chroot
from harness.worlds.world import WorldError

linux = pytest.mark.skipif(sys.platform != "linux", reason="debootstrap runs on Linux only")


@pytest.fixture
def pretend(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Put a debootstrap of our own in the path, and chroots into the test's folder."""
    program = tmp_path / "bin" / "debootstrap"
    program.parent.mkdir()
    place = tmp_path / "place"
    place.mkdir()
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    monkeypatch.setattr(chroot, "_PLACE", place)
    monkeypatch.setattr(chroot, "obstacle", lambda: None)
    monkeypatch.setattr(chroot, "host_mirror", lambda: "http://mirror.test/debian")
    return program


def write(program: Path, script: str) -> None:
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)


def litter() -> list[Path]:
    return list(chroot._PLACE.iterdir())


def test_the_tag_is_the_recipes(monkeypatch: pytest.MonkeyPatch) -> None:
    before = image.tag()
    assert image.tag() == before
    monkeypatch.setattr(image, "PACKAGES", (*image.PACKAGES, "one-more"))
    assert image.tag() != before


@linux
def test_the_chroot_is_there_inside_and_gone_after(pretend: Path) -> None:
    write(pretend, 'echo "$@" > "$4/arguments"')
    with debian_chroot(["python3", "tini"], threading.Event()) as root:
        arguments = (root / "arguments").read_text().split()
        assert arguments == [
            "--variant=minbase",
            "--include=python3,tini",
            "bookworm",
            str(root),
            "http://mirror.test/debian",
        ]
    assert litter() == []


@linux
def test_a_failed_build_says_why_and_leaves_nothing(pretend: Path) -> None:
    write(pretend, 'mkdir "$4/usr"; echo "E: Failed getting release file"; exit 1')
    why = "debootstrap failed: E: Failed getting release file"
    with pytest.raises(WorldError, match=why), debian_chroot([], threading.Event()):
        pytest.fail("it failed")
    assert litter() == []


@linux
def test_an_interrupted_build_ends_with_its_children_and_leaves_nothing(pretend: Path) -> None:
    write(pretend, "sleep 4343 & sleep 4343")
    stop = threading.Event()
    threading.Timer(0.3, stop.set).start()
    began = time.monotonic()
    with pytest.raises(WorldError, match="interrupted"), debian_chroot([], stop):
        pytest.fail("it was interrupted")
    assert time.monotonic() - began < 5
    assert litter() == []
    left = subprocess.run(["pgrep", "-f", "^sleep 4343"], capture_output=True, check=False)
    assert left.stdout == b""


@linux
def test_what_a_killed_build_left_goes_with_the_next(pretend: Path) -> None:
    write(pretend, "true")
    dead = subprocess.Popen(["true"])
    dead.wait()
    old = chroot._PLACE / f"splitbrain-chroot-{dead.pid}-abc"
    (old / "usr").mkdir(parents=True)
    others = chroot._PLACE / f"splitbrain-chroot-{os.getppid()}-abc"
    others.mkdir()
    with debian_chroot([], threading.Event()):
        pass
    assert litter() == [others]


def test_without_a_way_to_build_it_says_what_is_missing(
    client: DockerClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "PACKAGES", ("another-recipe",))
    monkeypatch.setattr(image, "base_unavailable", lambda client: "no registry answers")
    monkeypatch.setattr(image, "obstacle", lambda: "debootstrap is missing: install it")
    with pytest.raises(
        WorldError, match="no node image: no registry answers, and debootstrap is missing"
    ):
        image.ensure_image(client, lambda text: None)


def test_the_image_is_reused_and_says_so(client: DockerClient) -> None:
    image.ensure_image(client, lambda text: None)
    said: list[str] = []
    assert image.ensure_image(client, said.append) == image.Image(image.tag(), "reused")
    assert said == [f"node image {image.tag()}: reused"]


@pytest.fixture
def from_base(client: DockerClient, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Let the node image itself be the base, and build into a repository of the test's own."""
    base = image.ensure_image(client, lambda text: None).tag
    monkeypatch.setattr(image, "BASE", base)
    monkeypatch.setattr(image, "REPOSITORY", "splitbrain-test")
    yield
    for built in client.images.list("splitbrain-test"):
        client.images.remove(str(built.id), force=True)


def test_with_a_base_it_is_built_by_the_engine(
    client: DockerClient, from_base: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "_DOCKERFILE", f"FROM {image.BASE}\nRUN test -x /usr/bin/tini\n")
    assert image.ensure_image(client, lambda text: None).how == "registry"
    labels = client.images.get(image.tag()).labels
    assert labels["splitbrain.built"] == "registry"
    assert image.tag().endswith(labels["splitbrain.image"])


def test_a_build_from_the_base_that_fails_gives_way_to_the_next(
    client: DockerClient, from_base: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "_DOCKERFILE", f"FROM {image.BASE}\nRUN exit 3\n")
    monkeypatch.setattr(image, "obstacle", lambda: "debootstrap is missing")
    with pytest.raises(WorldError, match=r"non-zero code: 3, and debootstrap is missing"):
        image.ensure_image(client, lambda text: None)
    assert not image.is_there(client)


def test_asking_for_the_base_is_quick(client: DockerClient) -> None:
    began = time.monotonic()
    image.base_unavailable(client)
    assert time.monotonic() - began < image.REGISTRY_LIMIT + 4
