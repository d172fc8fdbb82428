"""A fenced lock: one owner at a time, and each acquire gets a higher token than all before.

A token lets the thing that the lock protects refuse a late request of an earlier owner. The process
is the owner; one whose operation crashed never acts again, so a lock that it holds stays held
unless the crashed operation was the release, and took effect. A crashed acquire that took effect
used up a token as well: at least the next number.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from harness.model.model import INCONSISTENT, UNKNOWN, Model


class FencedLock(Model):
    """Acquire, which returns a token, and release; the state is [owner, last token]."""

    name = "fenced-lock"
    fs = frozenset({"acquire", "release"})
    echoes: ClassVar[frozenset[str]] = frozenset({"release"})
    kind: ClassVar[str | None] = "fenced-lock"
    by_process: ClassVar[bool] = True

    def initial(self) -> Hashable:
        """Free, and no token given."""
        return (None, None)

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """Acquired while free, with a higher token; released by the owner."""
        assert isinstance(value, tuple)
        assert isinstance(state, tuple)
        process = value[0]
        owner, last = state
        if f == "release":
            return (None, last) if owner == process else INCONSISTENT
        token = result
        if token is UNKNOWN:
            token = None if last is None else last + 1
        elif last is not None and token <= last:
            return INCONSISTENT
        return (process, token) if owner is None else INCONSISTENT

    def misfit_result(self, f: str, value: Hashable, result: Hashable) -> str | None:
        """A token is a number."""
        if f == "acquire" and not isinstance(result, int):
            return "an acquire of a fenced lock returns a token, a whole number"
        return None
