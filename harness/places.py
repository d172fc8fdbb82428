"""Where a nemesis can strike in a given test, and which nemeses a test can have at all.

::

    places      every place, by name, with the fewest nodes it makes sense for
    named only  those of them that strike only when they are asked for by name: what a nemesis
                lists as `named_only`, and a place with a dot, a narrower variant of another
    usual       what is left, in this cluster: what `--nemesis NAME` and `--nemesis all` mean
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from harness import plugins


def places_of(nemesis_class: Any, target: Any) -> Mapping[str, int]:
    """Every place of a nemesis, for this target (an instance, or its class)."""
    if (ask := getattr(nemesis_class, "places_in", None)) is not None:
        found: Mapping[str, int] = ask(target)
        return found
    places: Mapping[str, int] = nemesis_class.places
    return places


def usual_places(nemesis_class: Any, target: Any, nodes: int) -> list[str]:
    """The places that it strikes in a cluster of so many nodes unless it is told otherwise."""
    named_only: frozenset[str] = getattr(nemesis_class, "named_only", frozenset())
    return [
        place
        for place, least in places_of(nemesis_class, target).items()
        if nodes >= least and place not in named_only and "." not in place
    ]


def makeable(world_class: Any, target: Any, nodes: int) -> dict[str, list[str]]:
    """Every nemesis that strikes in this world, this target and so many nodes: its usual places."""
    found = {}
    for name in plugins.names("nemesis"):
        nemesis_class = plugins.load("nemesis", name)
        if nemesis_class.needs <= world_class.faults:
            places = usual_places(nemesis_class, target, nodes)
            if places:
                found[name] = places
    return found
