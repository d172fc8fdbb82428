"""Replays a long path through a queue or a stack on one collection that changes.

A model's states are values, and each step copies one: a search needs that, since it turns back. A
replay never does, and a path through a queue that is a hundred thousand deep would copy as many
elements at every step::

    states     ()  (1,)  (1, 2)  (1, 2, 3)  …      a replay      [1, 2, 3, …
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable

from harness.model.model import UNKNOWN


def first_misstep(
    path: Iterable[tuple[str, Hashable, Hashable]],
    puts: str,
    put: Callable[[Hashable], None],
    take: Callable[[], Hashable],
) -> int | None:
    """See `Model.first_misstep`; `puts` is the operation that does `put`, every other one takes.

    `take` raises an IndexError when nothing is left, for which a take answers null.
    """
    for at, (f, value, result) in enumerate(path):
        if f == puts:
            put(value)
            continue
        try:
            taken = take()
        except IndexError:
            taken = None
        if result is not UNKNOWN and result != taken:
            return at
    return None
