"""What Raft servers say to each other (Raft, figures 2 and 13), and how that becomes JSON values.

Three requests with their replies, and one word. A pre-vote (thesis §9.6) is a RequestVote that asks
"would you?", in the term that its sender would move to. `round` numbers the leader's rounds of
messages (thesis §6.4); a reply repeats it, so that an old reply can't confirm a newer read.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple, TypeAlias


class Entry(NamedTuple):
    """A command and the term of the leader that put it into the log. Empty is a no-op; one that
    begins with `targets.store.members.PREFIX` changes the members.
    """

    term: int
    command: str


class RequestVote(NamedTuple):
    """A candidate asks for a vote in `term`; with `pre` it only asks whether it would get one, with
    `heir` the leader has told it to stand (thesis §3.10).
    """

    term: int
    pre: bool
    last_index: int
    last_term: int
    heir: bool = False


class Vote(NamedTuple):
    """The answer; a granted pre-vote repeats the term asked for, all others carry the voter's."""

    term: int
    pre: bool
    granted: bool


class Append(NamedTuple):
    """A leader's entries after (`prev_index`, `prev_term`), or none: then it is a heartbeat."""

    term: int
    prev_index: int
    prev_term: int
    entries: tuple[Entry, ...]
    commit: int
    round: int


class Appended(NamedTuple):
    """The answer. `ok`: the log is the leader's through `match`, synced. Otherwise `match` is
    the last place where it still might be (Raft §5.3). `prev` and `round` are the request's.
    """

    term: int
    ok: bool
    match: int
    prev: int
    round: int


class Install(NamedTuple):
    """A piece of the snapshot to `slot`, of `size` characters in all, from `offset` on."""

    term: int
    slot: int
    slot_term: int
    offset: int
    size: int
    data: str
    round: int


class Installed(NamedTuple):
    """The answer: so many characters are here; all of them: the snapshot is in place, synced."""

    term: int
    slot: int
    received: int
    round: int


class TimeoutNow(NamedTuple):
    """The leader tells its heir not to wait for a time-out (thesis §3.10)."""

    term: int


Message: TypeAlias = RequestVote | Vote | Append | Appended | Install | Installed | TimeoutNow

_TAGS: dict[type[Any], str] = {
    RequestVote: "rv",
    Vote: "v",
    Append: "ae",
    Appended: "ar",
    Install: "is",
    Installed: "ir",
    TimeoutNow: "tn",
}
_TYPES: dict[str, type[Any]] = {tag: kind for kind, tag in _TAGS.items()}


def encode(message: Message) -> Sequence[Any]:
    """Return the tag and the fields; tuples become lists on the wire."""
    return (_TAGS[type(message)], *message)


def decode(fields: Sequence[Any]) -> Message:
    """Rebuild a message; ValueError or TypeError when these are not a message's fields."""
    tag, *values = fields
    kind = _TYPES.get(tag)
    if kind is None:
        raise ValueError(f"no such message: {tag!r}")
    if kind is Append:
        term, prev_index, prev_term, entries, commit, round_ = values
        if entries:
            entries = tuple([Entry(term, command) for term, command in entries])
        return Append(term, prev_index, prev_term, entries or (), commit, round_)
    message: Message = kind(*values)
    return message
