"""From why a decision was in vain to why it is in vain before it is made.

A reason found at a later target speaks of the calls that are open there. Those that were open
before as well had mostly the same state; what the decision itself has done, and what was invoked
since, needs no reason. And on the way completions were passed, each because of something::

    before      decision      passed                   after
    target 7    write 3       7 (write, placed)        target 9: in vain, for a read of 1 is not
                              8 (read of 3)            placed, and the cas to 1 is

    before the decision: it is in vain, for the write at 7 is placed, the read of 1 is not, …
"""

from __future__ import annotations

from harness.checker.register.crashed import Crashed
from harness.checker.register.layers import CAS, WRITE, Layers
from harness.checker.register.ways import Configuration, Way
from harness.checker.register.why import Reason


class Back:
    """Takes reasons back through decisions."""

    def __init__(self, layers: Layers, crashed: Crashed) -> None:
        self._layers = layers
        self._crashed = crashed

    def through(
        self, before: Configuration, way: Way, number: int, why: Reason, into: Reason
    ) -> None:
        """Add to a configuration's reason why one way from it was in vain.

        Args:
            before: the configuration.
            way: what was done in it.
            number: the target at which that turned out to be in vain.
            why: the reason there.
            into: the configuration's reason.
        """
        layer, kind = before.layer, way[5]
        own = way[2] & ~before.placed  # the slot that the decision placed, if any
        still, needs_own = self._passed(before, way, number, own, into)
        needs_own = needs_own or bool(own & still & why.lacking)
        into.lacking |= why.lacking & still & ~own
        if kind != WRITE:  # a write covers all that are open
            into.lacking |= why.lacking & still << self._layers.slots
        into.fixed |= why.fixed & still & ~own
        into.swapped |= why.swapped & still & ~own
        spent = why.spent
        one = way[4] - before.used
        if one:
            group = self._crashed.of_one(one)
            if spent >> group.shift & group.field:
                spent -= one
                if kind == WRITE:  # no other write of the value was to be had
                    into.lacking |= layer.writes.get(way[1], 0)
        elif kind == WRITE and needs_own:
            for bit, position in layer.writers[way[1]]:
                if position == way[6]:
                    break
                into.lacking |= bit  # this one would have been placed instead
        into.spent = self._crashed.most(into.spent, spent)

    def _passed(
        self, before: Configuration, way: Way, number: int, own: int, into: Reason
    ) -> tuple[int, bool]:
        """Add why completions were passed.

        Returns:
            The slots of the calls that are open before and after, and whether one was passed
            because the decision has placed it.
        """
        layer = before.layer
        still = layer.all_reads | layer.all_writes | layer.all_swaps
        passed_own = False
        returns = self._layers.returns
        for passed in range(before.number, number):
            bit, kind, _, _, _ = returns[passed]
            if bit & still and passed >= way[0]:
                if bit == own:
                    passed_own = True
                elif kind == WRITE:
                    into.lacking |= bit
                elif kind == CAS:
                    into.fixed |= bit
                    into.swapped |= bit
            still &= ~bit
        return still, passed_own
