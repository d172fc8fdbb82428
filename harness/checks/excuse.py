"""Lines of a node's log that no one may hold against the store: a fault asked for them.

A server whose disk is full, or damaged, does well to end loudly, and its last words look like a
crash. The nemesis that did it excuses that node's logs, from the line they had reached when it
began to the one they had reached when it was undone; nothing else, and nobody else's.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass
class Excuse:
    """One node's, for the time of one fault.

    Args:
        why: what was done to the node, for people.
        first, last: for each of its logs by name (`n1/server.log`) how many lines it had when the
            fault began, and when it was undone; None as long as that has not happened.
    """

    why: str
    first: Mapping[str, int]
    last: Mapping[str, int] | None = None

    def covers(self, log: str, line: int) -> bool:
        """Whether this line, counted from 1, is excused."""
        if log not in self.first or line <= self.first[log]:
            return False
        return self.last is None or line <= self.last.get(log, line)
