"""The mistakes that the bundled Paxos store can be told to make: where each happened or what rule
it breaks, and the least that shows it. The names are those of `targets.store.paxos.bugs`; *Simple*
and *PMMC* as in `targets.store.paxos`.
"""

from __future__ import annotations

from harness.target import Bug
from targets.store_bugs import STORE_BUGS

PAXOS_BUGS = (
    *STORE_BUGS,
    Bug(
        flag="promise_not_persisted",
        citation="derived: Simple §2.5",
        breaks="a promise is forgotten in a restart",
        anomaly="two values in a slot, lost write",
        workload="register",
        faults=("kill", "partition"),
    ),
    Bug(
        flag="accepted_not_persisted",
        citation="derived: Simple §2.5",
        breaks="votes are forgotten in a restart",
        anomaly="lost write",
        workload="register",
        faults=("kill",),
    ),
    Bug(
        flag="accept_lower_ballot",
        citation="derived: Simple P1a",
        breaks="an acceptor accepts below what it has promised",
        anomaly="lost write",
        workload="register",
        faults=("partition", "packet"),
    ),
    Bug(
        flag="promise_lower_ballot",
        citation="derived: Simple P1a",
        breaks="an acceptor promises below what it has promised",
        anomaly="lost write",
        workload="register",
        faults=("partition", "packet"),
    ),
    Bug(
        flag="ignore_accepted_value",
        citation="derived: Simple P2c",
        breaks="a new leader fills open slots with no-ops, whatever was accepted there",
        anomaly="lost write",
        workload="register",
        faults=("partition",),
    ),
    Bug(
        flag="adopt_first_not_highest",
        citation="derived: Simple P2c",
        breaks="a new leader takes the first value it is told of, not that of the highest ballot",
        anomaly="lost write",
        workload="register",
        faults=("partition", "crash"),
    ),
    Bug(
        flag="learner_cross_ballot",
        citation="derived: PMMC §2.2, C2",
        breaks="an acceptor takes its own vote of any ballot for the chosen value",
        anomaly="diverged replicas",
        workload="register",
        faults=("partition",),
    ),
    Bug(
        flag="learner_counts_dups",
        citation="booth PR#47",
        breaks="one acceptor's answer counts as often as it arrives",
        anomaly="lost write",
        workload="register",
        faults=("packet", "partition"),
    ),
    Bug(
        flag="ballot_collision",
        citation="derived: Simple §2.2",
        breaks="a ballot does not name its owner: two servers may use the same one",
        anomaly="two leaders in a ballot",
        workload="register",
        faults=("partition", "packet"),
    ),
    Bug(
        flag="accept_keeps_old_promise",
        citation="discussion of cassandra PR#1327",
        breaks="accepting in a higher ballot does not promise it",
        anomaly="lost write",
        workload="register",
        faults=("partition", "packet"),
    ),
    Bug(
        flag="stale_promise_counted",
        citation="MyPaxos#18",
        breaks="promises for an earlier ballot count",
        anomaly="lost write",
        workload="register",
        faults=("partition", "packet"),
    ),
    Bug(
        flag="quorum_half",
        citation="derived: Simple §2.2",
        breaks="n // 2 acceptors count as a majority",
        anomaly="split brain, lost write",
        workload="register",
        faults=("partition",),
    ),
    Bug(
        flag="read_skips_inflight",
        citation="CASSANDRA-12126",
        breaks="a new leader reads before what may be chosen already is known to be",
        anomaly="stale read",
        workload="register",
        faults=("kill",),
    ),
)
