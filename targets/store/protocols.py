"""The cores a node can run, by name, each with the mistakes it can be told to make."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence

from harness.env import Env
from targets.store.bugs import NO_STORE_BUGS, StoreBugs
from targets.store.chubby.bugs import Bugs as ChubbyBugs
from targets.store.chubby.machine import Chubby
from targets.store.chubby.master import Master
from targets.store.chubby.state import LeasedSessions
from targets.store.compaction import Compaction
from targets.store.flags import Flags
from targets.store.machine.sessions import Sessions
from targets.store.machine.side_by_side import bundled_machine
from targets.store.node import Node
from targets.store.paxos.bugs import Bugs as PaxosBugs
from targets.store.paxos.core import PaxosCore
from targets.store.paxos.saved import Saved as PaxosSaved
from targets.store.raft.bugs import Bugs as RaftBugs
from targets.store.raft.core import RaftCore
from targets.store.raft.saved import Saved as RaftSaved
from targets.store.replicated import Members, ReplicatedLog
from targets.store.settings import Settings
from targets.store.steward import Propose, Submit
from targets.store.storage import Found, Storage

FORMAT = 2
"""Of the files, the commands in them and the messages between nodes."""

PROTOCOLS: dict[str, type[Flags]] = {"raft": RaftBugs, "paxos": PaxosBugs, "chubby": ChubbyBugs}
"""The protocols by name, each with the mistakes it can be told to make. Chubby's locks are kept by
a correct Paxos: its mistakes are in the locks."""


def start_node(
    env: Env,
    peers: Sequence[str],
    protocol: str,
    settings: Settings,
    flags: Sequence[str],
    log: Callable[[str], None],
) -> Node:
    """Start a node of the store; `peers` are the other nodes' names, `flags` mistakes to make.

    Raises:
        CorruptJournal: what is on its disk can't be trusted.
    """
    everyone = sorted([env.name, *peers])
    initial = Members(tuple(sorted(settings.initial or everyone)))
    bugs = PROTOCOLS[protocol].named(flags)

    def make_core(found: Found) -> ReplicatedLog:
        now = env.now()
        if isinstance(bugs, RaftBugs):
            server = RaftSaved.replay(found.snapshot, found.records)
            return RaftCore(env.name, everyone, initial, server, env.rng, now, settings, bugs)
        acceptor = PaxosSaved.replay(found.snapshot, found.records)
        paxos = bugs if isinstance(bugs, PaxosBugs) else PaxosBugs()
        return PaxosCore(env.name, everyone, initial, acceptor, env.rng, now, settings, paxos)

    common = bugs if isinstance(bugs, StoreBugs) else NO_STORE_BUGS
    owner = json.dumps(["splitbrain store", FORMAT, protocol, env.name])
    storage = Storage(env.disk, owner, common)
    compaction = Compaction(settings.snapshot_entries)
    if isinstance(bugs, ChubbyBugs):
        leased = LeasedSessions(Chubby(bugs))

        def master(propose: Propose, submit: Submit) -> Master:
            times = settings.session_lease, settings.lock_delay
            return Master(env, leased, propose, submit, *times, bugs)

        return Node(env, peers, storage, make_core, leased.chubby, leased, compaction, log, master)
    machine = bundled_machine()
    state = Sessions(machine, common)
    return Node(env, peers, storage, make_core, machine, state, compaction, log)
