"""What a system under test must offer.

A target is made once for a run, `Target(version=…, bugs=…)`, and then asked to install, start and
stop its server on one node after another. It keeps no state of a node: nodes are killed and
restarted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple, Protocol

from harness.client import ClientFactory
from harness.invariants import Invariants
from harness.worlds.world import Node


@dataclass(frozen=True)
class Bug:
    """A real mistake, switchable in a bundled store, off by default.

    Args:
        flag: its name on the command line, e.g. `leader_local_read`.
        citation: where it really happened.
        breaks: what the mutated line does, in a few words.
        anomaly: what a client sees, e.g. `stale read`.
        workload: the workload that shows it.
        faults: the least faults that show it, e.g. `("partition",)`; empty when none is needed.
        equivalence: why no test can show it, where that has been proven; else None.
        options: of the target, without which it can't show, or hardly: a safeguard that hides it
            switched off, a threshold lowered. The target sets them with the bug.
        spares: nemeses that the target, with these options, can't be asked to survive even without
            the bug, such as clocks beyond what a lease allows for. They show nothing, and strike
            only as far as `faults` names them.
    """

    flag: str
    citation: str
    breaks: str
    anomaly: str
    workload: str
    faults: tuple[str, ...] = ()
    equivalence: str | None = None
    options: Mapping[str, Any] = field(default_factory=dict)
    spares: tuple[str, ...] = ()


@dataclass(frozen=True)
class Status:
    """What a node says of itself.

    `heard` maps each peer to the seconds since a frame from it last arrived: a node's own word on
    whether it is cut off. `voters` and `learners` are the members that are settled, as far as it
    knows. Each is empty where a store offers no such thing. `changing`: it knows of a change of the
    members of which it does not know that it is settled, so they may be others already.
    """

    role: str
    term: int
    commit: int
    applied: int
    leader: str | None = None
    heard: Mapping[str, float] = field(default_factory=dict)
    voters: Sequence[str] = ()
    learners: Sequence[str] = ()
    changing: bool = False


class Order(NamedTuple):
    """What an administrator asks of a cluster: that `server` lead it (`transfer`), get its log and
    have no vote (`add`), have a vote (`promote`), or leave it (`remove`).
    """

    action: Literal["transfer", "add", "promote", "remove"]
    server: str


class Administered(Protocol):
    """What a target offers besides, if its clusters can be changed while they run."""

    async def administer(self, node: Node, order: Order) -> str | None:
        """Ask this node, which should lead. Returns None once it is done (for a transfer: begun),
        or why it was not, which may mean that it is not known; the status shows what is so.
        ConnectionError or TimeoutError when it doesn't answer.
        """


class Particular(Protocol):
    """What a target offers besides, if its options must go with the nodes."""

    def must_suit(self, nodes: Sequence[str]) -> None:
        """Raise `harness.spec.OptionError` if they don't; asked before anything starts."""


class Target(Protocol):
    """A system under test, as the harness sees it."""

    name: str
    offers: Mapping[str, ClientFactory]
    """Kinds of client by name, e.g. `register`; a workload needs one of them."""
    worlds: frozenset[str]
    bugs: Sequence[Bug]
    ports: Mapping[str, int]
    """The server's ports by name; `client*` are for clients, the others for peers."""
    log_patterns: Sequence[str]
    """Regular expressions that mean a crash when they match a line of a node's log."""
    points: Sequence[str]
    """Points of its code that its nodes tell of (`harness.env.Env.reached`), where faults can be
    aimed in a simulation; empty where there are none."""

    def invariants(self) -> Invariants | None:
        """A new observer for one simulated run; None where the target has none."""

    async def install(self, node: Node) -> None:
        """Bring the server onto the node."""

    async def start(self, node: Node, peers: Sequence[str]) -> None:
        """Start the server on the node; `peers` are all node names, its own included."""

    async def stop(self, node: Node) -> None:
        """Stop the server gracefully, by force where that fails."""

    async def wipe(self, node: Node) -> None:
        """Delete the server's data on the node."""

    async def ready(self, node: Node) -> None:
        """Return once the node serves clients; the caller sets the time limit."""

    async def observe(self, node: Node) -> Status:
        """Ask the node what it is; ConnectionError or TimeoutError when it doesn't answer."""

    async def primaries(self, nodes: Sequence[Node]) -> list[str]:
        """Names of the nodes that believe they lead, most credible first; empty when none does."""

    def log_files(self, node: Node) -> Sequence[str]:
        """Paths under the node's home to keep with the run."""

    async def version(self, node: Node) -> str:
        """The version that is installed."""
