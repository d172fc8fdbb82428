"""The conditions under which a search for a bug runs its tests.

A bug declares the least faults that show it. Two of three tests are aimed: they make these and
nothing else. The third makes some of all the faults there are, because what a bug declares is
somebody's belief, and because one fault may need another to do harm::

    aimed   aimed   any   aimed   aimed   any   …

Either kind has a family of mixes (`harness.campaign.family`) of its own: how often faults come, how
many nodes and clients there are and how fast these ask differs from test to test, because one fixed
setting may hide a bug from all of them alike.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import msgspec

from harness import plugins
from harness.campaign.family import Ranges, family
from harness.campaign.mix import Mix
from harness.places import makeable, places_of
from harness.spec import TestSpec, nemesis_place

AIMED = 2
OF = 3
"""So many of so many tests are aimed, the first ones."""

RANGES = Ranges(
    time_limit_s=(8.0,),
    quiet_s=(0.2, 0.5, 1.0),
    fault_s=(0.4, 0.8, 1.5, 3.0),
    overlap=(1, 2, 3),
)
"""Short tests with many faults, often several at once: a search ends with the first test that
shows the bug.
"""

MIXES = 24
"""Of each kind in a row."""


class Aim:
    """Makes the rows of mixes for searches in one world and target; equal families are made once.

    Args:
        base: what is tested.
    """

    def __init__(self, base: TestSpec) -> None:
        self._base = base
        self._families: dict[tuple[int, tuple[str, ...], bool], list[Mix]] = {}

    def row(
        self, seed: int, declared: Sequence[str], spared: Sequence[str] = ()
    ) -> Callable[[int], Mix]:
        """The mix of each test of a row, by its number, counted from 0.

        Args:
            seed: other seeds give other mixes.
            declared: nemeses that are to strike, e.g. those that a bug declares. What of them can't
                strike here is left out.
            spared: nemeses that only strike where they are declared.
        """
        missing = missing_faults(self._base, declared)
        world, target = (
            plugins.load("world", self._base.world),
            plugins.load("target", self._base.target),
        )
        every = makeable(world, target, max(RANGES.nodes))
        aimed = self._family(seed, tuple(name for name in declared if name not in missing), True)
        others = self._family(seed, tuple(name for name in every if name not in spared), False)

        def mix(number: int) -> Mix:
            turn, place = divmod(number, OF)
            if place < AIMED:
                return aimed[(turn * AIMED + place) % len(aimed)]
            return others[turn % len(others)]

        return mix

    def _family(self, seed: int, faults: tuple[str, ...], whole: bool) -> list[Mix]:
        """Mixes of some of these faults, or of all where the `whole` is wanted."""
        if (seed, faults, whole) not in self._families:
            base = msgspec.structs.replace(self._base, seed=seed)
            count = MIXES * max(1, len(faults)) if whole else MIXES
            some = family(base, count=count, ranges=RANGES, nemeses=faults)
            # A family has sets of each size.
            found = [mix for mix in some if not whole or len(mix.nemesis) == len(faults)]
            self._families[seed, faults, whole] = found
        return self._families[seed, faults, whole]


def missing_faults(base: TestSpec, declared: Sequence[str]) -> list[str]:
    """Those of the declared nemeses, some with a place, that can't strike in this world and
    target.
    """
    world, target = plugins.load("world", base.world), plugins.load("target", base.target)
    usual = makeable(world, target, max(RANGES.nodes))
    missing = []
    for text in declared:
        name, place = nemesis_place(text)
        places = places_of(plugins.load("nemesis", name), target) if name in usual else {}
        if name not in usual or (place is not None and place not in places):
            missing.append(text)
    return missing
