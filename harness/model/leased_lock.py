"""A lock that its holder may lose at any time, and a register that only its holder writes.

The lease of a holder that is cut off or paused runs out, and the lock goes to the next. Nothing in
a history says when. But whoever acquires gets a higher token than all before, and from then on
nobody else may believe that he still has the lock, nor write, nor give it back::

    process 1   acquire ├──┤ 7    check ├┤ ok                          check ├┤ ok   ← wrong
    process 2                                 acquire ├──────┤ 9

So an acquire is always possible, and `check`, `write` and `release` are the latest owner's alone.
A process whose operation crashed never acts again. So an acquire, a check or a release that crashed
need never have taken effect: all that it can do is to end a hold, which nothing needs.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from harness.model.model import INCONSISTENT, UNKNOWN, Model


class LeasedLock(Model):
    """Acquire, which returns a token; check, write and release by the owner; read by anybody.

    The state is [owner, last token, value].
    """

    name = "leased-lock"
    fs = frozenset({"acquire", "check", "write", "release", "read"})
    hallmarks = frozenset({"acquire"})
    reads = frozenset({"read"})
    echoes: ClassVar[frozenset[str]] = frozenset({"write", "release"})
    by_process: ClassVar[bool] = True

    def initial(self) -> Hashable:
        """Free, no token given, nothing written."""
        return (None, None, None)

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """See the module."""
        assert isinstance(value, tuple)
        assert isinstance(state, tuple)
        process, asked = value
        owner, last, written = state
        if f == "read":
            return state if result in (UNKNOWN, written) else INCONSISTENT
        if f == "acquire":
            rises = result is not UNKNOWN and (last is None or result > last)
            return (process, result, written) if rises else INCONSISTENT
        if owner != process:
            return INCONSISTENT
        if f == "write":
            return (owner, last, asked)
        if result is UNKNOWN:
            return INCONSISTENT
        return (None, last, written) if f == "release" else state

    def misfit_result(self, f: str, value: Hashable, result: Hashable) -> str | None:
        """A token is a number."""
        if f == "acquire" and not isinstance(result, int):
            return "an acquire of a leased lock returns a token, a whole number"
        return None
