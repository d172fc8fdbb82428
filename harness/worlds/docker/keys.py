"""The SSH keys of one run, and the files that a container gets before it starts.

Nobody is ever asked to trust a key that came over the network: the controller makes the host keys
itself and lays them into the container, so it knows beforehand whom it will meet::

    controller ── host key, authorized_keys, sshd_config, supervisor ──▶ container (not yet started)
    controller ◀── the same host key, or no session ── sshd
"""

from __future__ import annotations

import io
import tarfile
import time
from dataclasses import dataclass
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from paramiko import Ed25519Key

HOME = "/srv/splitbrain"
SUPERVISOR = "/usr/local/lib/splitbrain/supervisor.py"

_SSHD = "/etc/ssh/splitbrain"
SSHD_COMMAND = ("/usr/sbin/sshd", "-D", "-e", "-f", f"{_SSHD}/sshd_config")

# UsePAM would need CAP_AUDIT_WRITE and look at the password file; MaxSessions counts commands that
# run at once over one connection.
_SSHD_CONFIG = f"""HostKey {_SSHD}/host_key
AuthorizedKeysFile {_SSHD}/authorized_keys
PermitRootLogin prohibit-password
PasswordAuthentication no
KbdInteractiveAuthentication no
UsePAM no
UseDNS no
PrintMotd no
MaxSessions 100
MaxStartups 100
"""


@dataclass(frozen=True)
class Key:
    """An ed25519 key pair, as OpenSSH writes it."""

    private: str
    public: str

    @staticmethod
    def generate() -> Key:
        """Make a new one."""
        key = Ed25519PrivateKey.generate()
        private = key.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption())
        public = key.public_key().public_bytes(Encoding.OpenSSH, PublicFormat.OpenSSH)
        return Key(private.decode(), public.decode())

    def for_paramiko(self) -> Ed25519Key:
        """Return the pair as paramiko wants it."""
        return Ed25519Key.from_private_key(io.StringIO(self.private))


def node_files(login: Key, host: Key) -> bytes:
    """Return, as a tar archive to unpack at /, all that a node needs beyond the image."""
    supervisor = Path(__file__).with_name("supervisor.py").read_bytes()
    contents = {
        f"{_SSHD}/host_key": (0o600, host.private.encode()),
        f"{_SSHD}/authorized_keys": (0o600, f"{login.public}\n".encode()),
        f"{_SSHD}/sshd_config": (0o644, _SSHD_CONFIG.encode()),
        SUPERVISOR: (0o644, supervisor),
    }
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for directory in ("/run/sshd", _SSHD, str(Path(SUPERVISOR).parent), HOME):
            entry = _entry(directory, 0o755)
            entry.type = tarfile.DIRTYPE
            tar.addfile(entry)
        for path, (mode, data) in contents.items():
            entry = _entry(path, mode)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return archive.getvalue()


def pack(files: dict[str, bytes]) -> bytes:
    """Return a tar archive of files by relative path; any of them may be a program."""
    archive = io.BytesIO()
    with tarfile.open(fileobj=archive, mode="w") as tar:
        for path, data in files.items():
            entry = _entry(path, 0o755)
            entry.size = len(data)
            tar.addfile(entry, io.BytesIO(data))
    return archive.getvalue()


def _entry(path: str, mode: int) -> tarfile.TarInfo:
    entry = tarfile.TarInfo(path.lstrip("/"))
    entry.mode = mode
    entry.mtime = int(time.time())
    return entry
