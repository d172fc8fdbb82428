"""Writes what there is so far, now and then, so that whoever kills us takes seconds and not hours.

What has been found grows, and so does the time to write it: it is written at most once a second,
and for a small share of the time at most.
"""

from __future__ import annotations

import time
from collections.abc import Callable

_EVERY_S = 1.0
_SHARE = 50  # one in so many seconds


class Seldom:
    """Calls `write` when it is due."""

    def __init__(self, write: Callable[[], None]) -> None:
        self._write = write
        self._next = 0.0

    def __call__(self) -> None:
        """Write, unless that was just done."""
        began = time.monotonic()
        if began > self._next:
            self._write()
            now = time.monotonic()
            self._next = now + max(_EVERY_S, _SHARE * (now - began))
