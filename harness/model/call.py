"""One operation as a model sees it: when it took effect, as far as anybody knows, and its values.

An operation either certainly happened between two moments, or may have happened at any time after
one, or never::

    ok       start ├───────────────┤ end
    crashed  start ├──────────────────────… end = FOREVER
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import Final

import msgspec

FOREVER: Final = 1 << 62
"""The end of an operation that never completed: later than any index."""


class Call(msgspec.Struct, frozen=True, eq=False, gc=False):
    """One operation that happened, or may have.

    Args:
        start, end: its interval; an operation precedes another if its end is below the other's
            start, and all starts and finite ends of a history are different.
        f: what was done.
        value, result: what was asked and answered, frozen (`harness.model.freeze`); the result of a
            crashed operation is `UNKNOWN`.
        process: who did it.
        row: which operation of the history it is.
    """

    start: int
    end: int
    f: str
    value: Hashable
    result: Hashable
    process: int = 0
    row: int = -1

    @property
    def crashed(self) -> bool:
        """Whether it is unknown if it happened."""
        return self.end == FOREVER

    def precedes(self, other: Call) -> bool:
        """Whether it had completed before the other was invoked."""
        return self.end < other.start


class Decided(msgspec.Struct, frozen=True):
    """What a fast path found: an order, or the few calls that already have none.

    Both are positions in the calls that it was given. Neither is believed: an order is replayed,
    and a conflict is searched exhaustively once it has been shrunk.
    """

    order: Sequence[int] | None
    conflict: Sequence[int] = ()
