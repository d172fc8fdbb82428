"""The mistakes that the bundled Raft store can be told to make: where each really happened, and the
least that shows it. The names are those of `targets.store.raft.bugs`.
"""

from __future__ import annotations

from harness.target import Bug
from targets.store_bugs import STORE_BUGS

RAFT_BUGS = (
    *STORE_BUGS,
    Bug(
        flag="leader_local_read",
        citation="etcd#741; consul#54; dqlite#258",
        breaks="a leader answers reads at once, without asking a majority whether it still leads",
        anomaly="stale read",
        workload="register",
        faults=("partition",),
    ),
    Bug(
        flag="follower_local_read",
        citation="xraft#40; go-dqlite#207",
        breaks="any node answers reads from what it has applied",
        anomaly="stale read",
        workload="register",
    ),
    Bug(
        flag="term_not_persisted",
        citation="PySyncObj#201; redisraft 46a6ad0",
        breaks="term and vote are 0 and empty again after a restart",
        anomaly="lost write",
        workload="register",
        faults=("kill",),
    ),
    Bug(
        flag="truncate_on_append",
        citation="hashicorp/raft 0f31a01; raftos#26",
        breaks="a follower cuts its log after every append request, also where nothing conflicts",
        anomaly="lost write",
        workload="register",
        faults=("packet", "kill"),
    ),
    Bug(
        flag="quorum_off_by_one",
        citation="willemt/raft 05608a3",
        breaks="n // 2 servers count as a majority",
        anomaly="split brain, lost write",
        workload="register",
        faults=("partition",),
    ),
)
