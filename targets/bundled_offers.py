"""What the bundled stores offer: each kind of client as a table from the history's words to theirs.

An offer is a function. It takes an operation as the history writes it (docs/history.md) and says
what to ask a node, whether that writes, and how the node's answer reads in the history. It does no
I/O, decides nothing about failures, and knows no session: that is `targets.bundled_client`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple, TypeAlias


def _as_it_is(answer: Any) -> Any:
    return answer


class Ask(NamedTuple):
    """What to ask a node.

    Args:
        operation: as `targets.store.machine.side_by_side` takes it.
        writes: whether it changes anything, and must therefore act once.
        answered: turns the node's answer into the value of the ok.
    """

    operation: list[Any]
    writes: bool
    answered: Callable[[Any], Any] = _as_it_is


Offer: TypeAlias = Callable[[str, Any, Any], Ask]
"""(f, key, value) of an operation; ValueError for an `f` that this kind of client does not know."""


def register(f: str, key: Any, value: Any) -> Ask:
    """A register a key: read, write, cas."""
    match f:
        case "read":
            return Ask(["kv", "read", key], writes=False)
        case "write":
            return Ask(["kv", "write", key, value], writes=True)
        case "cas":
            old, new = value
            return Ask(["kv", "cas", key, old, new], writes=True)
    raise ValueError(f"a register knows read, write and cas, not {f!r}")


def txn(f: str, key: Any, value: Any) -> Ask:
    """Transactions over many keys; an operation's own key, if it has one, sets them apart from
    those of other operations.
    """
    if f != "txn":
        raise ValueError(f"a store of transactions knows txn, not {f!r}")

    def as_asked(answer: Any) -> Any:
        found = [micro[2] for micro in answer]
        return [[what, name, v] for (what, name, _), v in zip(value, found, strict=True)]

    micros = [[what, name if key is None else [key, name], v] for what, name, v in value]
    writes = any(what != "r" for what, _, _ in value)
    return Ask(["kv", "txn", micros], writes, as_asked)


def list_append(f: str, key: Any, value: Any) -> Ask:
    """A list a key: append, read. What was never appended to is the empty list."""
    match f:
        case "append":
            return Ask(["kv", "txn", [["append", key, value]]], True, lambda answer: value)
        case "read":
            return Ask(["kv", "read", key], False, lambda answer: [] if answer is None else answer)
    raise ValueError(f"a list knows append and read, not {f!r}")


def element_set(f: str, key: Any, value: Any) -> Ask:
    """A set a key: add, remove, read."""
    match f:
        case "read":
            return Ask(["set", "read", key], writes=False)
        case "add" | "remove":
            return Ask(["set", f, key, value], writes=True)
    raise ValueError(f"a set knows add, remove and read, not {f!r}")


def counter(f: str, key: Any, value: Any) -> Ask:
    """A counter a key: add, read."""
    match f:
        case "read":
            return Ask(["counter", "read", key], writes=False)
        case "add":
            return Ask(["counter", "add", key, value], writes=True)
    raise ValueError(f"a counter knows add and read, not {f!r}")


def queue(f: str, key: Any, value: Any) -> Ask:
    """A first-in-first-out queue a key: enqueue, and dequeue, which writes: the element is gone."""
    match f:
        case "enqueue":
            return Ask(["queue", "enqueue", key, value], writes=True)
        case "dequeue":
            return Ask(["queue", "dequeue", key], writes=True)
    raise ValueError(f"a queue knows enqueue and dequeue, not {f!r}")


OFFERS: Mapping[str, Offer] = {
    "register": register,
    "txn": txn,
    "list-append": list_append,
    "set": element_set,
    "counter": counter,
    "queue": queue,
}
