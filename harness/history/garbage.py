"""Python's collector of cyclic garbage, kept away from large work that makes none.

The collector walks through everything that may be part of a cycle, again whenever there is a
quarter more of it. A history of millions of values that are all kept costs it as long as the work
itself, and it finds nothing: neither histories nor what decides them in linear time have cycles.
A search, which lasts, is left to it. (A model's own `fast_path` runs without it, too: cycles that
it makes are found later.)
"""

from __future__ import annotations

import contextlib
import gc
from collections.abc import Iterator


@contextlib.contextmanager
def without_collections() -> Iterator[None]:
    """Keep the collector away for as long as this lasts; a decorator, too."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()
