"""The four session guarantees of one key of a register, and coherence, for known versions.

Each guarantee says that one version is not later than another:

    read your writes      a session wrote w, then read version v        w ≤ v
    monotonic reads       a session read version v, then v'             v ≤ v'
    monotonic writes      a session wrote w, then w'                    w < w'
    writes follow reads   a session read version v, then wrote w        v < w

(Terry et al., "Session guarantees for weakly consistent replicated data", PDIS 1994.) A cas reads,
then writes. From outside nobody sees the order of the versions, so a guarantee was kept if *some*
order fits, that is, if its edges have no cycle. Alone, two of them would say too little:

- Read your writes is judged with the session's own writes in order, else a session that wrote 1,
  then 2, then read 1 would be excused by "perhaps 2 came before 1".
- The order of writes shows in nothing but what sessions read, one version and then another. So the
  two guarantees about writes are judged together with monotonic reads. What sessions read in both
  orders is no evidence for either (monotonic reads is to blame): such versions count as one::

    process 1 wrote 1, then 2; process 3 read 2, then 1      monotonic writes is broken
    processes 1 and 2 wrote; process 3 read 1, 2, 1          monotonic reads is broken

All four at once, with nothing between a cas and what it replaced, are **coherence**: each key by
itself is sequentially consistent. Put each read right after its version: the order of each session
is kept, and the other way round each of the four follows from such an order.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from harness.checker.licence import writes
from harness.checker.promises.graph import Edge, Rank, classes, find_cycle, path
from harness.checker.promises.versions import FIRST, Versions

READ_YOUR_WRITES = "read your writes"
MONOTONIC_READS = "monotonic reads"
MONOTONIC_WRITES = "monotonic writes"
WRITES_FOLLOW_READS = "writes follow reads"
COHERENCE = "coherence"
GUARANTEES = (READ_YOUR_WRITES, MONOTONIC_READS, MONOTONIC_WRITES, WRITES_FOLLOW_READS)

FIRST_OF_ALL = "the first version comes first"


def edges_of(versions: Versions) -> list[Edge]:
    """What the sessions demand, but for what follows from the rest of the same rule.

    A crashed call precedes nothing, not even in its session: it may take effect at any later time.
    """
    calls, saw = versions.calls, versions.saw
    edges: list[Edge] = []
    wrote: dict[int, int] = {}
    read: dict[int, int] = {}
    for at in versions.happened:
        call = calls[at]
        process, now = call.process, saw.get(at)
        if now is not None:
            if now > at and calls[now].process == process:
                edges.append(Edge(now, now, WRITES_FOLLOW_READS, at, now))
            before = read.get(process)
            if before is not None and saw[before] != now:
                edges.append(Edge(saw[before], now, MONOTONIC_READS, before, at))
            own = wrote.get(process)
            if own is not None and own != now:
                edges.append(Edge(own, now, READ_YOUR_WRITES, own, at))
        if writes(call) is not None:
            own = wrote.get(process)
            if own is not None:
                edges.append(Edge(own, at, MONOTONIC_WRITES, own, at))
            before = at if now is not None else read.get(process)
            if before is not None:
                edges.append(Edge(saw[before], at, WRITES_FOLLOW_READS, before, at))
        if not call.crashed:
            if now is not None:
                read[process] = at
            if writes(call) is not None:
                wrote[process] = at
    return edges


def violation(guarantee: str, edges: Sequence[Edge], rank: Rank | None = None) -> list[Edge] | None:
    """A short cycle that shows the guarantee broken, None if some order of versions keeps it."""
    if guarantee == READ_YOUR_WRITES:
        return find_cycle(_with_first(edges, {READ_YOUR_WRITES, MONOTONIC_WRITES}), rank)
    reads = _with_first(edges, {MONOTONIC_READS})
    if guarantee == MONOTONIC_READS:
        return find_cycle(reads, rank)
    return _beyond_reads(reads, [e for e in edges if e.why == guarantee], rank)


def rank_of(versions: Versions) -> Rank:
    """A guess at the order of versions: by when the first that wrote or read each was over."""
    calls, saw = versions.calls, versions.saw
    first = np.array([call.end for call in calls] + [-1], np.int64)
    if saw:
        readers = np.fromiter(saw.keys(), np.int64, len(saw))
        np.minimum.at(first, np.fromiter(saw.values(), np.int64, len(saw)), first[readers])
    return first


def incoherence(
    versions: Versions, edges: Sequence[Edge], rank: Rank | None = None
) -> list[Edge] | None:
    """A cycle among the demands of all four, or of a cas and what is in its way."""
    taken: dict[int, int] = {}
    block: dict[int, int] = {}
    place: dict[int, int] = {}
    for at in versions.happened:
        if at not in versions.saw or versions.calls[at].f != "cas":
            continue
        source = versions.saw[at]
        if source in taken:
            other = taken[source]
            why = "each replaced the same version"
            return [Edge(other, at, why, other, at), Edge(at, other, why, at, other)]
        taken[source] = at
    for head in taken:
        if head != FIRST and versions.calls[head].f == "cas" and head in versions.saw:
            continue
        at, steps = head, 0
        while True:
            block[at], place[at] = head, steps
            if at not in taken:
                break
            at, steps = taken[at], steps + 1
    between: list[Edge] = []
    for edge in _with_first(edges, set(GUARANTEES)):
        one, two = block.get(edge.source, edge.source), block.get(edge.target, edge.target)
        if one != two:
            between.append(_led(edge, one, two))
        elif place.get(edge.source, 0) >= place.get(edge.target, 0):
            return _back_through(edge, taken)
    return find_cycle(between, rank)


def _led(edge: Edge, source: int, target: int) -> Edge:
    """The edge between other nodes, if they are others."""
    if (edge.source, edge.target) == (source, target):
        return edge
    return edge._replace(source=source, target=target)


def _back_through(edge: Edge, taken: dict[int, int]) -> list[Edge]:
    """The edge, and the cas operations that lead from its target to its source."""
    cycle, at = [edge], edge.target
    while at != edge.source:
        after = taken[at]
        cycle.append(Edge(at, after, WRITES_FOLLOW_READS, after, after))
        at = after
    return cycle


def _with_first(edges: Iterable[Edge], rules: set[str]) -> list[Edge]:
    """The edges of these rules, and those from the first version, if anything leads there."""
    chosen = [edge for edge in edges if edge.why in rules]
    if any(edge.target == FIRST for edge in chosen):
        nodes = {edge.source for edge in chosen} | {edge.target for edge in chosen}
        nodes.discard(FIRST)
        chosen.extend(Edge(FIRST, node, FIRST_OF_ALL, node, node) for node in sorted(nodes))
    return chosen


def _beyond_reads(reads: list[Edge], own: list[Edge], rank: Rank | None) -> list[Edge] | None:
    """A cycle that the contradictions among reads alone don't account for."""
    for edge in own:
        if edge.source == edge.target:
            return [edge]
    one_as = classes(reads, rank)
    between = []
    originals: dict[Edge, Edge] = {}
    for edge in [*reads, *own]:
        one = one_as.get(edge.source, edge.source)
        two = one_as.get(edge.target, edge.target)
        if one != two:
            merged = _led(edge, one, two)
            between.append(merged)
            if merged is not edge:
                originals[merged] = edge
    cycle = find_cycle(between, rank)
    if cycle is None:
        return None
    ways: dict[int, list[Edge]] = {}
    for edge in reads:
        ways.setdefault(edge.source, []).append(edge)
    whole: list[Edge] = []
    found = [originals.get(edge, edge) for edge in cycle]
    for edge, after in zip(found, [*found[1:], found[0]], strict=True):
        whole.append(edge)
        if edge.target != after.source:
            whole.extend(path(ways, edge.target, after.source, lambda _: True) or ())
    return whole
