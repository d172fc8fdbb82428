"""The mistakes that the bundled lock service can be told to make: where each happened, and the
least that shows it. The names are those of `targets.store.chubby.bugs`; § are sections of the
Chubby paper.
"""

from __future__ import annotations

from harness.target import Bug

_SHORT = {"session_lease": 0.9, "lock_delay": 0.1}
"""Where a lease must run out within a fault: the usual one outlasts most."""

CHUBBY_BUGS = (
    Bug(
        flag="no_fencing",
        citation="etcd#11457, etcd#10811",
        breaks="the resource does not check the sequencer",
        anomaly="two writers",
        workload="fenced-lock",
        faults=("pause",),
        options=_SHORT,
    ),
    Bug(
        flag="grant_to_expired_waiter",
        citation="etcd PR#11408",
        breaks="a waiter whose session expired takes the lock once all before it are gone",
        anomaly="double grant",
        workload="lock",
        faults=("partition",),
        options=_SHORT,
    ),
    Bug(
        flag="stale_unlock_releases_newer",
        citation="etcd#22082",
        breaks="a release names the lock, not the hold: a late one frees the next holder's",
        anomaly="double grant",
        workload="lock",
        faults=("partition",),
        options=_SHORT,
    ),
    Bug(
        flag="client_ignores_expiry",
        citation="consul#18271",
        breaks="the client has no lease timer of its own",
        anomaly="double hold",
        workload="lock",
        faults=("partition",),
        options=_SHORT,
    ),
    Bug(
        flag="server_reaps_live_session",
        citation="consul#6793",
        breaks="a new master expires the sessions that it has not heard from yet",
        anomaly="live members dropped, double grant",
        workload="ephemeral-membership",
        faults=("kill",),
        options={"session_lease": 6.0},
    ),
    Bug(
        flag="deposed_leader_expires",
        citation="etcd#15247",
        breaks="the master expires sessions in its own state, outside the log",
        anomaly="sessions lost, replicas diverge",
        workload="ephemeral-membership",
        faults=("kill",),
        options=_SHORT,
    ),
    Bug(
        flag="lock_delay_zero",
        citation="Chubby §2.4",
        breaks="the lock of an expired holder is given away at once",
        anomaly="late write lands",
        workload="lock",
        faults=("partition",),
        options={"session_lease": 0.9, "lock_delay": 10.0},
    ),
    Bug(
        flag="ephemeral_survives",
        citation="ZOOKEEPER-4837",
        breaks="the ephemeral files of an expired session stay",
        anomaly="ghost member",
        workload="ephemeral-membership",
        faults=("partition",),
        options=_SHORT,
    ),
    Bug(
        flag="ephemeral_made_persistent",
        citation="pulsar#23984",
        breaks="an ephemeral file is made without its owner",
        anomaly="ghost member",
        workload="ephemeral-membership",
    ),
    Bug(
        flag="session_silently_replaced",
        citation="ClickHouse#116690",
        breaks="a session that expired is answered as if it lived",
        anomaly="lost ephemeral files",
        workload="ephemeral-membership",
        faults=("partition",),
        options=_SHORT,
    ),
    Bug(
        flag="lock_generation_reset",
        citation="derived: Chubby §2.4",
        breaks="a snapshot leaves out the last generation that was given",
        anomaly="token used twice",
        workload="fenced-lock",
        faults=("kill:all",),
        options={"snapshot_entries": 20},
    ),
    Bug(
        flag="cas_ignores_generation",
        citation="derived: Chubby §2.6",
        breaks="a write does not compare the generation",
        anomaly="lost update",
        workload="file-register",
    ),
)
