"""What an all-knowing observer of a simulation checks, as far as a target offers it.

Clients see a store from outside. A simulation can also look into every node after each of its
events, and hold what it sees against what the protocol promises inside: one leader a term, one
value a slot. A violated invariant is reported beside the verdict on the history, never in its
place: it may never have become visible to any client.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Protocol


class Invariants(Protocol):
    """One run's observer. Looking must change nothing, and draw no randomness."""

    @property
    def violations(self) -> Sequence[str]:
        """A sentence for each violation, in the order they were seen.

        It begins with the invariant's name and a colon: `election safety: n1 and n3 both lead …`.
        """

    def look(self, node: str, program: Any) -> None:
        """This node has handled an event; `program` is what its `Main` returned."""

    def heard(self, node: str, sender: str, frame: bytes) -> None:
        """A peer's frame has come to this node, which has not handled it yet."""

    def gone(self, node: str) -> None:
        """This node's process has ended."""

    def features(self) -> frozenset[int]:
        """Numbers that stand for the kinds of states, and of orders of messages, seen so far: for
        who looks for new ones.
        """


def named(violation: str) -> str:
    """The name of the invariant that a violation's sentence tells of."""
    return violation.partition(":")[0]
