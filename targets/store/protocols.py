"""The cores a node can run, by name, and the options each of them takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.env import Env
from targets.store.flags import Flags
from targets.store.machine.side_by_side import bundled_machine
from targets.store.node import Node
from targets.store.paxos.bugs import Bugs as PaxosBugs
from targets.store.paxos.core import PaxosCore
from targets.store.paxos.saved import Saved as PaxosSaved
from targets.store.raft.bugs import Bugs as RaftBugs
from targets.store.raft.core import RaftCore
from targets.store.raft.saved import Saved as RaftSaved
from targets.store.replicated import ReplicatedLog
from targets.store.timing import DEFAULT_TIMING, Timing

PROTOCOLS: dict[str, type[Flags]] = {"raft": RaftBugs, "paxos": PaxosBugs}
"""The protocols by name, each with the mistakes it can be told to make."""


@dataclass(frozen=True)
class Settings:
    """What a person may set of a node; `bugs` are flags of the protocol's."""

    protocol: str = "raft"
    timing: Timing = DEFAULT_TIMING
    bugs: Sequence[str] = ()


def start_node(
    env: Env, peers: Sequence[str], settings: Settings, log: Callable[[str], None]
) -> Node:
    """Start a node of the store; `peers` are the other members' names."""
    members = sorted([env.name, *peers])
    bugs = PROTOCOLS[settings.protocol].named(settings.bugs)

    def make_core(records: list[str]) -> ReplicatedLog:
        timing = settings.timing
        if isinstance(bugs, PaxosBugs):
            acceptor = PaxosSaved.replay(records)
            return PaxosCore(env.name, members, acceptor, env.rng, env.now(), timing, bugs)
        assert isinstance(bugs, RaftBugs)
        server = RaftSaved.replay(records)
        return RaftCore(env.name, members, server, env.rng, env.now(), timing, bugs)

    dedup = not getattr(bugs, "no_client_dedup", False)
    return Node(env, peers, settings.protocol, make_core, bundled_machine(), log, dedup)
