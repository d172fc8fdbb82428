"""The wall between a node and the protocol that keeps its log: one interface, several cores.

A core is pure. Events go in by method calls, each with the time; what is to be done comes out of
`take`, and the order in which a node must do it is the whole safety argument::

    events ──▶ core ──▶ take() ──▶ 1. send   early      (safe before the disk has it)
                 ▲                 2. save   record     (append, sync)
                 │                 3. send   messages   (they promise what the record holds)
                 │                 4. apply  committed, answer reads, give up lost_reads
                 └── saved() ◀──── 5. say that it is saved

Effects are gathered until `take`, so a node that handles many events before it takes pays one
sync for all of them: that is group commit.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol


class Position(NamedTuple):
    """Where a proposed command was put. It took effect if this very pair is committed."""

    slot: int
    term: int


class Committed(NamedTuple):
    """A command whose place in the order of all commands is final; empty ones change nothing."""

    position: Position
    command: str


class Output:
    """What a core wants done, in the order of the fields.

    Args:
        early: messages that promise nothing about this node's disk: they may leave at once.
        record: to be appended to the journal and synced before anything below; None: nothing.
        messages: sent once the record is safe.
        committed: to be applied in order.
        reads: tokens of reads that may be answered from the state after `committed`.
        lost_reads: tokens of reads that can't be served here any more; they changed nothing.
        points: what has just been done, by the names a core declares (`harness.env.Env.reached`).
    """

    __slots__ = ("committed", "early", "lost_reads", "messages", "points", "reads", "record")

    def __init__(self) -> None:
        self.early: list[tuple[str, Any]] = []
        self.record: str | None = None
        self.messages: list[tuple[str, Any]] = []
        self.committed: list[Committed] = []
        self.reads: list[int] = []
        self.lost_reads: list[int] = []
        self.points: list[str] = []


class CoreStatus(NamedTuple):
    """What a core says of itself; `term` is whatever numbers the protocol's leaders."""

    role: str
    term: int
    commit: int
    leader: str | None


class ReplicatedLog(Protocol):
    """A core, as the node sees it."""

    @property
    def deadline(self) -> float:
        """When `wake` must be called next, on the clock that `now` is read from."""

    @property
    def leader(self) -> str | None:
        """The node to take requests to, its own name when it leads, None when none is known."""

    def status(self) -> CoreStatus:
        """Say what this node is, for people and tests."""

    def wake(self, now: float) -> None:
        """Time has passed."""

    def receive(self, now: float, sender: str, message: Any) -> None:
        """A message arrived; it may be late, doubled or out of order, never altered."""

    def propose(self, command: str) -> Position | None:
        """Put a command into the log, or return None, having done nothing, when not leading."""

    def read(self, token: int) -> bool:
        """Ask for a linearizable read; False, with nothing done, when not leading."""

    def take(self, now: float) -> Output:
        """Hand over what has gathered. `saved` must follow before the next `take`."""

    def saved(self) -> None:
        """The record of the last `take` (if it had one) is safe on disk."""

    def encode(self, message: Any) -> Sequence[Any]:
        """Turn a message into values that JSON can carry."""

    def decode(self, fields: Sequence[Any]) -> Any:
        """The reverse; raises ValueError or TypeError for what no core has sent."""
