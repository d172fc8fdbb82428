"""Cycles: what must come before what, when that can't be.

Every check of a partial order here ends in the same question: do these edges have a cycle, and if
so, which is short enough to be shown? Nodes on no cycle are peeled off first (no way in, or no way
out), which for most histories leaves nothing. What is left is divided into strongly connected
components (Tarjan, "Depth-first search and linear graph algorithms", SIAM J. Comput. 1(2), 1972),
and a breadth-first search in the smallest finds a shortest cycle through some of its nodes.

Even peeling takes seconds where there are a million edges. But mostly there is a good guess at an
order of the nodes, their **rank**. A cycle comes back to its lowest rank, so each step up from
there is spanned by an edge that leads down::

    rank    0     1     2     3     4     5     6     7
    edges   ──▶   ──▶   ──▶   ◀───────────    ──▶   ──▶        only 3 to 5 can be on a cycle

Edges that lead down and overlap span one stretch, and a cycle stays within one. Any rank is right;
the better the guess, the less is left to be peeled.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from typing import NamedTuple, TypeAlias

import numpy as np
import numpy.typing as npt

Rank: TypeAlias = npt.NDArray[np.int64]
"""A number for each node, by position: of -1 the last."""

STARTS_TRIED = 24
"""From so many nodes of a component a shortest cycle is looked for."""


class Edge(NamedTuple):
    """One thing before another, and the two operations that show it.

    Args:
        source, target: the nodes, such as versions.
        why: the rule that demands it.
        first, second: positions of the operations that the rule looked at.
    """

    source: int
    target: int
    why: str
    first: int
    second: int


def find_cycle(edges: Sequence[Edge], rank: Rank | None = None) -> list[Edge] | None:
    """A short cycle, as its edges in turn; None when there is none."""
    for edge in edges:
        if edge.source == edge.target:
            return [edge]
    knot = _knotted(edges, rank)
    if not knot:
        return None
    ways: dict[int, list[Edge]] = {}
    for edge in knot:
        ways.setdefault(edge.source, []).append(edge)
    component = min(
        (part for part in _components(ways) if len(part) > 1), key=lambda part: (len(part), part)
    )
    inside = set(component)
    there = {(edge.source, edge.target): edge for edge in knot}
    for edge in knot:
        if (back := there.get((edge.target, edge.source))) is not None:
            return [edge, back]
    best = path(ways, component[0], component[0], inside.__contains__)
    assert best is not None
    for start in component[1 :: 1 + len(component) // STARTS_TRIED]:
        shorter = path(ways, start, start, inside.__contains__, len(best) - 1)
        best = shorter or best
    return best


def path(
    ways: dict[int, list[Edge]],
    start: int,
    goal: int,
    allowed: Callable[[int], bool],
    most: int | None = None,
) -> list[Edge] | None:
    """A shortest way of at least one edge, and no more than `most`, through allowed nodes."""
    came: dict[int, Edge] = {}
    todo = deque([(start, 0)])
    while todo:
        node, length = todo.popleft()
        if length == most:
            return None
        for edge in ways.get(node, ()):
            if edge.target in came or not allowed(edge.target):
                continue
            came[edge.target] = edge
            if edge.target == goal:
                back = [edge]
                while back[-1].source != start:
                    back.append(came[back[-1].source])
                return back[::-1]
            todo.append((edge.target, length + 1))
    return None


def classes(edges: Sequence[Edge], rank: Rank | None = None) -> dict[int, int]:
    """For each node on a cycle, one node that stands for its strongly connected component."""
    ways: dict[int, list[Edge]] = {}
    for edge in _knotted(edges, rank):
        ways.setdefault(edge.source, []).append(edge)
    return {node: part[0] for part in _components(ways) if len(part) > 1 for node in sorted(part)}


def _knotted(edges: Sequence[Edge], rank: Rank | None) -> list[Edge]:
    """The edges left when every node without a way in, or without a way out, is peeled off."""
    if rank is not None:
        edges = _spanned(edges, rank)
    edges = _peel(list(edges), lambda edge: edge.source, lambda edge: edge.target)
    return _peel(edges, lambda edge: edge.target, lambda edge: edge.source)


def _spanned(edges: Sequence[Edge], rank: Rank) -> list[Edge]:
    """The edges with both ends in one stretch that is spanned by edges which lead down."""
    source = rank[np.fromiter((edge.source for edge in edges), np.int64, len(edges))]
    target = rank[np.fromiter((edge.target for edge in edges), np.int64, len(edges))]
    down = np.flatnonzero(source >= target)
    if not len(down):
        return []
    down = down[np.argsort(target[down], kind="stable")]
    lowest, highest = target[down], np.maximum.accumulate(source[down])
    begins = np.flatnonzero(np.append(True, lowest[1:] > highest[:-1]))
    since, until = lowest[begins], highest[np.append(begins[1:], len(down)) - 1]
    of_source = np.searchsorted(since, source, side="right") - 1
    of_target = np.searchsorted(since, target, side="right") - 1
    inside = (of_source == of_target) & (of_source >= 0)
    inside &= np.maximum(source, target) <= until[of_source]
    return [edges[at] for at in np.flatnonzero(inside).tolist()]


def _peel(
    edges: list[Edge], source: Callable[[Edge], int], target: Callable[[Edge], int]
) -> list[Edge]:
    into: dict[int, int] = {}
    out: dict[int, list[int]] = {}
    for edge in edges:
        one, two = source(edge), target(edge)
        into[two] = into.get(two, 0) + 1
        into.setdefault(one, 0)
        out.setdefault(one, []).append(two)
    free = [node for node, count in into.items() if not count]
    while free:
        node = free.pop()
        for after in out.get(node, ()):
            into[after] -= 1
            if not into[after]:
                free.append(after)
    return [edge for edge in edges if into[source(edge)] and into[target(edge)]]


def _components(ways: dict[int, list[Edge]]) -> list[list[int]]:
    """Tarjan's strongly connected components, without recursion."""
    number: dict[int, int] = {}
    low: dict[int, int] = {}
    waiting: list[int] = []
    on_stack: set[int] = set()
    found: list[list[int]] = []
    for root in ways:
        if root in number:
            continue
        work = [(root, iter(ways[root]))]
        number[root] = low[root] = len(number)
        waiting.append(root)
        on_stack.add(root)
        while work:
            node, following = work[-1]
            for edge in following:
                after = edge.target
                if after not in number:
                    number[after] = low[after] = len(number)
                    waiting.append(after)
                    on_stack.add(after)
                    work.append((after, iter(ways.get(after, ()))))
                    break
                if after in on_stack:
                    low[node] = min(low[node], number[after])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[node])
                if low[node] == number[node]:
                    part = [waiting.pop()]
                    while part[-1] != node:
                        part.append(waiting.pop())
                    on_stack.difference_update(part)
                    found.append(part)
    return found
