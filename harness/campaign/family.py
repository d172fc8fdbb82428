"""The mixes of a suite: a spread of conditions, made from what the world can break.

Every field of a mix has a few values. They are dealt like cards: each value comes once before any
comes again, so that a few dozen mixes hold all values about equally often and in ever new company,
where a full grid would be thousands (a Latin hypercube: McKay, Beckman and Conover, 1979)::

    nodes       3 5 5 3 …        time limit  8 4 16 …       quiet  0.2 3 …
    nemeses     kill | pause + partition | … | all that there are
    places      anywhere | partition:primaries | …

Which nemeses there are, and where they strike, is asked of the world, the target and the plugins.
"""

from __future__ import annotations

from collections.abc import Container, Iterable, Sequence
from itertools import cycle, product
from random import Random
from typing import Generic, TypeVar

from msgspec import Struct, structs

from harness import plugins
from harness.assembly import assemble
from harness.campaign.mix import Mix
from harness.fault_schedule import lanes
from harness.places import makeable, places_of
from harness.spec import TestSpec, concurrency, nemesis_place, node_names
from harness.trial import assemble_simulation

Value = TypeVar("Value")

EVERY = 99
SIZES = (1, 2, 1, 3, 1, 2, 1, EVERY)
"""Of the sets of nemeses, in turn; most bugs need one fault, or two."""
_ATTEMPTS = 20


class Ranges(Struct, frozen=True, kw_only=True):
    """The values that each field may have; one value alone is fixed. Units are those of `Mix`."""

    nodes: tuple[int, ...] = (3, 5)
    concurrency: tuple[str, ...] = ("1n", "2n", "3n")
    rate: tuple[float, ...] = (50.0, 100.0, 200.0)
    client_timeout_s: tuple[float, ...] = (0.3, 1.0)
    time_limit_s: tuple[float, ...] = (4.0, 8.0, 16.0)
    quiet_s: tuple[float, ...] = (0.2, 1.0, 3.0)
    fault_s: tuple[float, ...] = (0.5, 1.5, 4.0)
    overlap: tuple[int, ...] = (1, 2)


def family(
    base: TestSpec,
    *,
    count: int,
    ranges: Ranges | None = None,
    nemeses: Sequence[str] | None = None,
) -> list[Mix]:
    """Make up to `count` different mixes; the same ones for the same base, its seed included.

    Args:
        base: what is tested, and in which world.
        count: how many; fewer where there are not so many.
        ranges: the values to deal.
        nemeses: as in a test's `nemesis`; None: all that the world can make.

    Raises:
        UnknownName, SpecError: something of that can't be.
    """
    dealer = _Dealer(base, ranges or Ranges(), nemeses)
    mixes: dict[Mix, None] = {}
    for number in range(_ATTEMPTS * count):
        mixes[dealer.mix(everything=number == 0)] = None
        if len(mixes) == count:
            break
    for mix in mixes:
        assemble_simulation(mix.applied(base, 0))
    return list(mixes)


class _Deck(Generic[Value]):
    """Deals every value once, in random order, before any comes again."""

    def __init__(self, values: Iterable[Value], rng: Random) -> None:
        self._values = tuple(values)
        self._rng = rng
        self._left: list[Value] = []

    def deal(self, among: Container[Value] | None = None) -> Value:
        """The next value, or the next of those that are wanted now; there must be one."""
        while True:
            for place, value in enumerate(self._left):
                if among is None or value in among:
                    return self._left.pop(place)
            self._left += self._rng.sample(self._values, len(self._values))


