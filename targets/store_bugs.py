"""The mistakes that every bundled store can be told to make, whatever keeps its log: where each
really happened, and the least that shows it. The names are those of `targets.store.bugs`.
"""

from __future__ import annotations

from harness.target import Bug

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
