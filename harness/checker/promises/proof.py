"""What a cycle of derived edges follows from, down to sessions and reads.

An edge was derived because of a path of edges that were there before it. So its proof is that path,
and the proofs of the derived edges on it; each step goes back to earlier ones, and ends at what the
history itself says: one call after the other in a session, a read of what was written.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness.checker.promises.graph import Edge, path

SAME_SESSION = "the same session"
READ_FROM = "read from"
FIRST_READ = "read the first value"
BEFORE_SEEN = "hidden before"
AFTER_READ = "hidden after"
"""Why there is an edge; the last two are the rules of `harness.checker.promises.saturate`."""

MOST_IN_PROOF = 60


def proof(cycle: Sequence[Edge], edges: Sequence[Edge]) -> list[Edge]:
    """The edges of the cycle and all that they follow from.

    Args:
        cycle: some of the edges, or none.
        edges: in the order in which they were found.
    """
    if not cycle:
        return []
    number = {(edge.source, edge.target): at for at, edge in enumerate(edges)}
    used: dict[Edge, None] = {}
    todo = _shortened(cycle)
    while todo and len(used) < MOST_IN_PROOF:
        edge = todo.pop()
        if edge in used:
            continue
        used[edge] = None
        if edge.why == BEFORE_SEEN:
            one, two = edge.source, edge.second
        elif edge.why == AFTER_READ:
            one, two = edge.second, edge.target
        else:
            continue
        ways: dict[int, list[Edge]] = {}
        for earlier in edges[: number[edge.source, edge.target]]:
            ways.setdefault(earlier.source, []).append(earlier)
        todo.extend(_shortened(path(ways, one, two, lambda _: True) or []))
    return list(used)


def _shortened(way: Sequence[Edge]) -> list[Edge]:
    """The way with each walk along one session as one edge."""
    short: list[Edge] = []
    for edge in way:
        if short and short[-1].why == edge.why == SAME_SESSION:
            last = short.pop()
            edge = Edge(last.source, edge.target, SAME_SESSION, last.first, edge.second)
        short.append(edge)
    return short