class _Dealer:
    """The decks of one family."""

    def __init__(self, base: TestSpec, ranges: Ranges, nemeses: Sequence[str] | None) -> None:
        self._rng = Random(f"{base.seed}/family")
        self._ranges = ranges
        self._usable = {nodes: _usable(base, nodes, nemeses) for nodes in ranges.nodes}
        for text in nemeses or ():
            if not any(text in texts for by in self._usable.values() for texts in by.values()):
                most = node_names(max(ranges.nodes))
                assemble(structs.replace(base, nodes=most, nemesis=[text]))  # it says why not
        names = {name for usable in self._usable.values() for name in usable}
        self._names = self._deck(sorted(names))
        self._texts = {
            name: self._deck(dict.fromkeys(t for by in self._usable.values() for t in by[name]))
            for name in names
        }
        self._nodes = self._deck(ranges.nodes)
        self._clients = self._deck(ranges.concurrency)
        self._rate = self._deck(ranges.rate)
        self._timeout = self._deck(ranges.client_timeout_s)
        self._time_limit = self._deck(ranges.time_limit_s)
        self._overlap = self._deck(ranges.overlap)
        self._sizes = cycle(SIZES)

    def _deck(self, values: Iterable[Value]) -> _Deck[Value]:
        return _Deck(values, self._rng)

    def mix(self, *, everything: bool) -> Mix:
        """The next mix."""
        nodes = self._nodes.deal()
        size = EVERY if everything else next(self._sizes)
        time_limit = max(self._ranges.time_limit_s) if everything else self._time_limit.deal()
        nemesis = self._nemesis(nodes, size, time_limit)
        quiet_s, fault_s = self._pace(len(nemesis), time_limit)
        return Mix(
            nemesis=tuple(nemesis),
            quiet_s=quiet_s,
            fault_s=fault_s,
            overlap=self._lanes(nemesis),
            nodes=nodes,
            concurrency=concurrency(self._clients.deal(), nodes),
            rate=self._rate.deal(),
            client_timeout_s=self._timeout.deal(),
            time_limit_s=time_limit,
        )

    def _nemesis(self, nodes: int, size: int, time_limit: float) -> list[str]:
        """Some nemeses that can strike so many nodes in time, each anywhere or at one place."""
        usable = self._usable[nodes]
        each = min(self._ranges.quiet_s) + min(self._ranges.fault_s)
        found: dict[str, str] = {}
        for _ in range(min(size, len(usable), max(1, int(time_limit / each)))):
            name = self._names.deal([name for name in usable if name not in found])
            anywhere = name in usable[name] and (size == EVERY or self._rng.random() < 0.5)
            found[name] = name if anywhere else self._texts[name].deal(usable[name])
        return sorted(found.values())

    def _lanes(self, nemesis: Sequence[str]) -> int:
        """How many faults may be in force at once, of those that don't share a lane."""
        names = {nemesis_place(text)[0] for text in nemesis}
        needs = {name: plugins.load("nemesis", name).needs for name in names}
        return max(1, len(lanes(needs, self._overlap.deal())))

    def _pace(self, nemeses: int, time_limit: float) -> tuple[float, float]:
        """Seconds of quiet and of fault in which every nemesis strikes at least once."""
        every = list(product(self._ranges.quiet_s, self._ranges.fault_s))
        fitting = [pace for pace in every if nemeses * sum(pace) <= time_limit]
        return self._rng.choice(fitting or [min(every, key=sum)])


def _usable(base: TestSpec, nodes: int, nemeses: Sequence[str] | None) -> dict[str, list[str]]:
    """For each nemesis that can strike so many nodes, the texts that may stand for it."""
    world, target = plugins.load("world", base.world), plugins.load("target", base.target)
    usual = makeable(world, target, nodes)
    usable = {name: [name, *(f"{name}:{p}" for p in usual[name])] for name in usual}
    if nemeses is None:
        return usable
    given: dict[str, list[str]] = {}
    for text in nemeses:
        name, place = nemesis_place(text)
        if place is None:
            given.setdefault(name, []).extend(usable.get(name, []))
        elif places_of(plugins.load("nemesis", name), target).get(place, nodes + 1) <= nodes:
            given.setdefault(name, []).append(text)
    return {name: texts for name, texts in given.items() if texts}
