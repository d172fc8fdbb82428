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
before it (a cas from the present value, or a write of a value that something open expects). What
was placed to be seen must be seen next: if no read does, only a cas from its value can follow. So
something that stays is brought about, and the search never comes back to where it was.

A configuration **dominates** another at the same target with the same value and the same cas
placed if it has the reads placed that the other has, and each open write in a state at least as
good (covered is better than both placed and not covered), and used no more crashed calls of any
class. What a dominated one can do, the other can do. A configuration is **dead** if some value is
gone that a completed operation expects, and nothing can bring it back in time.

Where no way is left, the search learns the **reason** (`harness.checker.register.why`): what the
configuration had to be like to be in vain, mostly little of what it is. Others that meet the
reason are left out. This is how solvers of constraints learn from dead ends (R. Dechter,
"Enhancement schemes for constraint processing", Artificial Intelligence 41(3), 1990), with
dominance on top: a reason is met by whatever is no better where it matters.

The search is depth-first, no crashed call before all else has been tried. When it stalls it looks
for proof that it can't go on (`harness.checker.register.refute`), and learns from that. After Lowe,
"Testing for linearizability", Concurrency and Computation: Practice and Experience 29(4), 2017,
section 5 (just-in-time linearization); 3 to 5 and the reasons are ours.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from harness.checker.budget import Budget
from harness.checker.register.back import Back
from harness.checker.register.crashed import Crashed
from harness.checker.register.known import Known
from harness.checker.register.layers import READ, Layers
from harness.checker.register.ways import RETIRE, Configuration, Way, Ways
from harness.checker.register.why import Reason, Why

CHECK_CLOCK_EVERY = 64


class Frame(Configuration):
    """A configuration on the way that is being searched, and why the ways from it were in vain."""

    __slots__ = ("reason", "way", "ways")

    ways: list[Way]
    way: Way
    reason: Reason


class DepthFirst:
    """One resumable search over one register's calls.

    Args:
        layers, crashed: the register's calls.
        known: what has been learned of them, and will be.
        entry: the configurations to start from.
        goal: the layer to reach; the end without one.

    Attributes:
        result: whether a configuration reached the goal, None as long as that is open.
        deepest: the farthest layer that was reached; none before it is in the way.
        deepest_used: the crashed calls that the last to come there had used.
        spent: crashed calls without which some of the entries would not have been in vain.
        states: configurations met.
        stalled: of these, those since the search last came farther than ever.
    """

    def __init__(
        self,
        layers: Layers,
        crashed: Crashed,
        known: Known,
        entry: Iterable[Way],
        goal: int | None = None,
    ) -> None:
        self.result: bool | None = None
        self.deepest = 0
        self.deepest_used = 0
        self.spent = 0
        self.states = 0
        self.stalled = 0
        self._layers = layers
        self._crashed = crashed
        self._back = Back(layers, crashed)
        self._goal = len(layers) if goal is None else goal
        self._known = known
        self._entry = list(entry)
        self._stack: list[Frame] = []

    @property
    def found(self) -> list[tuple[int, int]]:
        """The decisions that led to the goal."""
        return [
            (frame.number, ~frame.way[6] if frame.way[5] == RETIRE else frame.way[6])
            for frame in self._stack
        ]

    def forget(self) -> None:
        """Give the memory back; the search can't go on."""
        self._entry.clear()
        self._stack.clear()
        self._known.forget()
        self._layers.forget()

    def run(self, budget: Budget, patience: float = float("inf")) -> bool | None:
        """Search until there is an answer; None when the budget ends, or patience with a stall."""
        turns = 0
        stack = self._stack
        while self.result is None and self.stalled < patience:
            if budget.out_of_memory():
                return None
            turns += 1
            if turns % CHECK_CLOCK_EVERY == 0 and budget.pausing():
                return None
            if stack:
                frame = stack[-1]
                if not frame.ways:
                    self._close(stack.pop())
                    continue
                frame.way = way = frame.ways.pop()
            elif self._entry:
                way = self._entry.pop()
            else:
                self.result = False
                break
            if self._visit(way):
                self.states += 1
                self.stalled += 1
                budget.states += 1
        return self.result

    def _visit(self, way: Way) -> bool:
        """Go to the next target; False if that is known to be in vain."""
        number, value, placed, covered, used, _, _, unseen = way
        number, placed = self._advance(number, value, placed)
        if number >= self.deepest:
            if number > self.deepest:
                self.deepest = number
                self.stalled = 0
            self.deepest_used = used
        if number >= self._goal:
            self.result = True
            return True
        if (lesson := self._known.lesson(number, used)) is not None:
            self._blame(way[0], lesson)
            return False
        layer = self._layers.at(number)
        placed |= layer.reads.get(value, 0)
        covered |= layer.writes.get(value, 0) & ~placed
        frame = Frame(number, layer, value, placed, covered, used, unseen)
        if not unseen and (reason := self._known.why(frame)) is not None:
            self._blame(number, reason)
            return False
        ways = Ways(self._layers, self._crashed, frame)
        frame.ways = ways.worst_first()
        frame.reason = Reason()
        self._known.dead_by = max(self._known.dead_by, ways.dead_by)
        self._stack.append(frame)
        return True

    def _close(self, frame: Frame) -> None:
        """Nothing is left to be done in a configuration: learn why."""
        Why(self._layers, self._crashed, frame, frame.reason).add()
        if not frame.unseen:
            self._known.add(frame.number, frame.value, frame.reason)
        self._blame(frame.number, frame.reason)

    def _blame(self, number: int, reason: Reason) -> None:
        """The last decision was in vain, as was found out at some target."""
        if self._stack:
            frame = self._stack[-1]
            self._back.through(frame, frame.way, number, reason, frame.reason)
        else:
            self.spent = self._crashed.most(self.spent, reason.spent)

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
