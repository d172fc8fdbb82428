"""All that a store node sees of the world it runs in.

A node written against `Env` opens no socket and no file by itself, reads no clock but `now`, and
draws no randomness but `rng`. That is what lets one node run as a process on loopback, in a
container, and as a task under virtual time, unchanged::

            frames in                                    frames out
     peers ───────────▶ on_frame ┌────────┐ send ───────────▶ peers
                                 │  node  │ disk.append, sync ▶ disk
     time  ───────────▶ after    └────────┘ now, rng

This module imports the standard library only: it is shipped to the nodes with the store.
"""

from __future__ import annotations

from collections.abc import Callable
from random import Random
from typing import Any, Protocol, TypeAlias


class Timer(Protocol):
    """A call that is due later."""

    def cancel(self) -> None:
        """Forget the call; harmless when it has already been made."""


class Disk(Protocol):
    """A node's own small directory of files, addressed by plain names.

    What is appended may be lost at a power failure until `sync` returns.
    """

    def read(self, name: str) -> bytes:
        """Return the whole file, or `b""` when there is none."""

    def append(self, name: str, data: bytes) -> None:
        """Append to the file, creating it when there is none."""

    def sync(self, name: str) -> None:
        """Return once everything appended to the file survives a power failure."""

    def replace(self, name: str, data: bytes) -> None:
        """Replace the whole file atomically and durably: a crash leaves the old or the new one."""


class Env(Protocol):
    """A node's surroundings. Every method is called on one thread, and none blocks for long."""

    name: str
    rng: Random
    disk: Disk

    def now(self) -> float:
        """Seconds on this node's own monotonic clock, which faults may skew."""

    def after(self, seconds: float, call: Callable[[], None]) -> Timer:
        """Make the call once, `seconds` from now on this node's clock."""

    def send(self, peer: str, frame: bytes) -> None:
        """Send a frame to a peer node, or back to a client by the name its frames came with.

        Delivery is not promised: a frame to a peer that can't be reached is dropped, and one that
        arrives may be late, doubled, or overtaken by a later one. It is never altered.
        """

    def receive(self, on_frame: Callable[[str, bytes], None]) -> None:
        """Have every frame that arrives handed to `on_frame(sender, frame)`."""

    def reached(self, point: str) -> None:
        """Tell that the node's code is at a named point, e.g. `granted-vote`.

        Only a simulation listens: it may end the process right there, and not return.
        """


Main: TypeAlias = Callable[[Env, Callable[[str], None]], Any]
"""A program that begins in surroundings, with a function that writes a line to its log.

It returns at once and lives on in the calls it has asked for. What it returns is for an all-knowing
observer of a simulation (`harness.invariants`); what it raises ends the process.
"""
