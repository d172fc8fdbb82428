"""What a search of one register has learned: which configurations are in vain, and why."""

from __future__ import annotations

from collections.abc import Hashable

from harness.checker.register.crashed import Crashed
from harness.checker.register.layers import Layers
from harness.checker.register.ways import Configuration
from harness.checker.register.why import Reason

COMPARED = 1000
"""How many of the reasons found at one place are looked at, the latest first."""


class Known:
    """Reasons by target and value, and lessons that hold for any value.

    All of them are about not reaching the end of the calls, so every search of the same register,
    the whole or a part, may use what another has found.

    Attributes:
        dead_by: the latest moment that was looked ahead to for any of them.
    """

    def __init__(self, layers: Layers, crashed: Crashed) -> None:
        self.dead_by: float = -1
        self._slots = layers.slots
        self._guard = crashed.guard
        self._reasons: dict[tuple[int, Hashable], list[Reason]] = {}
        self._lessons: list[tuple[int, int]] = []

    def add(self, number: int, value: Hashable, reason: Reason) -> None:
        """A reason was found, for a target and a value."""
        self._reasons.setdefault((number, value), []).append(reason)

    def learn(self, cut: int, used: int) -> None:
        """Whatever has used so many crashed calls by a layer is in vain."""
        self._lessons.append((cut, used))

    def why(self, now: Configuration) -> Reason | None:
        """Why a configuration is in vain, if that is known."""
        known = self._reasons.get((now.number, now.value))
        if known is None:
            return None
        layer, placed, guard = now.layer, now.placed, self._guard
        writes = layer.all_writes
        good = placed & layer.all_reads | writes & ~placed
        good |= (writes & (placed | now.covered)) << self._slots
        bound = now.used | guard
        for reason in reversed(known[-COMPARED:]):
            if (
                not good & reason.lacking
                and placed & reason.fixed == reason.swapped
                and (bound - reason.spent) & guard == guard
            ):
                return reason
        return None

    def lesson(self, number: int, used: int) -> Reason | None:
        """Why whatever has used some crashed calls by a layer is in vain, if that is known."""
        guard = self._guard
        bound = used | guard
        for cut, needed in self._lessons:
            if number <= cut and (bound - needed) & guard == guard:
                return Reason(spent=needed)
        return None

    def forget(self) -> None:
        """Give the memory back."""
        self._reasons.clear()
