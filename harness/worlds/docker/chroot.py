"""Make a small Debian in a temporary directory with debootstrap, and leave nothing of it behind."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from harness.worlds.docker.sources import SUITE, host_mirror
from harness.worlds.world import WorldError

BUILD_LIMIT = 900
"""Seconds that debootstrap may take: a minute with a mirror nearby."""

# /tmp is often mounted nodev or kept in memory; a chroot needs device nodes and half a gigabyte.
_PLACE = Path("/var/tmp")
_PREFIX = "splitbrain-chroot-"


def obstacle() -> str | None:
    """Say what keeps this machine from using debootstrap, and what to do; None if nothing."""
    if shutil.which("debootstrap") is None or not _keyring_there():
        return (
            "debootstrap is missing: on Debian, `apt-get install debootstrap"
            " debian-archive-keyring`; elsewhere bring the engine `debian:bookworm-slim`"
        )
    if os.geteuid() != 0:
        return (
            "debootstrap needs root: run this once as root; later runs find the image and need none"
        )
    if host_mirror() is None:
        return (
            "apt's sources name no Debian mirror: add one that carries"
            f" `{SUITE} main`, or bring the engine `debian:bookworm-slim`"
        )
    return None


def _keyring_there() -> bool:
    # Without it debootstrap would go on and check no signature.
    return any(Path("/usr/share/keyrings").glob("debian-archive-keyring.*"))


@contextmanager
def debian_chroot(packages: Sequence[str], stop: threading.Event) -> Iterator[Path]:
    """Give the root of a minimal Debian with these packages; it is deleted in the end.

    Setting `stop` from another thread ends the work with a WorldError.
    """
    if (reason := obstacle()) is not None:
        raise WorldError(reason)
    mirror = host_mirror()
    assert mirror is not None
    _sweep()
    root = Path(tempfile.mkdtemp(prefix=f"{_PREFIX}{os.getpid()}-", dir=_PLACE))
    try:
        root.chmod(0o755)
        include = ",".join(packages)
        _run(["debootstrap", "--variant=minbase", f"--include={include}", SUITE, str(root), mirror],
             root.with_suffix(".log"), stop)  # fmt: skip
        yield root
    finally:
        _delete(root)


def _run(argv: list[str], log: Path, stop: threading.Event) -> None:
    deadline = time.monotonic() + BUILD_LIMIT
    try:
        with log.open("wb") as out:
            # A session of its own: Ctrl-C must reach us first, so that we stop it and clean up.
            process = subprocess.Popen(
                argv, stdin=subprocess.DEVNULL, stdout=out, stderr=out, start_new_session=True
            )
            try:
                while process.poll() is None:
                    if stop.wait(0.1):
                        raise WorldError("building the node image was interrupted: run it again")
                    if time.monotonic() > deadline:
                        raise WorldError(
                            f"debootstrap took more than {BUILD_LIMIT} s: is the mirror in apt's"
                            " sources reachable?"
                        )
            finally:
                _end(process)
        if process.returncode != 0:
            lines = log.read_text(errors="replace").strip().splitlines() or ["it said nothing"]
            raise WorldError(
                f"debootstrap failed: {lines[-1]}; is the mirror in apt's sources reachable?"
            )
    finally:
        log.unlink(missing_ok=True)


def _end(process: subprocess.Popen[bytes]) -> None:
    if process.poll() is None:
        os.killpg(process.pid, 9)
        process.wait()


def _delete(root: Path) -> None:
    # debootstrap mounts /proc and /sys inside and, when it is killed, leaves them: deleting through
    # a mount would delete what is mounted.
    for _ in range(3):
        inside = _mounts_under(root)
        for mount in sorted(inside, reverse=True):
            subprocess.run(["umount", "--lazy", mount], check=False, capture_output=True)
        if not inside:
            shutil.rmtree(root, ignore_errors=True)
            return


def _mounts_under(root: Path) -> list[str]:
    points = []
    for line in Path("/proc/self/mountinfo").read_text(encoding="utf-8").splitlines():
        escaped = line.split()[4]
        point = re.sub(r"\\([0-7]{3})", lambda octal: chr(int(octal[1], 8)), escaped)
        if point.startswith(f"{root}/"):
            points.append(point)
    return points


def _sweep() -> None:
    """Delete what a process that was killed while building has left."""
    for old in _PLACE.glob(f"{_PREFIX}*"):
        pid = old.name.removeprefix(_PREFIX).partition("-")[0]
        if pid.isdigit() and not Path("/proc", pid).exists():
            if old.is_dir():
                _delete(old)
            else:
                old.unlink(missing_ok=True)
