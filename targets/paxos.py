"""The bundled store with Multi-Paxos under it, as a system under test."""

from __future__ import annotations

from collections.abc import Sequence

from harness.invariants import Invariants
from harness.target import Bug
from targets.bundled_store import BundledStore
from targets.paxos_bugs import PAXOS_BUGS
from targets.paxos_invariants import PaxosInvariants
from targets.store.paxos.core import POINTS


class PaxosTarget(BundledStore):
    """See `BundledStore`."""

    name = "paxos"
    bugs: Sequence[Bug] = PAXOS_BUGS
    points: Sequence[str] = POINTS

    def invariants(self) -> Invariants:
        """What Paxos promises inside (*Paxos Made Simple*, section 2)."""
        return PaxosInvariants()
