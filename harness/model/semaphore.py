"""A semaphore: a number of permits, which are acquired and released one at a time.

Permits have no owner: any process may release one, as long as one is held. An acquire that did not
get a permit is a failed operation. One of a process that crashed while acquiring may or may not
hold a permit; somebody else may release it.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from harness.model.model import INCONSISTENT, Model


class Semaphore(Model):
    """Acquire and release, of one permit or of three (`semaphore:3`); the state is how many are
    held.
    """

    name = "semaphore"
    fs = frozenset({"acquire", "release"})
    echoes: ClassVar[frozenset[str]] = frozenset({"release"})
    kind: ClassVar[str | None] = "semaphore"

    def __init__(self, permits: int = 1) -> None:
        if permits < 1:
            raise ValueError(f"a semaphore has at least one permit, not {permits}")
        self.permits = permits
        if permits > 1:
            self.name = f"semaphore:{permits}"  # type: ignore[misc] # as `--model` names it

    def initial(self) -> Hashable:
        """All are free."""
        return 0

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """Never are more permits held than there are, nor fewer than none."""
        assert isinstance(state, int)
        held = state + (1 if f == "acquire" else -1)
        return held if 0 <= held <= self.permits else INCONSISTENT
