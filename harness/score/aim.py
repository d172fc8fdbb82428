"""The conditions under which a search for a bug runs its tests, drawn at random for each.

A bug declares the least faults that show it. Two of three tests are aimed: they make all of these
and nothing else. The third draws its faults from all that the world can make, because what a bug
declares is somebody's belief, and because a fault may need another to do harm.

How often faults come, how many nodes and clients there are, and how fast these ask is drawn for
each test, too: one fixed setting hides a bug from all of them alike.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from random import Random

from harness import plugins
from harness.campaign.mix import Mix
from harness.spec import TestSpec

AIMED = 2
OF = 3
"""So many of so many tests make the faults that the bug declares; the first one does."""

NODES = (3, 3, 5)
QUIET_S = (0.2, 0.5, 1.0)
FAULT_S = (0.3, 0.8, 1.5, 3.0)
CLIENTS_A_NODE = (1, 2, 3)
RATES = (50.0, 100.0, 200.0)
CLIENT_TIMEOUTS_S = (0.4, 1.0)
TIME_LIMIT_S = 8.0
MOST_OTHERS = 3
"""Faults at most in a test that is not aimed."""


class Aim:
    """Draws mixes for a target in a simulated world.

    Args:
        declared: nemeses that are to strike, e.g. those that a bug declares.

    What of `declared` the world can't make is in `missing`, and is left out.
    """

    def __init__(self, base: TestSpec, declared: Sequence[str] = ()) -> None:
        can = plugins.load("world", base.world).faults
        self._places: dict[str, Mapping[str, int]] = {}
        for name in plugins.names("nemesis"):
            nemesis = plugins.load("nemesis", name)
            if nemesis.needs <= can:
                self._places[name] = nemesis.places
        self.declared = [name for name in declared if name in self._places]
        self.missing = [name for name in declared if name not in self._places]

    def mix(self, rng: Random, number: int) -> Mix:
        """The mix of the search's test of that number, counted from 0."""
        nodes = rng.choice(NODES)
        if number % OF < AIMED:
            names = self.declared
        else:
            most = min(MOST_OTHERS, len(self._places))
            names = sorted(rng.sample(sorted(self._places), rng.randint(0, most)))
        names = [name for name in names if self._here(name, nodes)]
        quiet, fault = rng.choice(QUIET_S), rng.choice(FAULT_S)
        scale = min(1.0, TIME_LIMIT_S / ((quiet + fault) * max(1, len(names))))
        return Mix(
            nemesis=tuple(self._placed(rng, name, nodes) for name in names),
            quiet_s=_rounded(quiet * scale),
            fault_s=_rounded(fault * scale),
            nodes=nodes,
            concurrency=nodes * rng.choice(CLIENTS_A_NODE),
            rate=rng.choice(RATES),
            client_timeout_s=rng.choice(CLIENT_TIMEOUTS_S),
            time_limit_s=TIME_LIMIT_S,
        )

    def _placed(self, rng: Random, name: str, nodes: int) -> str:
        """Half of the time at one place only, so that this one is struck again and again."""
        return f"{name}:{rng.choice(self._here(name, nodes))}" if rng.random() < 0.5 else name

    def _here(self, name: str, nodes: int) -> list[str]:
        return [place for place, least in self._places[name].items() if nodes >= least]


def _rounded(seconds: float) -> float:
    """Down to milliseconds: what was scaled to fit must still fit."""
    return int(seconds * 1000) / 1000
