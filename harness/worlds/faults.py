"""What only some worlds can break: one narrow protocol for each word in `World.faults`.

::

    weather   Weathered        loss, duplication, delay, … on links
    power     Powered          a node loses its power, and what it had not synced
    clock     Clocked          a node's clock jumps, or runs too fast or too slow
    disk      BreakableDisks   full, slow, lying about syncs, a bit inverted
    points    Pointed          a process is struck where its own code says that it is

`cut`, `kill` and `pause` need nothing beside `World` and `Node`. A nemesis names what it needs
(`Nemesis.needs`) and is refused where the world can't do it, before anything starts; within a
nemesis `cast(Powered, world)` is therefore safe.

Each protocol breaks, mends, and measures: what it counts is what really happened.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple, Protocol, TypeAlias, cast

from harness.worlds.world import Link, Weather


class Traffic(NamedTuple):
    """What has become of the frames of some links since the test began.

    Args:
        crossed: arrived at the other end; `stopped`: kept from it by a cut.
        lost, doubled: by the weather; clients' frames that were lost are sent again.
        overtaken: arrived after one that was sent later.
        delayed, queued: came later because of the weather, or of a narrow link.
        late_s: seconds that the weather and narrow links have added, over all frames.
        resets: connections that the weather has reset.
    """

    crossed: int = 0
    stopped: int = 0
    lost: int = 0
    doubled: int = 0
    overtaken: int = 0
    delayed: int = 0
    queued: int = 0
    late_s: float = 0.0
    resets: int = 0

    def since(self, before: Traffic) -> Traffic:
        """What came on top of `before`."""
        counts = [now - then for now, then in zip(self, before, strict=True)]
        return Traffic(*cast("list[int]", counts))


class Weathered(Protocol):
    """A world whose network can be bad without being cut."""

    async def weather(self, links: Collection[Link], weather: Weather) -> None:
        """From now on these links have this weather; `Weather()` is fair."""

    async def traffic(self, links: Collection[Link]) -> Traffic:
        """Count what became of these links' frames."""

    async def shut(self) -> Collection[Link]:
        """The links that are cut now, whoever cut them."""


class Powered(Protocol):
    """A world whose nodes can lose their power; `Target.start` brings it back."""

    async def power_off(self, names: Collection[str]) -> Mapping[str, int]:
        """All at the same instant; returns for each how many written bytes its disk lost."""

    async def unsynced(self, names: Collection[str]) -> int:
        """Bytes that a power failure of these nodes would put in danger at this moment."""


class Reading(NamedTuple):
    """What a node's clock and the world's own read at one moment, in seconds."""

    node_s: float
    world_s: float


class Clocked(Protocol):
    """A world whose nodes' clocks can be wrong."""

    async def clock(self, name: str) -> Reading:
        """Read the node's clock beside the world's."""

    async def jump(self, name: str, seconds: float) -> None:
        """Move the node's clock, back for a negative number."""

    async def drift(self, name: str, rate: float | None) -> None:
        """So many seconds of the node pass in one of the world; None: as it was made."""


@dataclass(frozen=True)
class Ailment:
    """What is wrong with a disk; nothing by default.

    Args:
        full: nothing more can be written (`OSError`, `ENOSPC`).
        slowness: syncs take so many times longer.
        lies: syncs return and do nothing, as on a drive that ignores the flush of its cache.
    """

    full: bool = False
    slowness: float = 1.0
    lies: bool = False


class DiskUse(NamedTuple):
    """What a disk has done since the test began: writes that were refused, syncs, their seconds."""

    refused: int
    syncs: int
    sync_s: float


class Flip(NamedTuple):
    """One inverted bit: of which file, and which, from its beginning."""

    file: str
    bit: int


class BreakableDisks(Protocol):
    """A world whose disks can fail."""

    async def ail(self, name: str, ailment: Ailment) -> None:
        """From now on this is wrong with the node's disk; `Ailment()` mends it."""

    async def disk_use(self, name: str) -> DiskUse:
        """Ask what the node's disk has done."""

    async def flip_bit(self, name: str, *, old: bool = False) -> Flip | None:
        """Invert one random bit of what the node has stored, with `old` one that was synced before
        something else in the same file was; None when there is nothing.
        """

    async def flip_back(self, name: str, flip: Flip) -> bool:
        """Undo it; False when what was there has been written anew since."""


Deed: TypeAlias = Literal["kill", "power", "isolate"]
"""End the process, take its power, or cut it off from its peers, right where it is."""


class Pointed(Protocol):
    """A world that hears its processes tell where they are (`harness.env.Env.reached`)."""

    def aim(self, judge: Callable[[str, str], Deed | None] | None) -> None:
        """Have `judge(node, point)` decide, at every point, whether to strike there and how.

        What it answers is done at once: a process that is killed at a point doesn't return from it.
        It replaces the judge before; None is nobody.
        """
