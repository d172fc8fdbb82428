"""What the workers of these tests are asked to do."""

from __future__ import annotations

import os
import signal
import time
from pathlib import Path


def work(task: tuple[str, str]) -> str:
    """`say TEXT`, `fail TEXT`, `sleep SECONDS`, `die PATH` (only while PATH is there), `pid`."""
    what, text = task
    if what == "fail":
        raise ValueError(text)
    if what == "sleep":
        time.sleep(float(text))
    if what == "die" and Path(text).exists():
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "die once" and Path(text).exists():
        Path(text).unlink()
        os.kill(os.getpid(), signal.SIGKILL)
    if what == "end":
        os._exit(3)
    return str(os.getpid()) if what == "pid" else text
