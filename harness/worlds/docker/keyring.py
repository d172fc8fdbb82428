"""The keys of one run: in memory, and in the run's folder for a person who wants to look around."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Mapping
from pathlib import Path

from harness.worlds.docker.keys import Key, node_files
from harness.worlds.docker.node import DockerNode
from harness.worlds.world import Address


class Keyring:
    """One login key for the run, one host key for each node."""

    def __init__(self, folder: Path, nodes: Iterable[str]) -> None:
        self._folder = folder
        self.login = Key.generate()
        self.hosts = {name: Key.generate() for name in nodes}

    def files(self, node: str) -> bytes:
        """Return the archive of files that a node gets before it starts."""
        return node_files(self.login, self.hosts[node])

    def write(self, places: Mapping[str, Address]) -> None:
        """Write the login key, for its owner's eyes, and the known hosts."""
        self._folder.mkdir(parents=True, exist_ok=True)
        private = os.open(self._private, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(private, "w", encoding="utf-8") as file:
            file.write(self.login.private)
        lines = [
            f"[{address.host}]:{address.port} {self.hosts[node].public}\n"
            for node, address in places.items()
        ]
        self._known_hosts.write_text("".join(lines), encoding="utf-8")

    def delete(self) -> None:
        """Delete what `write` wrote: keys that open nothing any more."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def farewell(self, nodes: Mapping[str, DockerNode], run_id: str) -> str:
        """Tell a person how to reach nodes that stay, and how to remove them."""
        lines = [f"left running (run {run_id}):"]
        for name, node in nodes.items():
            ssh = node.place.ssh
            lines.append(
                f"  {name}  ssh -i {self._private} -o UserKnownHostsFile={self._known_hosts}"
                f" -p {ssh.port} root@{ssh.host}"
            )
            for port, address in node.client_addresses().items():
                lines.append(f"      {port}: {address.host}:{address.port}")
        return "\n".join([*lines, "remove it with: splitbrain clean"])

    @property
    def _private(self) -> Path:
        return self._folder.absolute() / "id_ed25519"

    @property
    def _known_hosts(self) -> Path:
        return self._folder.absolute() / "known_hosts"
