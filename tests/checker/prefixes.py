"""The op at which a history stops being linearizable, by asking of its prefixes.

An operation that has not completed yet may have taken effect, with any answer: in a prefix it
counts as crashed. So what has no linearization has none however it goes on.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Sequence

from harness.history.op import Op


def proved_at(ops: Sequence[Op], fits: Callable[[Sequence[Op]], bool]) -> int | None:
    """The position of the first op up to which nothing fits, None if the whole does."""
    if fits(ops):
        return None
    return bisect_left(range(len(ops)), True, key=lambda at: not fits(ops[: at + 1]))
