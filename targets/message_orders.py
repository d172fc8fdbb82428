"""In which orders a node gets its peers' messages: a search for new states counts them, too.

Two runs may pass through the same states and yet differ in what overtook what. So the last few
messages of each node are looked at, in broad strokes: whose (the first sender, the second …), what
kind, what it grants or refuses, and whether its term is older than one that came before::

    n2 gets     ae n1, ae n1, ae n1, rv+ n3, v- n1, ae n1
    windows     (1 ae) (2 rv+) (1 v-) …            the same one again and again counts once

All of that stands at the beginning of a frame, for Raft and Paxos alike::

    ["c","ar",7,false,…       kind, term or ballot, then yes and no

Only what Paxos says of snapshots has a slot there, which mostly is lower than any ballot.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple
from zlib import crc32

LENGTH = 4
"""Messages in a window."""

_HEAD = re.compile(rb'\["c","(\w+)",(\d+)((?:,true|,false)*)')


class _Message(NamedTuple):
    sender: str
    kind: bytes
    answers: bytes
    age: int
    """1 when no message with so high a term came before, 0 when the highest had it, -1 below."""


class MessageOrders:
    """The orders of one run, of all nodes."""

    def __init__(self) -> None:
        self._last: dict[str, tuple[_Message, ...]] = {}
        self._newest: dict[str, int] = {}
        self._windows: set[tuple[_Message, ...]] = set()

    def heard(self, node: str, sender: str, frame: bytes) -> None:
        """A node gets a frame; only the protocol's own count."""
        head = _HEAD.match(frame)
        if head is None:
            return
        kind, number, answers = head.groups()
        term, newest = int(number), self._newest.get(node, 0)
        age = (term > newest) - (term < newest)
        if age > 0:
            self._newest[node] = term
        message = _Message(sender, kind, answers, age)
        last = self._last.get(node, ())
        if last and last[-1] == message:
            return
        window = self._last[node] = (*last[1 - LENGTH :], message)
        if len(window) == LENGTH:
            self._windows.add(window)

    def gone(self, node: str) -> None:
        """What a node heard before it ended has nothing to do with what comes after."""
        self._last.pop(node, None)
        self._newest.pop(node, None)

    def features(self) -> Iterator[int]:
        """A number for each order, whoever the senders were."""
        for window in self._windows:
            names: dict[str, int] = {}
            order = [(names.setdefault(m.sender, len(names)), *m[1:]) for m in window]
            yield crc32(repr(order).encode())
