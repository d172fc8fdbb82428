"""How a long command is ended early: Ctrl-C and SIGTERM are noted, and asked for between two steps.

What was found until then is kept and said. Somebody who sends a second signal does not want to wait
for that. SIGINT is heeded too where it was ignored at the start, as it is behind `nohup … &`: only
somebody who means this process can send it there.
"""

from __future__ import annotations

import contextlib
import signal
from collections.abc import Callable, Iterator
from types import FrameType

_ENDING = (signal.SIGINT, signal.SIGTERM)


@contextlib.contextmanager
def interruptible() -> Iterator[Callable[[], bool]]:
    """Gives what tells whether a signal has come; a second one is a KeyboardInterrupt."""
    said: list[int] = []

    def note(number: int, frame: FrameType | None) -> None:
        said.append(number)
        if len(said) > 1:
            raise KeyboardInterrupt

    before = {number: signal.signal(number, note) for number in _ENDING}
    try:
        yield lambda: bool(said)
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextlib.contextmanager
def terminable() -> Iterator[None]:
    """SIGTERM is a KeyboardInterrupt, as Ctrl-C is, for what keeps the best so far by itself."""
    before = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
