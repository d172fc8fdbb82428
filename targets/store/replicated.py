"""The wall between a node and the protocol that keeps its log: one interface, several cores.

A core is pure. Events go in by method calls, each with the time; what is to be done comes out of
`take`, and the order in which a node must do it is the whole safety argument::

    events ──▶ core ──▶ take() ──▶ 1. send   early       (safe before the disk has it)
                 ▲                 2. save   snapshot    (replace the file, synced)
                 │                 3. save   anew        (replace the journal, synced), or
                 │                           record      (append to it, sync)
                 │                 4. send   messages    (they promise what the disk now holds)
                 │                 5. load   restore     (the state of a snapshot)
                 │                 6. apply  committed, answer reads, give up lost_reads
                 └── saved() ◀──── 7. say that it is saved

Effects are gathered until `take`, so a node that handles many events before it takes pays one
sync for all of them: that is group commit.

A snapshot is saved before the journal loses what it holds: a crash between the two leaves both, and
a core that starts passes over what its snapshot covers.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, Protocol, TypeAlias


class Position(NamedTuple):
    """Where a proposed command was put. It took effect if this very pair is committed."""

    slot: int
    term: int


class Committed(NamedTuple):
    """A command whose place in the order of all commands is final; empty ones change nothing."""

    position: Position
    command: str


class Restore(NamedTuple):
    """The state after all slots to this one, as `targets.store.machine.sessions` dumps it."""

    slot: int
    state: str


BATCH_ENTRIES = 512
"""So many entries (slots) go into one message, at most, unless a setting says otherwise."""

ReadsBy: TypeAlias = Literal["index", "lease"]
"""How a leader serves reads: after a round of answers, or on a lease (`targets.store.reads`)."""


class Change(NamedTuple):
    """One step of a change of the members, of one server.

    Args:
        action: `add` makes it a learner: it gets the log and has no vote. `promote` makes a learner
            a voter. `remove` takes either away.
        server: its name.
    """

    action: Literal["add", "promote", "remove"]
    server: str


class Members(NamedTuple):
    """Who has the log; only `voters` count for a majority."""

    voters: tuple[str, ...]
    learners: tuple[str, ...] = ()


class Output:
    """What a core wants done, in the order of the fields.

    Args:
        early: messages that promise nothing about this node's disk: they may leave at once.
        snapshot: the text of a snapshot that takes the place of the last one; None: nothing.
        anew: the records that take the place of the whole journal; None: it stays.
        record: to be appended to the journal and synced before anything below; None: nothing.
            Never together with `anew`.
        messages: sent once all that is safe.
        restore: the state that takes the place of the machine's, before `committed`.
        committed: to be applied in order.
        reads: tokens of reads that may be answered from the state after `committed`.
        lost_reads: tokens of reads that can't be served here any more; they changed nothing.
        points: what has just been done, by the names a core declares (`harness.env.Env.reached`).
    """

    __slots__ = (
        "anew",
        "committed",
        "early",
        "lost_reads",
        "messages",
        "points",
        "reads",
        "record",
        "restore",
        "snapshot",
    )

    def __init__(self) -> None:
        self.early: list[tuple[str, Any]] = []
        self.snapshot: str | None = None
        self.anew: list[str] | None = None
        self.record: str | None = None
        self.messages: list[tuple[str, Any]] = []
        self.restore: Restore | None = None
        self.committed: list[Committed] = []
        self.reads: list[int] = []
        self.lost_reads: list[int] = []
        self.points: list[str] = []


class CoreStatus(NamedTuple):
    """What a core says of itself; `term` is whatever numbers the protocol's leaders, `snapshot` the
    last slot that its snapshot covers, `last` the last that its log has. The members are those that
    are settled; `changing` says that there is a change in its log which may not be.
    """

    role: str
    term: int
    commit: int
    leader: str | None
    snapshot: int
    last: int
    voters: tuple[str, ...]
    learners: tuple[str, ...]
    changing: bool


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

    def read(self, now: float, token: int) -> bool:
        """Ask for a linearizable read; False, with nothing done, when not leading."""

    def change(self, change: Change) -> Position | str:
        """Put a change of the members into the log; or a sentence that says why not, with nothing
        done: not leading, another change is under way, the change makes no sense.
        """

    def transfer(self, now: float, to: str) -> str | None:
        """Begin to hand the leadership to this voter; or a sentence that says why not."""

    def compact(self, slot: int, state: str) -> None:
        """The state after exactly this slot, which is committed and was the last to be applied:
        the log before it may go.
        """

    def take(self, now: float) -> Output:
        """Hand over what has gathered. `saved` must follow before the next `take`.

        A core that starts from a snapshot gives its state in the first `take`, as `restore`.
        """

    def saved(self) -> None:
        """What the last `take` wanted saved (if anything) is safe on disk."""

    def encode(self, message: Any) -> Sequence[Any]:
        """Turn a message into values that JSON can carry."""

    def decode(self, fields: Sequence[Any]) -> Any:
        """The reverse; raises ValueError or TypeError for what no core has sent."""
