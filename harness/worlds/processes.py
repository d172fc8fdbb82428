"""What the operating system says of a process: its state, and an identity that outlasts its number.

Process numbers are used again; a number with its start time is not. Whoever stops a process that an
earlier run left behind compares both first.
"""

from __future__ import annotations

import os
import subprocess
from pathlib import Path


def birth(pid: int) -> str | None:
    """When the process began, and in which boot; None when it has ended (a zombie has, too)."""
    state, began = _state_and_birth(pid)
    return None if state[:1] in ("", "Z", "X") else began


def is_paused(pid: int) -> bool:
    """Whether the process is stopped by a signal."""
    return _state_and_birth(pid)[0].startswith("T")


def _state_and_birth(pid: int) -> tuple[str, str]:
    if Path("/proc/self/stat").exists():
        try:
            # The command's name may hold spaces and brackets: fields count from after its last one.
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except (FileNotFoundError, ProcessLookupError):
            return "", ""  # anything else says nothing of it: it must not count as ended
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return fields[0], f"{boot}.{fields[19]}"
    listed = subprocess.run(
        ["ps", "-o", "stat=,lstart=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    state, _, began = listed.stdout.strip().partition(" ")
    return state, "-".join(began.split())


def mine() -> str:
    """An owner's mark for this process, which `is_alive` understands."""
    return f"{os.getpid()}:{birth(os.getpid())}"


def is_alive(mark: str) -> bool:
    """Whether the process that made (or was given) the mark still runs."""
    pid, _, began = mark.partition(":")
    return pid.isdigit() and birth(int(pid)) == began
