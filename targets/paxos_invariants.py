"""What Paxos promises inside, looked at after every event of a simulated cluster.

Of each acceptor:

- Promises are kept: what it has promised never goes back, over restarts neither (Simple §2.5).
- An acceptor accepts only in the ballot that it has promised, or promises by that (PMMC §2.2,
  invariant A2).
- One proposal a ballot and slot: votes of one ballot for one slot are for one value (PMMC §2.2,
  invariant C1).

Of who leads, see `targets.paxos_leaders`, of what is chosen `targets.paxos_ledger`. And one state a
slot: snapshots that servers took at the same slot, or were sent, are the same.
"""

from __future__ import annotations

from typing import Any
from zlib import crc32

from targets.message_orders import MessageOrders
from targets.paxos_leaders import Leaders
from targets.paxos_ledger import Ledger
from targets.store.paxos.acceptor import Acceptor
from targets.store.paxos.core import PaxosCore
from targets.store.paxos.messages import Value, Vote

MOST = 100
"""Violations after the first few say nothing new."""


class _Seen:
    """What a node was when it was last looked at."""

    __slots__ = ("ballot", "cast", "chosen", "last", "promised", "role", "snapshot", "unsaved")

    def __init__(self) -> None:
        self.role = ""
        self.ballot: int | None = None
        self.promised = 0
        self.chosen = 0
        self.last = 0
        self.snapshot = 0
        self.cast: list[Vote] = []
        """Votes since then."""
        self.unsaved: list[Vote] = []
        """Votes of this life that are not on its disk yet."""


class PaxosInvariants:
    """See `harness.invariants.Invariants`."""

    def __init__(self) -> None:
        self.violations: list[str] = []
        self._seen: dict[str, _Seen] = {}
        self._kept: dict[str, int] = {}
        """What each node has promised on its disk."""
        self._leaders = Leaders(self._violated)
        self._ledger: Ledger | None = None
        self._snapshots: dict[int, int] = {}
        self._proposed: dict[tuple[int, int], Value] = {}
        self._shapes: set[tuple[Any, ...]] = set()
        self._orders = MessageOrders()
        self.heard = self._orders.heard

    @property
    def chosen(self) -> dict[int, Value]:
        """For each slot the value that was chosen there."""
        found = {} if self._ledger is None else self._ledger.chosen
        return {slot: decision.value for slot, decision in found.items()}

    def look(self, node: str, program: Any) -> None:
        """See `harness.invariants.Invariants`."""
        core: PaxosCore = program.core
        acceptor = core.acceptor
        if self._ledger is None:
            self._ledger = Ledger(acceptor.membership.current, self._violated)
        seen = self._seen.get(node)
        if seen is None:
            seen = self._seen[node] = _Seen()
            self._leaders.begun(node, program)
            self._look_at_return(node, acceptor, seen)
        changed = False
        if acceptor.promised != seen.promised or not acceptor.promise_unsaved:
            self._look_at_promise(node, acceptor, seen)
        if seen.cast or seen.unsaved:
            changed = True
            self._look_at_votes(node, acceptor, seen)
        if core.role != seen.role or core.ballot != seen.ballot:
            changed = True
            self._look_at_office(core, seen, self._ledger)
        if acceptor.promised != seen.promised:
            changed = True
            seen.promised = acceptor.promised
        if core.ballot is not None:
            self._leaders.look(node, core.ballot, core.acceptor.chosen != seen.chosen)
        if acceptor.chosen != seen.chosen:
            changed = True
            self._look_at_chosen(core, seen, self._ledger)
        if core.snapshot[0] != seen.snapshot:
            self._look_at_snapshot(core, seen)
        seen.last = acceptor.last
        if changed:
            self._note_feature()

    def gone(self, node: str) -> None:
        """See `harness.invariants.Invariants`."""
        self._seen.pop(node, None)
        self._leaders.gone(node)
        self._orders.gone(node)

    def features(self) -> frozenset[int]:
        """See `harness.invariants.Invariants`."""
        shapes = [crc32(repr(shape).encode()) for shape in self._shapes]
        return frozenset([*shapes, *self._orders.features()])

    def _look_at_return(self, node: str, acceptor: Acceptor, seen: _Seen) -> None:
        """A process has begun, from what is on its disk."""

        def cast(vote: Vote) -> None:
            seen.cast.append(vote)
            self._note_vote(node, vote)

        acceptor.cast = cast
        kept = self._kept.get(node, 0)
        if acceptor.promised < kept:
            self._violated(
                f"promises are kept: {node} had promised {kept}, and knows of {acceptor.promised} "
                "after it was restarted"
            )
        for slot in range(acceptor.floor + 1, acceptor.last + 1):
            vote = acceptor.vote(slot)
            if vote is not None and self._ledger is not None:
                self._note_vote(node, vote)
                self._ledger.saved(node, vote)

    def _look_at_promise(self, node: str, acceptor: Acceptor, seen: _Seen) -> None:
        promised = acceptor.promised
        if promised < seen.promised:
            self._violated(
                f"promises are kept: {node} had promised {seen.promised}, and goes back to "
                f"{promised}"
            )
        if not acceptor.promise_unsaved:
            self._kept[node] = promised
        self._leaders.promised(node, promised)

    def _look_at_office(self, core: PaxosCore, seen: _Seen, ledger: Ledger) -> None:
        if core.ballot is None:
            if core.role == "candidate":
                self._leaders.owns(core.name, core.acceptor.promised)
        elif core.ballot != seen.ballot:
            ledger.elected(core.ballot, self._leaders.elected(core, core.ballot))
        seen.role, seen.ballot = core.role, core.ballot

    def _look_at_chosen(self, core: PaxosCore, seen: _Seen, ledger: Ledger) -> None:
        first = max(seen.chosen, core.acceptor.floor) + 1
        for slot in range(first, core.acceptor.chosen + 1):
            ledger.taken(core.name, slot, core.acceptor.value(slot))
        seen.chosen = core.acceptor.chosen

    def _look_at_snapshot(self, core: PaxosCore, seen: _Seen) -> None:
        slot, text = core.snapshot
        seen.snapshot = slot
        found = crc32(text.encode())
        if self._snapshots.setdefault(slot, found) != found:
            self._violated(f"one state: {core.name}'s snapshot to {slot} differs from another's")

    def _look_at_votes(self, node: str, acceptor: Acceptor, seen: _Seen) -> None:
        for vote in seen.cast:
            if not seen.promised <= vote.ballot <= acceptor.promised:
                self._violated(
                    f"accepted as promised: {node} accepts {vote}, and has promised "
                    f"{max(seen.promised, acceptor.promised)}"
                )
        seen.unsaved += seen.cast
        seen.cast.clear()
        if not acceptor.unsaved and self._ledger is not None:
            for vote in seen.unsaved:
                self._ledger.saved(node, vote)
            seen.unsaved.clear()

    def _note_vote(self, node: str, vote: Vote) -> None:
        known = self._proposed.setdefault((vote.slot, vote.ballot), vote.value)
        if known != vote.value:
            self._violated(
                f"one proposal: {node} accepts {vote}, and another accepted {known} there"
            )
        if self._ledger is not None:
            self._ledger.cast(node, vote)

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
