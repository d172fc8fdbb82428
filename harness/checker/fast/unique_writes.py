"""Registers whose every write wrote another value: decided by sorting, without search.

When each value is written once, what a read returned says which write it saw. The write of a value
and its reads form a cluster, which must be placed as one block, and a cluster's zone runs between
the first end and the last start of its calls::

    forward: some call ended before another started,    backward: all overlap; the block may be
    so the value was there all the time between         anywhere in the zone

    write ├──────┤                                      write   ├───────────┤
    read             ├────────┤                         read        ├───────────┤
    zone         [====]                                 zone        [-------]

A history is linearizable exactly when no read comes before its write, no two forward zones overlap,
and no backward zone lies inside a forward one (Gibbons & Korach, "Testing shared memories", SIAM J.
Comput. 26(4), 1997, section 4). The first value counts as written before everything. A crashed
write that nobody read can be taken not to have happened; one that was read did, and never ended.

The order then is that of the blocks: a forward one at its zone's start, a backward one at its
zone's start too or, if that lies inside a forward zone, right after the latter.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from harness.model import Call, Decided, Model


@dataclass(slots=True)
class Cluster:
    """The write of one value, None for the first value's, and the reads that returned it."""

    write: int | None
    reads: list[int] = field(default_factory=list)
    first_end: int = -1
    last_start: int = -2

    @property
    def forward(self) -> bool:
        """Whether the zone is one over all of which the value must hold."""
        return self.first_end < self.last_start


def applies(calls: Sequence[Call], model: Model) -> bool:
    """Whether the calls are reads and writes of a register, every value written once."""
    if model.kind != "register":
        return False
    written: set[Hashable] = {model.initial()}
    for call in calls:
        if call.f == "write":
            if call.value in written:
                return False
            written.add(call.value)
        elif call.f != "read":
            return False
    return True


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Order the calls, or find those that can't be; None unless every value is written once."""
    if not applies(calls, model):
        return None
    clusters: dict[Hashable, Cluster] = {model.initial(): Cluster(write=None)}
    for position, call in enumerate(calls):
        if call.f == "write":
            clusters[call.value] = Cluster(position, [], call.end, call.start)
    for position, call in enumerate(calls):
        if call.f != "read":
            continue
        cluster = clusters.get(call.result)
        if cluster is None:
            return Decided(None, [position])
        if cluster.write is not None and call.precedes(calls[cluster.write]):
            return Decided(None, [cluster.write, position])
        cluster.reads.append(position)
        cluster.first_end = min(cluster.first_end, call.end)
        cluster.last_start = max(cluster.last_start, call.start)
    seen = [c for c in clusters.values() if c.reads or not _vanishes(c, calls)]
    forward = sorted((c for c in seen if c.forward), key=lambda c: c.first_end)
    for one, two in pairwise(forward):
        if two.first_end < one.last_start:
            return Decided(None, _conflict(calls, one, two))
    return _place(calls, forward, [c for c in seen if not c.forward])


def _vanishes(cluster: Cluster, calls: Sequence[Call]) -> bool:
    return cluster.write is None or calls[cluster.write].crashed


def _place(calls: Sequence[Call], forward: list[Cluster], backward: list[Cluster]) -> Decided:
    """Put each backward block at a moment outside all forward zones, which are disjoint."""
    blocks: list[tuple[tuple[int, int], Cluster]] = [((c.first_end, 0), c) for c in forward]
    at = 0
    for cluster in sorted(backward, key=lambda c: c.last_start):
        while at < len(forward) and forward[at].last_start < cluster.last_start:
            at += 1
        moment = (cluster.last_start, 0)
        if at < len(forward) and forward[at].first_end < cluster.last_start:
            around = forward[at]
            if cluster.first_end < around.last_start:
                return Decided(None, _conflict(calls, around, cluster))
            moment = (around.last_start, 1)
        blocks.append((moment, cluster))
    blocks.sort(key=lambda block: block[0])
    order: list[int] = []
    for _, cluster in blocks:
        if cluster.write is not None:
            order.append(cluster.write)
        order.extend(cluster.reads)
    return Decided(order, [])


def _conflict(calls: Sequence[Call], one: Cluster, two: Cluster) -> list[int]:
    """The calls that span the two zones, and the writes."""
    chosen: set[int] = set()
    for cluster in (one, two):
        members = list(cluster.reads)
        if cluster.write is not None:
            chosen.add(cluster.write)
            members.append(cluster.write)
        chosen.add(min(members, key=lambda at: calls[at].end))
        chosen.add(max(members, key=lambda at: calls[at].start))
    return sorted(chosen)
