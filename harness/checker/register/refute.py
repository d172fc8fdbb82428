"""Proofs that a register's history has no linearization, from a part of it.

Where a search stalls, the reason mostly lies near by, and going back through everything that was
done before is in vain. So a few layers before the stall are looked at alone, as if all had gone
as well as it can before them::

    ─────────────────────── cut ══════════════════ stall ──────────────
     any value may be there;     everything in here is
     reads that are open have    as in the whole
     had it, writes are covered,
     no crashed call is used

Such an entry dominates every configuration in which the search of the whole could come to the cut.
So if none can pass the stall, the whole has no linearization. (Of the cas that are open at the cut,
any may have taken effect or not: each choice is an entry of its own.) A later cut allows more;
windows are tried from small to large, with no more effort together than was spent in vain.

Often crashed calls could help, and the search has used them up before. Then the entry is taken
with these used, and a window that nothing passes is a lesson: whatever has used as many by the
cut is in vain. Only the classes that matter are kept in it (J. P. Marques-Silva & K. A. Sakallah,
"GRASP", IEEE Trans. Computers 48(5), 1999, is where learning from conflicts comes from).
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from itertools import combinations

from harness.checker.budget import Budget
from harness.checker.register.crashed import Crashed
from harness.checker.register.known import Known
from harness.checker.register.layers import Layers
from harness.checker.register.search import DepthFirst
from harness.checker.register.ways import RETIRE, Way
from harness.model import Call

SMALLEST = 4
MOST_SWAPS = 6
"""More cas open at a cut than this would make too many entries."""


@dataclass(frozen=True)
class Refuted:
    """Nothing that has used so many crashed calls by the layer `cut` passes the stall.

    `core` are the positions of the window's calls, which say so.
    """

    cut: int
    used: int
    core: frozenset[int]


class Refuter:
    """Looks for windows of one register's history that have no linearization.

    Args:
        calls: by rising start; `layers` and `crashed` are made of them.
        known: what has been learned of them; the windows use it, and add to it.
        initial: the value at the very beginning.
    """

    def __init__(
        self,
        calls: Sequence[Call],
        layers: Layers,
        crashed: Crashed,
        known: Known,
        initial: Hashable,
    ) -> None:
        self._calls = calls
        self._layers = layers
        self._crashed = crashed
        self._known = known
        self._initial = initial

    def refute(self, stall: int, used: int, effort: int, budget: Budget) -> Refuted | None:
        """Find a window that nothing passes which has used so many crashed calls, or more.

        Args:
            stall: the layer that was not passed.
            used: by what tried to.
            effort: configurations that all windows together may take.
            budget: of which only the time counts.
        """
        size = SMALLEST
        while effort > 0 and size < 2 * stall:
            cut = max(0, stall - size)
            size *= 2
            if self._layers.at(cut).all_swaps.bit_count() > MOST_SWAPS:
                continue
            search = self._search(cut, stall, used)
            if search.run(Budget(budget.left(), effort)) is False:
                needed = self._least(cut, stall, search.spent, 4 * search.states + 16, budget)
                return Refuted(cut, needed, self._core(cut, stall))
            if search.result is None:
                return None
            effort -= search.states
        return None

    def _least(self, cut: int, stall: int, used: int, effort: int, budget: Budget) -> int:
        """The fewest crashed calls that must have been used for the window to stay closed."""
        for group in self._crashed.classes:
            less = used & ~(group.field << group.shift)
            if less != used:
                search = self._search(cut, stall, less)
                if search.run(Budget(budget.left(), effort)) is False:
                    used = less
        return used

    def _search(self, cut: int, stall: int, used: int) -> DepthFirst:
        entry = self._entry(cut, used)
        return DepthFirst(self._layers, self._crashed, self._known, entry, stall + 1)

    def _core(self, cut: int, stall: int) -> frozenset[int]:
        since, until = self._layers.ends[cut], max(self._layers.ends[stall], self._known.dead_by)
        return frozenset(
            at for at, call in enumerate(self._calls) if call.end >= since and call.start < until
        )

    def _entry(self, cut: int, used: int) -> list[Way]:
        """Every configuration at a layer that is as good as any could be."""
        layer = self._layers.at(cut)
        swaps = [bit for of_value in layer.swaps.values() for bit, _, _ in of_value]
        return [
            (cut, value, layer.all_reads | sum(placed), layer.all_writes, used, RETIRE, -1, ())
            for value in self._values(layer.end)
            for count in range(len(swaps) + 1)
            for placed in combinations(swaps, count)
        ]

    def _values(self, before: int) -> list[Hashable]:
        """What may be there before a moment."""
        return [self._initial, *self._layers.values_before(before)]
