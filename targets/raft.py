"""The bundled store with Raft under it, as a system under test."""

from __future__ import annotations

from collections.abc import Sequence

from harness.invariants import Invariants
from harness.target import Bug
from targets.bundled_store import BundledStore
from targets.raft_bugs import RAFT_BUGS
from targets.raft_invariants import RaftInvariants
from targets.store.raft.core import POINTS


class RaftTarget(BundledStore):
    """See `BundledStore`."""

    name = "raft"
    bugs: Sequence[Bug] = RAFT_BUGS
    points: Sequence[str] = POINTS

    def invariants(self) -> Invariants:
        """What Raft promises inside (Raft, figure 3)."""
        return RaftInvariants()
