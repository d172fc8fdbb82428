"""A reentrant mutex: its owner may acquire it again, and must release it as often.

The process is the owner. A process whose operation crashed never acts again, so a mutex that it
holds stays held unless the crashed operation was its last release, and took effect.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from harness.model.model import INCONSISTENT, Model


class ReentrantMutex(Model):
    """Acquire and release; the state is null or [owner, how often acquired]."""

    name = "reentrant-mutex"
    fs = frozenset({"acquire", "release"})
    echoes: ClassVar[frozenset[str]] = frozenset({"release"})
    kind: ClassVar[str | None] = "reentrant-mutex"
    by_process: ClassVar[bool] = True

    def initial(self) -> Hashable:
        """Free."""
        return None

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """Only the owner acquires it again, or releases it."""
        assert isinstance(value, tuple)
        process = value[0]
        assert state is None or isinstance(state, tuple)
        owner, depth = (process, 0) if state is None else state
        depth += 1 if f == "acquire" else -1
        if process != owner or depth < 0:
            return INCONSISTENT
        return (owner, depth) if depth else None
