"""The search for a linearization of one register whose values repeat.

Any linearization can be brought into a form in which most operations need no decision, and only
that form is searched. `expects` is said of a read or a cas, `write` of nothing else.

1. **Reads** take effect as soon as their value is there. It changes nothing, so waiting can't help.
2. A write is **seen** if the operation right after it expects its value. A crashed write or cas
   that is not seen is left out.
3. A write that is not seen can stand right before any other write that takes effect while it is
   open, or anywhere while its own value is there. From then on it is **covered**: it need not be
   seen any more, but may be, until it completes and is *retired*, which changes nothing.
4. Of two open calls that ask the same, the one that ends first is used first; a crashed one only
   when no other is left. (Swap their roles in any linearization that does otherwise.)
5. Operations take effect as late as they can: when an operation that has not taken effect
   completes, the **target**. Whatever is placed before the target is followed by something
   already invoked, or it could wait until after it.

What is left to choose at a target: to retire it if it is covered, to place it, or what to place
before it (a cas from the present value, or a write of a value that something open expects).

A configuration **dominates** another at the same target with the same value and the same cas
placed if it has the reads placed that the other has, and each open write in a state at least as
good (covered is better than both placed and not covered), and used no more crashed calls of any
class. What a dominated one can do, the other can do. A configuration is **dead** if some value is
gone that a completed operation expects, and nothing can bring it back in time.

The search is depth-first, no crashed call before all else has been tried. When it stalls it looks
for proof that it can't go on (`harness.checker.register.refute`), learns from it, or tries
elsewhere. After Lowe, "Testing for linearizability", Concurrency and Computation: Practice and
Experience 29(4), 2017, section 5 (just-in-time linearization); 3 to 5 are ours.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from harness.checker.budget import Budget
from harness.checker.register.crashed import Crashed
from harness.checker.register.layers import READ, Layer, Layers
from harness.checker.register.order import Trail
from harness.checker.register.ways import Raw, Ways

CHECK_CLOCK_EVERY = 64
COMPARED = 64
"""How many configurations met at one place are looked at for one that dominates."""


class DepthFirst:
    """One resumable search over one register's calls.

    Args:
        layers, crashed: the register's calls.
        entry: the configurations to start from.
        goal: the layer to reach; the end without one.

    Attributes:
        result: whether a configuration reached the goal, None as long as that is open.
        found: the decisions that led there.
        deepest: the farthest layer that was reached; none before it is in the way.
        dead_by: the latest moment that was looked ahead to for what was left as dead.
        deepest_used: the crashed calls that the last to come there had used.
        states: configurations met.
        stalled: of these, those since the search last came farther than ever.
    """

    def __init__(
        self, layers: Layers, crashed: Crashed, entry: Iterable[Raw], goal: int | None = None
    ) -> None:
        self.result: bool | None = None
        self.found: Trail = None
        self.deepest = 0
        self.deepest_used = 0
        self.states = 0
        self.stalled = 0
        self._layers = layers
        self._crashed = crashed
        self.dead_by: float = -1
        self._goal = len(layers) if goal is None else goal
        self._met: dict[tuple[int, Hashable, int], list[tuple[int, int]]] = {}
        self._todo = list(entry)
        self._lessons: list[tuple[int, int]] = []

    def forget(self) -> None:
        """Give the memory back; the search can't go on."""
        self._todo.clear()
        self._met.clear()
        self._layers.forget()

    def run(self, budget: Budget, patience: float = float("inf")) -> bool | None:
        """Search until there is an answer; None when the budget ends, or patience with a stall."""
        turns = 0
        while self.result is None and self.stalled < patience:
            if budget.out_of_memory():
                return None
            turns += 1
            if turns % CHECK_CLOCK_EVERY == 0 and budget.pausing():
                return None
            if not self._todo:
                self.result = False
            elif self._visit(*self._todo.pop()):
                self.states += 1
                self.stalled += 1
                budget.states += 1
        return self.result

    def _visit(
        self, number: int, value: Hashable, placed: int, covered: int, used: int, trail: Trail
    ) -> bool:
        """Go to the next target, and put what can be done there on the list; False if met."""
        number, placed = self._advance(number, value, placed)
        if number >= self.deepest:
            if number > self.deepest:
                self.deepest = number
                self.stalled = 0
            self.deepest_used = used
        if number >= self._goal:
            self.found = trail
            self.result = True
            return True
        if self._lessons and self._in_vain(number, used):
            return False
        layer = self._layers.at(number)
        placed |= layer.reads.get(value, 0)
        covered |= layer.writes.get(value, 0) & ~placed
        if not self._new(layer, number, value, placed, covered, used):
            return False
        ways = Ways(self._layers, self._crashed, number, value, placed, covered, used, trail)
        self._todo.extend(ways.worst_first())
        self.dead_by = max(self.dead_by, ways.dead_by)
        return True

    def learn(self, cut: int, used: int) -> None:
        """From now on leave alone what has used so many crashed calls by a layer."""
        self._lessons.append((cut, used))
        self.stalled = 0

    def prefer_the_thrifty(self) -> None:
        """Go on where fewer crashed calls were used than on the way here, for as many layers."""
        rate = self._crashed.count(self.deepest_used) / max(self.deepest, 1)
        self._todo.sort(key=lambda raw: rate * raw[0] - self._crashed.count(raw[4]))

    def _in_vain(self, number: int, used: int) -> bool:
        guard = self._crashed.guard
        bound = used | guard
        return any(
            number <= cut and (bound - needed) & guard == guard for cut, needed in self._lessons
        )

    def _advance(self, number: int, value: Hashable, placed: int) -> tuple[int, int]:
        """Pass every completion of something that has taken effect."""
        returns = self._layers.returns
        last = self._goal
        while number < last:
            bit, kind, expected, _, _ = returns[number]
            if placed & bit:
                placed ^= bit
            elif kind != READ or expected != value:
                break
            number += 1
        return number, placed

    def _new(
        self, layer: Layer, number: int, value: Hashable, placed: int, covered: int, used: int
    ) -> bool:
        """Remember a configuration; False if one met before dominates it."""
        met = self._met.setdefault((number, value, placed & layer.all_swaps), [])
        writes = layer.all_writes
        good = placed & layer.all_reads | writes & ~placed
        good |= (writes & (placed | covered)) << self._layers.slots
        guard = self._crashed.guard
        bound = used | guard
        for other, other_used in met[-COMPARED:]:
            if not good & ~other and (bound - other_used) & guard == guard:
                return False
        met.append((good, used))
        return True
