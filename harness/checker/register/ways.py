"""What can be done next in one configuration of a register, at its target.

The rules and their proofs stand in `harness.checker.register.search`.
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import Final

from harness.checker.register.crashed import Crashed, CrashedClass
from harness.checker.register.layers import CAS, WRITE, Layer, Layers

RETIRE: Final = 3

Way = tuple[int, Hashable, int, int, int, int, int, tuple[Hashable, ...]]
"""A decision: where it leads (layer, value, slots placed, slots covered, crashed calls used), what
it is (`WRITE`, `CAS` or `RETIRE`, and the position of the call), and what then still has to be seen
(`Configuration.unseen`)."""


class Configuration:
    """Where a search stands, at a target.

    Attributes:
        number, layer: the target's.
        value: the register's.
        placed: slots of the open calls that have taken effect.
        covered: slots of the open writes that are covered.
        used: the crashed calls that have taken effect (`Crashed`).
        unseen: if what was placed last still has to be seen, the values that the register had
            since it had to; else empty.
    """

    __slots__ = ("covered", "layer", "number", "placed", "unseen", "used", "value")

    def __init__(
        self,
        number: int,
        layer: Layer,
        value: Hashable,
        placed: int,
        covered: int,
        used: int,
        unseen: tuple[Hashable, ...],
    ) -> None:
        self.number = number
        self.layer = layer
        self.value = value
        self.placed = placed
        self.covered = covered
        self.used = used
        self.unseen = unseen


class Ways:
    """What can be done next in one configuration, at its target."""

    __slots__ = (
        "_best",
        "_crash",
        "_crashed",
        "_layer",
        "_layers",
        "_leaves",
        "_now",
        "_placed",
        "_used",
        "_value",
        "dead_by",
    )

    def __init__(self, layers: Layers, crashed: Crashed, now: Configuration) -> None:
        self._layers = layers
        self._crashed = crashed
        self._now = now
        self._layer = now.layer
        self._value = now.value
        self._placed = now.placed
        self._used = now.used
        self._leaves: bool | None = None
        self.dead_by: float = -1
        """The latest moment by which a way that was left out would have ended."""
        self._best: list[Way] = []
        self._crash: list[Way] = []

    def worst_first(self) -> list[Way]:
        """All ways on, those that use a crashed call first, the most promising last."""
        if self._now.unseen:
            self._swaps()
        else:
            self._all()
        ways = self._best + self._crash
        ways.reverse()
        return ways

    def _all(self) -> None:
        bit, kind, expected, left, position = self._layers.returns[self._now.number]
        if kind == WRITE:
            retirable = self._now.covered & bit and left != self._value
            if retirable and self._prefers(left):
                self._place_target(left, bit, position)
                self._retire(left, bit, position)
            elif retirable:
                self._retire(left, bit, position)
                self._place_target(left, bit, position)
            else:
                self._place_target(left, bit, position)
        elif expected != self._value:
            self._source(expected)
        self._swaps()
        for value in self._demanded():
            if kind == WRITE:
                if value == left:
                    continue  # the target is the first to be used of its value
            elif value == expected and value != self._value:
                continue  # done above
            self._source(value)

    def _prefers(self, left: Hashable) -> bool:
        """Whether the value of the target is expected sooner than the one that is there."""
        returns = self._layers.returns
        number, placed = self._now.number, self._placed
        for bit, kind, expected, _, _ in returns[number + 1 : number + 9]:
            if kind != WRITE and not placed & bit:
                return expected == left
        return False

    def _demanded(self) -> list[Hashable]:
        """The values that something open expects and a write could bring about."""
        layer, placed = self._layer, self._placed
        found = [
            value for value, mask in layer.reads.items() if mask & ~placed and value != self._value
        ]
        for value, mask in layer.swapped.items():
            if mask & ~placed and value not in found:
                found.append(value)
        crashed = self._crashed
        for value in crashed.swaps:
            if value not in found and crashed.can_swap(value, self._used, layer.end):
                found.append(value)
        return found

    def _source(self, value: Hashable) -> None:
        """Place a write of a value: of those that complete the first to end, or a crashed one."""
        if value != self._value and not self._can_leave():
            return
        layer, placed, used = self._layer, self._placed, self._used
        unseen = () if layer.reads.get(value, 0) & ~placed else (value,)
        number = self._now.number
        for bit, position in layer.writers.get(value, ()):
            if not placed & bit:
                placed |= bit
                covered = layer.all_writes & ~placed
                self._best.append((number, value, placed, covered, used, WRITE, position, unseen))
                return
        group = self._crashed.writes.get(value)
        if group is not None and group.next_start(used) < layer.end:
            position = group.next_unused(used)
            covered = layer.all_writes & ~placed
            used += group.one
            self._crash.append((number, value, placed, covered, used, WRITE, position, unseen))

    def _swaps(self) -> None:
        """Place each cas from the present value; one kind once."""
        layer, placed, used = self._layer, self._placed, self._used
        number, covered = self._now.number, self._now.covered
        tried: set[Hashable] = set()
        for bit, new, position in layer.swaps.get(self._value, ()):
            if not placed & bit and new not in tried:
                tried.add(new)
                if self._can_leave() or self._alive(self._value, placed | bit):
                    self._best.append((number, new, placed | bit, covered, used, CAS, position, ()))
        for group in self._crashed.swaps_from(self._value, used, layer.end):
            if group.new not in tried and self._can_leave():
                self._swap_crashed(group)

    def _swap_crashed(self, group: CrashedClass) -> None:
        """Place a crashed cas from the present value, if that can be seen and leads elsewhere."""
        layer, now, new = self._layer, self._now, group.new
        unseen: tuple[Hashable, ...] = ()
        if not layer.reads.get(new, 0) & ~now.placed:
            unseen = now.unseen or (now.value,)
            if new in unseen:
                return
            swaps = layer.swapped.get(new, 0) & ~now.placed
            if not swaps and not self._crashed.can_swap(new, now.used, layer.end):
                return
            unseen = (*unseen, new)
        position = group.next_unused(now.used)
        used = now.used + group.one
        self._crash.append((now.number, new, now.placed, now.covered, used, CAS, position, unseen))

    def _place_target(self, left: Hashable, bit: int, position: int) -> None:
        if left == self._value or self._can_leave():
            placed = self._placed | bit
            covered = self._layer.all_writes & ~placed
            number = self._now.number
            self._best.append((number, left, placed, covered, self._used, WRITE, position, ()))

    def _retire(self, left: Hashable, bit: int, position: int) -> None:
        now = self._now
        if self._alive(left, now.placed | bit):
            covered = now.covered & ~bit
            self._best.append(
                (now.number + 1, now.value, now.placed, covered, now.used, RETIRE, position, ())
            )

    def _can_leave(self) -> bool:
        """Whether the present value may go, other than by a cas that expects it."""
        if self._leaves is None:
            self._leaves = self._alive(self._value, self._placed)
        return self._leaves

    def _alive(self, value: Hashable, placed: int) -> bool:
        """Whether a value that is gone can come back before something has to find it."""
        layer = self._layer
        if layer.writes.get(value, 0) & ~placed or layer.to.get(value, 0) & ~placed:
            return True
        deadline = self._layers.next_demand(value, layer.end)
        for bit, end in layer.demands.get(value, ()):
            if not placed & bit:
                deadline = min(deadline, end)
                break
        if deadline == float("inf"):
            return True
        used = self._used
        if any(g.next_start(used) < deadline for g in self._crashed.to.get(value, ())):
            return True
        if self._layers.next_source(value, layer.end) < deadline:
            return True
        self.dead_by = max(self.dead_by, deadline)
        return False
