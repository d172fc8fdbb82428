"""The election of a leader: who was elected last leads, until somebody else is.

A leader that is cut off may be replaced without a word. From the moment at which another one's
election is in force nobody may believe that the earlier one leads.

A process whose operation crashed never acts again. So a `lead` or a `resign` that crashed need
never have taken effect: it can't make anything possible that is not possible without it.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import ClassVar

from harness.model.model import INCONSISTENT, UNKNOWN, Model


class LeaderElection(Model):
    """`campaign` with a value that stands for this candidacy, won; `lead`, by the leader: it still
    leads; `resign`, by the leader; `read`: the value of the election that was won last.

    The state is [leader, value].
    """

    name = "leader-election"
    fs = frozenset({"campaign", "lead", "resign", "read"})
    reads = frozenset({"read"})
    by_process: ClassVar[bool] = True

    def initial(self) -> Hashable:
        """Nobody was elected yet."""
        return (None, None)

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """See the module."""
        assert isinstance(value, tuple)
        assert isinstance(state, tuple)
        process, candidacy = value
        leader, elected = state
        if f == "read":
            return state if result in (UNKNOWN, elected) else INCONSISTENT
        if f == "campaign":
            return (process, candidacy)
        if leader != process or result is UNKNOWN:
            return INCONSISTENT
        return (None, elected) if f == "resign" else state
