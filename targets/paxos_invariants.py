"""What Paxos promises inside, looked at after every event of a simulated cluster.

- One value a slot: whatever any server believes to be chosen for a slot is the same at every
  server, at every time (Simple §2.1, and P2).
- One proposal a ballot and slot: votes of one ballot for one slot are for one value (PMMC §2.2,
  invariant C1).
- One state a slot: snapshots that servers took at the same slot, or were sent, are the same.
- One leader a ballot.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from zlib import crc32

from targets.message_orders import MessageOrders
from targets.store.paxos.core import PaxosCore
from targets.store.paxos.messages import Value, Vote

MOST = 100
"""Violations after the first few say nothing new."""


class _Seen:
    """What a node was when it was last looked at."""

    __slots__ = ("chosen", "last", "promised", "role", "snapshot")

    def __init__(self) -> None:
        self.role = ""
        self.promised = 0
        self.chosen = 0
        self.last = 0
        self.snapshot = 0


class PaxosInvariants:
    """See `harness.invariants.Invariants`."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self._seen: dict[str, _Seen] = {}
        self._leaders: dict[int, str] = {}
        self.chosen: dict[int, Value] = {}
        """For each slot the value that some node takes for chosen there."""
        self._snapshots: dict[int, int] = {}
        self._proposed: dict[tuple[int, int], Value] = {}
        self._shapes: set[tuple[Any, ...]] = set()
        self._orders = MessageOrders()
        self.heard = self._orders.heard

    def look(self, node: str, program: Any) -> None:
        """See `harness.invariants.Invariants`."""
        core: PaxosCore = program.core
        seen = self._seen.get(node)
        if seen is None:
            seen = self._seen[node] = _Seen()
            core.acceptor.cast = list(core.acceptor.cast or ())
        acceptor = core.acceptor
        changed = False
        if core.role != seen.role or acceptor.promised != seen.promised:
            seen.role, seen.promised, changed = core.role, acceptor.promised, True
            self._look_at_leader(core)
        if acceptor.chosen != seen.chosen:
            changed = True
            self._look_at_chosen(core, seen)
        if core.snapshot[0] != seen.snapshot:
            self._look_at_snapshot(core, seen)
        if acceptor.cast:
            changed = True
            self._look_at_votes(core, acceptor.cast)
            acceptor.cast.clear()
        seen.last = acceptor.last
        if changed:
            self._note_feature()

    def gone(self, node: str) -> None:
        """See `harness.invariants.Invariants`."""
        self._seen.pop(node, None)
        self._orders.gone(node)

    def features(self) -> frozenset[int]:
        """See `harness.invariants.Invariants`."""
        shapes = [crc32(repr(shape).encode()) for shape in self._shapes]
        return frozenset([*shapes, *self._orders.features()])

    def _look_at_leader(self, core: PaxosCore) -> None:
        if core.role == "leader" and core.ballot is not None:
            leader = self._leaders.setdefault(core.ballot, core.name)
            if leader != core.name:
                self._violated(
                    f"one leader: {leader} and {core.name} both lead in ballot {core.ballot}"
                )

    def _look_at_chosen(self, core: PaxosCore, seen: _Seen) -> None:
        first = max(seen.chosen, core.acceptor.floor) + 1
        for slot in range(first, core.acceptor.chosen + 1):
            value = core.acceptor.value(slot)
            known = self.chosen.setdefault(slot, value)
            if known != value:
                self._violated(
                    f"one value: {core.name} takes {value} for chosen at {slot}, where {known} "
                    "was chosen"
                )
        seen.chosen = core.acceptor.chosen

    def _look_at_snapshot(self, core: PaxosCore, seen: _Seen) -> None:
        slot, text = core.snapshot
        seen.snapshot = slot
        found = crc32(text.encode())
        if self._snapshots.setdefault(slot, found) != found:
            self._violated(f"one state: {core.name}'s snapshot to {slot} differs from another's")

    def _look_at_votes(self, core: PaxosCore, votes: Iterable[Vote]) -> None:
        for vote in votes:
            known = self._proposed.setdefault((vote.slot, vote.ballot), vote.value)
            if known != vote.value:
                self._violated(
                    f"one proposal: {core.name} accepts {vote}, and another accepted {known} there"
                )

    def _violated(self, sentence: str) -> None:
        if len(self.violations) < MOST:
            self.violations.append(sentence)

    def _note_feature(self) -> None:
        """The cluster in broad strokes: who is what, how far apart ballots, slots, commits are."""
        nodes = list(self._seen.values())
        ballots = sorted({seen.promised for seen in nodes})
        last = max(seen.last for seen in nodes)
        shape = sorted(
            (
                seen.role,
                ballots.index(seen.promised),
                (last - seen.last).bit_length(),
                (seen.last - seen.chosen).bit_length(),
            )
            for seen in nodes
        )
        self._shapes.add(tuple(shape))
