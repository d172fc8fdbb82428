"""What a client of a store must do, and how it says what became of an operation.

A client is pinned to its node: no hidden fail-over, retries only inside the same session. It
answers an operation in one of three ways, and the difference is the whole point::

    returns a value          it happened                                         → ok
    raises DidNotHappen      it definitely did not, and never will               → fail
    raises anything else     it may have happened, or may yet                    → info
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from typing import Any, Protocol

from harness.worlds.world import Node


class DidNotHappen(Exception):
    """It did not take effect and never will: refused, or a cas whose old value differs."""


class Indeterminate(Exception):
    """The operation may or may not take effect: the request may have left, no answer came.

    An expected failure, unlike any other exception, which is recorded and reported as unhandled.
    """


class Client(Protocol):
    """One session with one node. The interpreter makes one call at a time, each with a time limit;
    a call that passes it is `info`, and the client is closed and thrown away.
    """

    async def call(self, f: str, key: Any, value: Any) -> Any:
        """Do the operation and return the value of its ok; see the table in docs/history.md."""

    async def close(self) -> None:
        """Let go of the connection; never raises, never waits for the store."""


ClientFactory = Callable[[Node, str], Awaitable[Client]]
"""Opens a client on a node; the text is a name unique in the run, which keeps sessions apart.

Raises ConnectionError when the node can't be reached.
"""
