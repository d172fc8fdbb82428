"""What every world offers: nodes to run a store on, clients' ways in, and faults it can make.

::

    controller                               a world
    ┌──────────────────┐                     ┌─────────────────────────────────┐
    │ clients ─────────┼── client_address ──▶│ n1 ◀── reach ── n2      n3  …   │
    │ target  ─────────┼── upload, start ───▶│  │ process, log                 │
    │ nemesis ─────────┼── cut, signal ─────▶│  ╳ cut(n1, n2)                  │
    └──────────────────┘                     └─────────────────────────────────┘

A world never refuses a fault silently: what it can make stands in `faults`, and every fault can be
proven (`prove_cut`, `Node.process`).
"""

from __future__ import annotations

from asyncio import AbstractEventLoop
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from signal import Signals
from typing import Any, Literal, NamedTuple, Protocol, TypeVar

from harness.env import Main
from harness.invariants import Invariants
from harness.proof import Proof

Result = TypeVar("Result")


class Address(NamedTuple):
    """Where a TCP service listens or is dialled."""

    host: str
    port: int


class Link(NamedTuple):
    """One direction between two nodes: what `src` sends to `dst`, whoever dialled."""

    src: str
    dst: str


CLIENTS = "clients"
"""The clients' end of a link, as a name beside those of the nodes: `Link(CLIENTS, "n1")`."""


@dataclass(frozen=True)
class Weather:
    """What a bad network does to each frame (or packet) of a link; all zero is fair weather.

    Args:
        loss, duplicate, reorder: shares from 0 to 1 of what is lost, doubled, overtaken.
        reorder_s: how much later, at most, what is overtaken arrives, in seconds.
        delay_s: how much later, at most, everything arrives, in seconds.
        bytes_per_s: the link's bandwidth; 0 is unlimited.
        reset: share of clients' frames at which the connection is reset.
    """

    loss: float = 0.0
    duplicate: float = 0.0
    reorder: float = 0.0
    reorder_s: float = 0.0
    delay_s: float = 0.0
    bytes_per_s: float = 0.0
    reset: float = 0.0


class WorldError(Exception):
    """The world can't do what was asked: no engine, a node won't start, a port is taken.

    The message is one line that says what happened and what to do. It costs exit 255.
    """


@dataclass(frozen=True)
class WorldSpec:
    """What a world is made from.

    Args:
        run_id: unique among the runs of this machine; it labels everything the world makes.
        nodes: node names in order, e.g. `("n1", "n2", "n3")`.
        ports: the ports of one node's server by name, e.g. `{"client": 7000, "peer": 7001}`. Those
            named `client*` are for clients, all others for peers. A world whose nodes share one
            address picks other numbers: ask `Node.bind`, `Node.reach` and `Node.client_address`.
        folder: the run's folder on the controller; the world may keep files under it.
        options: world-specific options from the command line, by name.
    """

    run_id: str
    nodes: tuple[str, ...]
    ports: Mapping[str, int]
    folder: Path
    options: Mapping[str, Any] = field(default_factory=dict)
    seed: int = 0
    """Of every random choice of a simulated world."""
    invariants: Invariants | None = None
    """Who looks into the nodes of a simulated world."""


@dataclass(frozen=True)
class ProcessStatus:
    """What a node's own operating system says of its server process.

    `paused` is stopped by a signal; `exited` has an `exit_code` (negative: killed by that signal)
    where the world can know it; `absent` was never started.
    """

    state: Literal["running", "paused", "exited", "absent"]
    pid: int | None = None
    exit_code: int | None = None


class Diagnosis(NamedTuple):
    """One thing that a world needs: whether it is good, what was found, and else what to do."""

    good: bool
    found: str
    remedy: str = ""


class Connection(Protocol):
    """A client's connection to one node: whole frames in, whole frames out, in order.

    On TCP a frame is a 4-byte big-endian length, then that many bytes (at most 16 MiB).
    """

    def send(self, frame: bytes) -> None:
        """Queue a frame; raises ConnectionError when the connection is known to be lost."""

    async def receive(self) -> bytes:
        """Wait for the next frame; raises ConnectionError when the connection is lost.

        Cancelling loses none: a frame is taken only by a call that returns it.
        """

    def close(self) -> None:
        """Close; harmless when it is closed already."""


class Node(Protocol):
    """One machine of the cluster, with at most one server process at a time."""

    name: str
    home: str
    """Absolute path, on the node, of the directory that `upload` and relative paths mean."""
    python: str
    """Absolute path or name, on the node, of a Python >= 3.11."""

    def bind(self, port: str) -> Address:
        """Where this node's server must listen for the port of that name."""

    def reach(self, peer: str, port: str) -> Address:
        """Where this node's server must dial to reach that port of `peer`."""

    def client_address(self, port: str) -> Address:
        """Where a client on the controller dials that port of this node."""

    async def dial(self, port: str) -> Connection:
        """Open a framed connection; ConnectionError when it is refused: nothing has been sent."""

    async def upload(self, files: Mapping[str, bytes]) -> None:
        """Write files under `home`, creating directories; a key is a relative path."""

    async def start(
        self,
        argv: Sequence[str],
        env: Mapping[str, str] | None = None,
        main: Main | None = None,
    ) -> None:
        """Start the server process in `home`; its output goes to the end of `server.log`.

        `main` is the same program, for a world that runs it under virtual time in this process.
        """

    async def signal(self, signal: Signals) -> None:
        """Signal the server process (its whole process group); harmless when it is not running."""

    async def process(self) -> ProcessStatus:
        """Ask the node's operating system for the state of the server process."""

    async def fetch(self, path: str) -> bytes:
        """Return a file under `home`, or `b""` when there is none."""

    async def wipe(self, directory: str) -> None:
        """Delete a directory under `home` with all that is in it; harmless when there is none."""


class World(Protocol):
    """A place to run one test. Made by `World(spec)`; `set_up` before anything else."""

    name: str
    faults: frozenset[str]
    """What it can break: `cut`, `kill`, `pause`, and what stands in `harness.worlds.faults`."""
    nodes: Mapping[str, Node]
    loop_factory: Callable[[], AbstractEventLoop] | None
    """Makes the event loop that the whole test runs on; None where asyncio's own will do."""

    async def set_up(self) -> None:
        """Make the nodes, ready for `upload` and `start`. Raises WorldError."""

    async def tear_down(self, *, leave_running: bool = False) -> str | None:
        """Remove everything this world made, also after a failed `set_up`; safe to call twice.

        With `leave_running` the nodes and their servers stay, all links healed, and the returned
        text tells a person how to reach them and how to remove them.
        """

    async def cut(self, links: Collection[Link]) -> None:
        """From now on no byte from src reaches dst, whoever dialled: held or dropped, not refused.

        The links given replace those that were cut before; `cut([])` heals all.
        """

    async def prove_cut(self, links: Collection[Link]) -> Proof:
        """Measure, on the nodes or on the wire, that nothing crosses these links right now."""

    async def prove_open(self, links: Collection[Link]) -> Proof:
        """Measure that bytes cross these links right now (within a few seconds)."""

    async def blocking(self, call: Callable[[], Result]) -> Result:
        """Run a call that blocks on a thread, and return on the loop's."""

    @staticmethod
    async def diagnose() -> list[Diagnosis]:
        """Tell what this machine has and lacks for this world."""

    @staticmethod
    async def clean(*, everything: bool) -> list[str]:
        """Remove what dead runs and runs that were left running have, never those of a live one.

        With `everything` also what is kept between runs, such as images. Returns what was removed,
        a line each, for people.
        """
