"""What a fault must do.

A nemesis is made once for a run, `Nemesis(rng)`. The harness injects it, lets it act, heals it, and
repeats; both steps return proof of what was measured, never of what was intended.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Protocol

from harness.proof import Proof
from harness.target import Target
from harness.worlds.world import World


class NoEffect(Exception):
    """The fault could not be aimed: no leader to isolate, say. The run goes on without it."""


class Nemesis(Protocol):
    """One kind of fault.

    One that makes good servers end by themselves has `excuses` besides, a list of
    `harness.checks.excuse.Excuse`.
    """

    name: ClassVar[str]
    needs: ClassVar[frozenset[str]]
    """Faults it asks of the world (`World.faults`), e.g. `{"cut"}`."""
    places: ClassVar[Mapping[str, int]]
    """Where it can strike, by name, and the fewest nodes for which that makes sense.

    The first is the one that shows most, and is used first: `{"primaries": 2, "one": 2, …}`. A
    nemesis whose places depend on the target has a class method `places_in(target)` besides. What
    it lists in `named_only`, if it has that, strikes only when a test names it: what goes beyond
    that which a store can be asked to survive. So do narrower variants, `place.variant`.
    """

    async def inject(self, world: World, target: Target, where: str) -> Proof:
        """Break things; `Proof.detail` also says which nodes were hit. Raises NoEffect."""

    async def heal(self) -> Proof:
        """Undo it; the proof covers that it held until now and is undone."""
