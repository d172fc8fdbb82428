"""The cores a node can run, by name, and the options each of them takes."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from harness.env import Env
from targets.store.machine.kv import KeyValue
from targets.store.node import Node
from targets.store.raft.bugs import NO_BUGS, Bugs
from targets.store.raft.core import RaftCore
from targets.store.raft.election import DEFAULT_TIMING, Timing
from targets.store.raft.saved import Saved

PROTOCOLS = ("raft",)


@dataclass(frozen=True)
class Settings:
    """What a person may set of a node."""

    protocol: str = "raft"
    timing: Timing = DEFAULT_TIMING
    bugs: Bugs = NO_BUGS


def start_node(
    env: Env, peers: Sequence[str], settings: Settings, log: Callable[[str], None]
) -> Node:
    """Start a node of the key-value store; `peers` are the other members' names."""

    def make_core(records: list[str]) -> RaftCore:
        return RaftCore(
            env.name,
            sorted([env.name, *peers]),
            Saved.replay(records),
            env.rng,
            env.now(),
            settings.timing,
            settings.bugs,
        )

    dedup = not settings.bugs.no_client_dedup
    return Node(env, peers, settings.protocol, make_core, KeyValue(), log, dedup)
