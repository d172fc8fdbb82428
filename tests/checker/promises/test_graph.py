"""Cycles are found with any guess at an order of the nodes, and with none."""

from __future__ import annotations

import os
from random import Random, SystemRandom

import numpy as np

from harness.checker.promises.graph import Edge, classes, find_cycle

SEED = int(os.environ.get("SPLITBRAIN_SEED", SystemRandom().randrange(10**9)))


def graph(rng: Random, nodes: int, edges: int) -> list[Edge]:
    """A random one; -1 is a node as well."""
    chosen = [(rng.randrange(-1, nodes), rng.randrange(-1, nodes)) for _ in range(edges)]
    return [Edge(one, two, "", at, at) for at, (one, two) in enumerate(chosen) if one != two]


def is_cycle(found: list[Edge], edges: list[Edge]) -> bool:
    """Whether each edge leads to the next, and the last to the first."""
    pairs = zip(found, [*found[1:], found[0]], strict=True)
    return set(found) <= set(edges) and all(one.target == two.source for one, two in pairs)


def together(standing_for: dict[int, int]) -> set[frozenset[int]]:
    """The components, whichever node stands for each."""
    return {
        frozenset(node for node in standing_for if standing_for[node] == one)
        for one in standing_for.values()
    }


def test_a_rank_changes_nothing_that_is_found() -> None:
    rng = Random(SEED)
    cyclic = 0
    for number in range(3000):
        nodes = rng.randint(2, 12)
        edges = graph(rng, nodes, rng.randint(0, nodes + 4))
        ranks = [rng.randrange(nodes) for _ in range(nodes + 1)]
        if rng.random() < 0.5:
            ranks.sort()
        rank = np.array(ranks, np.int64)
        found = find_cycle(edges, rank)
        assert (found is None) == (find_cycle(edges) is None), (SEED, number)
        assert found is None or is_cycle(found, edges), (SEED, number)
        assert together(classes(edges, rank)) == together(classes(edges)), (SEED, number)
        cyclic += found is not None
    assert 300 < cyclic < 2700, SEED
