"""A directory as a node's disk. What `sync` and `replace` return from survives a power failure.

A failed sync is never tried again: the kernel may have dropped the very pages that failed (Rebello
et al., *Can Applications Recover from fsync Failures?*, ATC'20). The error ends the process.
"""

from __future__ import annotations

import fcntl
import os
import sys
from pathlib import Path

if sys.platform == "darwin":  # where fsync leaves data in the drive's cache

    def _sync(file: int) -> None:
        fcntl.fcntl(file, fcntl.F_FULLFSYNC)

elif hasattr(os, "fdatasync"):

    def _sync(file: int) -> None:
        os.fdatasync(file)

else:

    def _sync(file: int) -> None:
        os.fsync(file)


class DiskInUse(Exception):
    """Another process works in this directory."""


class PosixDisk:
    """Files in one directory, which belongs to this process while it lives."""

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self._directory = directory
        self._files: dict[str, int] = {}
        self._lock = os.open(directory / "lock", os.O_RDWR | os.O_CREAT, 0o644)
        try:
            fcntl.flock(self._lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            os.close(self._lock)
            raise DiskInUse(f"another process uses the data directory {directory}") from None

    def read(self, name: str) -> bytes:
        """See `harness.env.Disk`."""
        try:
            return (self._directory / name).read_bytes()
        except FileNotFoundError:
            return b""

    def append(self, name: str, data: bytes) -> None:
        """See `harness.env.Disk`."""
        file = self._files.get(name)
        if file is None:
            flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
            file = self._files[name] = os.open(self._directory / name, flags, 0o644)
            self._sync_directory()
        _write(file, data)

    def sync(self, name: str) -> None:
        """See `harness.env.Disk`."""
        if name in self._files:
            _sync(self._files[name])

    def replace(self, name: str, data: bytes) -> None:
        """See `harness.env.Disk`."""
        if name in self._files:
            os.close(self._files.pop(name))
        new = self._directory / f"{name}.new"
        file = os.open(new, os.O_WRONLY | os.O_TRUNC | os.O_CREAT, 0o644)
        try:
            _write(file, data)
            _sync(file)
        finally:
            os.close(file)
        new.replace(self._directory / name)
        self._sync_directory()

    def close(self) -> None:
        """Let go of the directory."""
        for file in (*self._files.values(), self._lock):
            os.close(file)
        self._files.clear()

    def _sync_directory(self) -> None:
        directory = os.open(self._directory, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _write(file: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(file, view) :]
