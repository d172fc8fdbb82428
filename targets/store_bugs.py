"""The mistakes that every bundled store can be told to make: where each really happened, and the
least that shows it.

`STORE_BUGS` are made around the core, whatever keeps the log; the names are those of
`targets.store.bugs`. The others are made in every core, in the same words, and stand in each
store's list where its core has them.
"""

from __future__ import annotations

from harness.target import Bug

LEADER_LOCAL_READ = Bug(
    flag="leader_local_read",
    citation="etcd#741; consul#54; dqlite#258",
    breaks="a leader answers reads at once, without asking a majority whether it still leads",
    anomaly="stale read",
    workload="register",
    faults=("partition",),
    options={"check_quorum": False},
)
FOLLOWER_LOCAL_READ = Bug(
    flag="follower_local_read",
    citation="xraft#40; go-dqlite#207",
    breaks="any node answers reads from what it has applied",
    anomaly="stale read",
    workload="register",
)
LEASE_TOO_LONG = Bug(
    flag="lease_too_long",
    citation="yugabyte#16",
    breaks="a lease outlives the time for which others wait for it",
    anomaly="stale read",
    workload="register",
    faults=("partition",),
    options={"reads": "lease", "check_quorum": False},
    spares=("clock",),
)
SNAPSHOT_OFF_BY_ONE = Bug(
    flag="snapshot_off_by_one",
    citation="redisraft de001a6, #43",
    breaks="a snapshot claims the first entry that is not in it",
    anomaly="lost write",
    workload="register",
    faults=("kill",),
    options={"snapshot_entries": 20},
)

STORE_BUGS = (
    Bug(
        flag="no_client_dedup",
        citation="jetcd#1444; etcd#14890",
        breaks="a write that was sent twice acts twice",
        anomaly="duplicate write",
        workload="register",
        faults=("packet",),
    ),
    Bug(
        flag="snapshot_drops_sessions",
        citation="atomix#418",
        breaks="a snapshot leaves out what sessions have done: a write sent again acts again",
        anomaly="duplicate write",
        workload="counter",
        faults=("packet", "crash:saved"),
        options={"snapshot_entries": 2},
    ),
    Bug(
        flag="log_not_fsynced",
        citation="PySyncObj's journal",
        breaks="nothing is synced before it is acknowledged",
        anomaly="lost write",
        workload="register",
        faults=("power",),
    ),
    Bug(
        flag="wal_tail_lost",
        citation="etcd#14370; etcd/raft 437bcb8",
        breaks="a record is synced only when the next one is written",
        anomaly="lost write",
        workload="register",
        faults=("power",),
    ),
    Bug(
        flag="wal_cut_on_corrupt_middle",
        citation="Alagappan et al., Protocol-Aware Recovery, FAST'18",
        breaks="a journal that is damaged in its middle is cut there, not refused",
        anomaly="lost write",
        workload="register",
        faults=("disk:rot",),
    ),
)
