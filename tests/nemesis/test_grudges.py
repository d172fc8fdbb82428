"""The shapes of partitions, as pure functions over the names of the nodes."""

from __future__ import annotations

from random import Random

import pytest

from harness.worlds.world import Link
from nemesis.grudges import (
    LEADERS_SHAPES,
    RANDOM_SHAPES,
    alone,
    bridge,
    deaf,
    halves,
    majority_ring,
    mute,
    one,
    split,
)
from nemesis.partition import Partition
from nemesis.where import PLACES

SIZES = range(2, 10)


def names(count: int) -> list[str]:
    return [f"n{number}" for number in range(1, count + 1)]


def hears(nodes: list[str], links: list[Link], node: str) -> set[str]:
    """Whom a node still hears, itself included."""
    return {other for other in nodes if Link(other, node) not in links}


def test_split_cuts_both_directions_between_sides_and_nothing_inside() -> None:
    links, picture = split([["n1"], ["n2", "n3"]])
    assert set(links) == {
        Link("n1", "n2"), Link("n2", "n1"), Link("n1", "n3"), Link("n3", "n1"),
    }  # fmt: skip
    assert picture == "n1 | n2 n3"


@pytest.mark.parametrize("count", SIZES)
def test_halves_are_two_sides_of_which_one_is_no_majority(count: int) -> None:
    nodes = names(count)
    links, _ = halves(nodes, Random(count))
    sides = {frozenset(hears(nodes, links, node)) for node in nodes}
    assert sorted(len(side) for side in sides) == [count // 2, count - count // 2] or count == 2
    assert frozenset().union(*sides) == set(nodes)


@pytest.mark.parametrize("count", SIZES)
def test_one_is_alone_and_the_rest_are_together(count: int) -> None:
    nodes = names(count)
    links, _ = one(nodes, Random(count))
    sizes = sorted(len(hears(nodes, links, node)) for node in nodes)
    assert sizes == [1] + [count - 1] * (count - 1)


def test_each_of_several_chosen_is_alone() -> None:
    nodes = names(5)
    links, picture = alone(["n2", "n4"], nodes)
    assert picture == "n2 | n4 | n1 n3 n5"
    assert hears(nodes, links, "n2") == {"n2"}
    assert hears(nodes, links, "n4") == {"n4"}


def test_one_that_is_deaf_is_heard_and_one_that_is_mute_hears() -> None:
    nodes = names(4)
    links, picture = deaf("n2", nodes)
    assert picture == "n2 → n1 n3 n4, and not back"
    assert hears(nodes, links, "n2") == {"n2"}
    assert all(hears(nodes, links, node) == set(nodes) for node in ("n1", "n3", "n4"))
    links, picture = mute("n2", nodes)
    assert picture == "n1 n3 n4 → n2, and not back"
    assert hears(nodes, links, "n2") == set(nodes)
    assert all(hears(nodes, links, node) == set(nodes) - {"n2"} for node in ("n1", "n3", "n4"))


@pytest.mark.parametrize("count", range(3, 10))
def test_a_bridge_is_heard_by_both_sides_which_do_not_hear_each_other(count: int) -> None:
    nodes = names(count)
    links, _ = bridge(nodes, Random(count))
    joints = [node for node in nodes if hears(nodes, links, node) == set(nodes)]
    assert len(joints) == 1
    for node in set(nodes) - set(joints):
        assert len(hears(nodes, links, node)) < count
        assert joints[0] in hears(nodes, links, node)


@pytest.mark.parametrize("count", range(4, 10))
def test_in_a_majority_ring_everyone_hears_a_majority_and_no_two_the_same(count: int) -> None:
    nodes = names(count)
    for seed in range(5):
        links, _ = majority_ring(nodes, Random(seed))
        assert links
        heard = [frozenset(hears(nodes, links, node)) for node in nodes]
        assert all(len(each) > count // 2 for each in heard)
        assert len(set(heard)) == count
        assert all(Link(link.dst, link.src) in links for link in links)


def test_the_leaders_isolation_shows_most_and_comes_first() -> None:
    assert next(iter(Partition.places)) == "primaries"
    assert set(Partition.places) == {*LEADERS_SHAPES, *RANDOM_SHAPES, "leaders"}
    assert next(iter(PLACES)) == "one"


@pytest.mark.parametrize("place", list(RANDOM_SHAPES))
def test_every_shape_cuts_something_at_the_fewest_nodes_it_claims(place: str) -> None:
    links, _ = RANDOM_SHAPES[place](names(Partition.places[place]), Random(1))
    assert links
