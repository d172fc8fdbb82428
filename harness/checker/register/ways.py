"""What can be done next in one configuration of a register, at its target.

The rules and their proofs stand in `harness.checker.register.search`.
"""

from __future__ import annotations

from collections.abc import Hashable

from harness.checker.register.crashed import Crashed
from harness.checker.register.layers import READ, WRITE, Layers
from harness.checker.register.order import Trail

Raw = tuple[int, Hashable, int, int, int, Trail]
"""Layer, value, slots placed, slots covered, crashed used, and the decisions that led there."""


class Ways:
    """What can be done next in one configuration, at its target."""

    def __init__(
        self,
        layers: Layers,
        crashed: Crashed,
        number: int,
        value: Hashable,
        placed: int,
        covered: int,
        used: int,
        trail: Trail,
    ) -> None:
        self._layers = layers
        self._crashed = crashed
        self._layer = layers.at(number)
        self._number = number
        self._value = value
        self._placed = placed
        self._covered = covered
        self._used = used
        self._trail = trail
        self.dead_by: float = -1
        """The latest moment by which a way that was left out would have ended."""
        self._best: list[Raw] = []
        self._crash: list[Raw] = []

    def worst_first(self) -> list[Raw]:
        """All ways on, those that use a crashed call first, the most promising last."""
        bit, kind, expected, left, position = self._layers.returns[self._number]
        if kind == WRITE:
            retirable = self._covered & bit and left != self._value
            if retirable and self._prefers(left):
                self._place_write(left, bit, position)
                self._retire(left, bit, position)
            elif retirable:
                self._retire(left, bit, position)
                self._place_write(left, bit, position)
            else:
                self._place_write(left, bit, position)
        elif kind == READ or expected != self._value:
            self._source(expected)
        self._swaps()
        for value in self._demanded():
            if kind != WRITE and value == expected and value != self._value:
                continue  # done above
            if kind == WRITE and value == left:
                continue  # the target is the first to be used of its value
            self._source(value)
        ways = self._best + self._crash
        ways.reverse()
        return ways

    def _prefers(self, left: Hashable) -> bool:
        """Whether the value of the target is expected sooner than the one that is there."""
        returns = self._layers.returns
        for number in range(self._number + 1, min(self._number + 9, len(returns))):
            bit, kind, expected, _, _ = returns[number]
            if kind != WRITE and not self._placed & bit:
                return expected == left
        return False

    def _demanded(self) -> list[Hashable]:
        """The values that something open expects and a write could bring about."""
        layer, placed = self._layer, self._placed
        found = [
            value for value, mask in layer.reads.items() if mask & ~placed and value != self._value
        ]
        for value, swaps in layer.swaps.items():
            if value not in found and any(not placed & bit for bit, _, _ in swaps):
                found.append(value)
        crashed = self._crashed
        for value in crashed.swaps:
            if value not in found and any(crashed.swaps_from(value, self._used, layer.end)):
                found.append(value)
        return found

    def _source(self, value: Hashable) -> None:
        """Place a write of a value: of those that complete the first to end, or a crashed one."""
        for bit, position in self._layer.writers.get(value, ()):
            if not self._placed & bit:
                self._place_write(value, bit, position)
                return
        group = self._crashed.writes.get(value)
        if group is not None and group.next_start(self._used) < self._layer.end:
            position = group.next_unused(self._used)
            used = self._used + group.one
            covered = self._layer.all_writes & ~self._placed
            self._arrive(self._crash, value, self._placed, covered, used, position)

    def _swaps(self) -> None:
        """Place each cas from the present value; one kind once."""
        layer, placed = self._layer, self._placed
        tried: set[Hashable] = set()
        for bit, new, position in layer.swaps.get(self._value, ()):
            if not placed & bit and new not in tried:
                tried.add(new)
                self._arrive(self._best, new, placed | bit, self._covered, self._used, position)
        crashed = self._crashed
        for group in crashed.swaps_from(self._value, self._used, layer.end):
            if group.new not in tried and self._seen(group.new):
                position = group.next_unused(self._used)
                used = self._used + group.one
                self._arrive(self._crash, group.new, placed, self._covered, used, position)

    def _seen(self, value: Hashable) -> bool:
        """Whether something open expects a value."""
        layer, placed = self._layer, self._placed
        if layer.reads.get(value, 0) & ~placed:
            return True
        if any(not placed & bit for bit, _, _ in layer.swaps.get(value, ())):
            return True
        return any(self._crashed.swaps_from(value, self._used, layer.end))

    def _place_write(self, value: Hashable, bit: int, position: int) -> None:
        placed = self._placed | bit
        covered = self._layer.all_writes & ~placed
        self._arrive(self._best, value, placed, covered, self._used, position)

    def _retire(self, left: Hashable, bit: int, position: int) -> None:
        if self._alive(left, self._placed | bit, self._used):
            self._best.append(
                (
                    self._number + 1,
                    self._value,
                    self._placed,
                    self._covered & ~bit,
                    self._used,
                    (self._trail, self._number, ~position),
                )
            )

    def _arrive(
        self, ways: list[Raw], value: Hashable, placed: int, covered: int, used: int, position: int
    ) -> None:
        """Add a way, unless it is dead: the present value goes."""
        old = self._value
        if value != old and not self._alive(old, placed, used):
            return
        trail = (self._trail, self._number, position)
        ways.append((self._number, value, placed, covered, used, trail))

    def _alive(self, value: Hashable, placed: int, used: int) -> bool:
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
        if any(g.next_start(used) < deadline for g in self._crashed.to.get(value, ())):
            return True
        if self._layers.next_source(value, layer.end) < deadline:
            return True
        self.dead_by = max(self.dead_by, deadline)
        return False
