"""What Paxos servers say to each other (Simple §2.2; PMMC figure 3), and how that becomes JSON.

All slots from some first one on share their phase 1, and one message of phase 2 carries many slots.
`Prepare.pre` asks "would you promise?": nothing changes (as Raft's pre-vote, thesis §9.6). It keeps
a server that was cut off from deposing a leader that works. `Accept.round` numbers the leader's
confirmations for reads, as in `targets.store.reads`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias


class Value(NamedTuple):
    """What is chosen: a command, and the ballot in which it was first proposed. Empty: a no-op."""

    term: int
    command: str


class Vote(NamedTuple):
    """What an acceptor accepted for a slot, and in which ballot."""

    slot: int
    ballot: int
    value: Value


class Prepare(NamedTuple):
    """Phase 1a: accept nothing below `ballot` from now on; tell what you accepted from `first`.

    `heir_of` is the ballot of the leader that has asked the sender to follow it, else 0.
    """

    ballot: int
    pre: bool
    first: int
    heir_of: int


class Promise(NamedTuple):
    """Phase 1b. `promised` is the acceptor's highest ballot: the answer is yes if that is `ballot`.

    With `more` there are votes beyond the last one given: ask again from there.
    """

    ballot: int
    pre: bool
    granted: bool
    promised: int
    votes: tuple[Vote, ...]
    more: bool


class Accept(NamedTuple):
    """Phase 2a for some slots, or a heartbeat with none. All slots to `commit` are chosen."""

    ballot: int
    values: tuple[tuple[int, Value], ...]
    commit: int
    round: int


class Accepted(NamedTuple):
    """Phase 2b. `slots` of the request's were accepted; empty where `promised` is above its ballot.

    The sender knows all slots to `chosen` to be chosen. `round` is the request's.
    """

    ballot: int
    promised: int
    slots: tuple[int, ...]
    chosen: int
    round: int


class Behind(NamedTuple):
    """What you lack is gone here, but there is a snapshot to `slot`; ask for it with `Fetch`."""

    slot: int


class Fetch(NamedTuple):
    """Send a piece of the snapshot to `slot`, from this character on."""

    slot: int
    offset: int


class Chunk(NamedTuple):
    """A piece of the snapshot to `slot`, which has `size` characters in all."""

    slot: int
    offset: int
    size: int
    text: str


class Succeed(NamedTuple):
    """The leader of this ballot asks for a successor: stand at once."""

    ballot: int


Message: TypeAlias = Prepare | Promise | Accept | Accepted | Behind | Fetch | Chunk | Succeed

_TAGS: dict[type[Any], str] = {
    Prepare: "p",
    Promise: "pr",
    Accept: "a",
    Accepted: "ad",
    Behind: "b",
    Fetch: "f",
    Chunk: "c",
    Succeed: "s",
}


def encode(message: Message) -> Sequence[Any]:
    """Return the tag and the fields; tuples become lists on the wire."""
    return (_TAGS[type(message)], *message)


def decode(fields: Sequence[Any]) -> Message:
    """Rebuild a message; ValueError or TypeError when these are not a message's fields."""
    match fields:
        case ["a", ballot, values, commit, round_]:
            given = tuple([(slot, Value(*value)) for slot, value in values])
            return Accept(ballot, given, commit, round_)
        case ["ad", ballot, promised, slots, chosen, round_]:
            return Accepted(ballot, promised, tuple(slots), chosen, round_)
        case ["p", *rest]:
            return Prepare(*rest)
        case ["pr", ballot, pre, granted, promised, votes, more]:
            told = tuple([Vote(slot, at, Value(*value)) for slot, at, value in votes])
            return Promise(ballot, pre, granted, promised, told, more)
        case ["b", *rest]:
            return Behind(*rest)
        case ["f", *rest]:
            return Fetch(*rest)
        case ["c", *rest]:
            return Chunk(*rest)
        case ["s", *rest]:
            return Succeed(*rest)
    raise ValueError(f"no such message: {fields!r}")
