"""The election of a leader: who was elected last leads, until somebody else is.

A leader that is cut off may be replaced without a word. From the moment at which another election
is in force nobody may believe that the earlier leader leads, nor be told that it was elected last.

A process whose operation crashed never acts again. So what crashed need not be placed in the order:
a read that shows a candidacy which is not known to have won tells that it did, and nothing but a
`campaign` that crashed makes anything possible.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar, cast

from harness.model.model import INCONSISTENT, UNKNOWN, Model


class LeaderElection(Model):
    """`campaign`, won, with a value that no other candidacy has; `lead`, by the leader: it still
    leads; `resign`, by the leader; `read`: the value of the candidacy that won last, or null.

    The state is [leader, value, past]: the leader is null after it resigned or as long as only
    reads have told of it; `past` are the values of earlier elections.
    """

    name = "leader-election"
    fs = frozenset({"campaign", "lead", "resign", "read"})
    hallmarks = frozenset({"campaign", "lead", "resign"})
    echoes: ClassVar[frozenset[str]] = frozenset({"campaign", "lead", "resign"})
    by_process: ClassVar[bool] = True

    def initial(self) -> Hashable:
        """Nobody was elected yet."""
        return None, None, frozenset()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """See the module."""
        assert isinstance(value, tuple)
        process, candidacy = value
        leader, elected, past = cast("tuple[Hashable, Hashable, frozenset[Hashable]]", state)
        if result is UNKNOWN:
            return INCONSISTENT
        if f in ("lead", "resign"):
            if leader != process:
                return INCONSISTENT
            return (None, elected, past) if f == "resign" else state
        who, won = (None, result) if f == "read" else (process, candidacy)
        if won == elected:
            return state if f == "read" else (who, won, past)
        return INCONSISTENT if won in past else (who, won, past | {elected})
