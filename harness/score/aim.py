"""The conditions under which a search for a bug runs its tests.

A bug declares the least faults that show it. Two of three tests are aimed: they make these and
nothing else. The third makes some of all the faults there are, because what a bug declares is
somebody's belief, and because one fault may need another to do harm::

    aimed   aimed   any   aimed   aimed   any   …

Either kind has a family of mixes (`harness.campaign.family`) of its own, each search a different
one: how often faults come, how many nodes and clients there are and how fast these ask differs from
test to test, because one fixed setting may hide a bug from all of them alike.
"""

from __future__ import annotations

from collections.abc import Sequence

from harness import plugins
from harness.campaign.family import Ranges, family
from harness.campaign.mix import Mix
from harness.places import makeable
from harness.spec import TestSpec

AIMED = 2
OF = 3
"""So many of so many tests are aimed, the first ones."""

RANGES = Ranges(time_limit_s=(8.0,), quiet_s=(0.2, 0.5, 1.0), fault_s=(0.4, 0.8, 1.5, 3.0))
"""Short tests with many faults: a search ends with the first test that shows the bug."""

MIXES = 24
"""Of each kind, for a search."""


class Aim:
    """The mixes of one search.

    Args:
        base: what is tested; its seed makes the families.
        declared: nemeses that are to strike, e.g. those that a bug declares. What of them the
            world can't make is left out.
    """

    def __init__(self, base: TestSpec, declared: Sequence[str] = ()) -> None:
        missing = missing_faults(base, declared)
        faults = [name for name in declared if name not in missing]
        # A family has sets of each size. Of this one only whole sets are wanted.
        sets = family(base, count=len(faults) * MIXES or MIXES, ranges=RANGES, nemeses=faults)
        self._aimed = [mix for mix in sets if len(mix.nemesis) == len(faults)]
        self._any = family(base, count=MIXES, ranges=RANGES)

    def mix(self, number: int) -> Mix:
        """The mix of the search's test of that number, counted from 0."""
        turn, place = divmod(number, OF)
        if place < AIMED:
            return self._aimed[(turn * AIMED + place) % len(self._aimed)]
        return self._any[turn % len(self._any)]


def missing_faults(base: TestSpec, declared: Sequence[str]) -> list[str]:
    """Those of the declared nemeses that can't strike in this world and target."""
    world, target = plugins.load("world", base.world), plugins.load("target", base.target)
    usual = makeable(world, target, max(RANGES.nodes))
    return [name for name in declared if name not in usual]
