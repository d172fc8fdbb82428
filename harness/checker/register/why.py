"""Why a configuration of a register can't go on: no more than what is in the way.

Of a configuration that turned out to be in vain, most does not matter. What does is a **reason**,
and whatever meets it, at the same target with the same value, is in vain as well:

    lacking   what is less good in it than it could be (`good`): none of these may be better
    fixed     the cas of which it matters whether they are placed; `swapped`: which of them are
    spent     how many crashed calls of each class are used, or more

The reason of a configuration is what leaves it no other ways than it has (here), together with the
reasons for which each of these was in vain, as far as they go back to what was before
(`harness.checker.register.back`). For the proof take the best that meets a reason: reads placed,
writes open and covered, no crashed call used, but where the reason says otherwise. Whatever else
meets it is dominated by one like that with the same cas placed. Each of its ways is one that the
configuration had as well, and leads to what meets the reason found there.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable

from harness.checker.register.crashed import Crashed, CrashedClass
from harness.checker.register.layers import CAS, READ, WRITE, Layers
from harness.checker.register.ways import Configuration


class Reason:
    """What a configuration must meet to be in vain; of nothing, by default."""

    __slots__ = ("fixed", "lacking", "spent", "swapped")

    def __init__(self, lacking: int = 0, fixed: int = 0, swapped: int = 0, spent: int = 0) -> None:
        self.lacking = lacking
        self.fixed = fixed
        self.swapped = swapped
        self.spent = spent


class Why:
    """Finds what leaves one configuration no other ways than it has."""

    def __init__(
        self, layers: Layers, crashed: Crashed, now: Configuration, reason: Reason
    ) -> None:
        self._layers = layers
        self._crashed = crashed
        self._now = now
        self._layer = now.layer
        self._placed = now.placed
        self._used = now.used
        self._reason = reason

    def add(self) -> None:
        """Add it to the reason."""
        now, reason = self._now, self._reason
        if now.unseen:
            self._swaps_or_dead()
            return
        bit, kind, _, left, _ = self._layers.returns[now.number]
        if kind == READ:
            reason.lacking |= bit
        elif kind == CAS:
            reason.fixed |= bit
        elif left != now.value:
            if not now.covered & bit:
                reason.lacking |= bit << self._layers.slots
            else:
                self._dead(left, now.placed | bit, bit)
        stays = self._swaps_or_dead()
        for value in (now.value,) if stays else self._expected():
            if not (kind == WRITE and value == left):
                self._source(value)

    def _expected(self) -> Iterable[Hashable]:
        """The values that something may expect."""
        layer = self._layer
        return dict.fromkeys((*layer.reads, *layer.swaps, *self._crashed.swaps))

    def _swaps_or_dead(self) -> bool:
        """Why no other cas from the present value is a way; whether nothing else can end it."""
        now, layer = self._now, self._layer
        dead, demander = self._dead(now.value, now.placed, 0)
        if dead:
            if demander & layer.all_swaps:
                self._dead(now.value, now.placed | demander, 0)
            return True
        self._swaps()
        return False

    def _spend(self, groups: Iterable[CrashedClass], before: float) -> None:
        """None of some classes is left which was invoked before a moment."""
        for group in groups:
            if count := bisect_left(group.starts, before):
                self._reason.spent = self._crashed.most(self._reason.spent, count << group.shift)

    def _swapped(self, swaps: int) -> None:
        """Some cas are placed."""
        self._reason.fixed |= swaps
        self._reason.swapped |= swaps

    def _source(self, value: Hashable) -> None:
        """Why no write of a value is a way, if it is none."""
        layer, placed, used, crashed = self._layer, self._placed, self._used, self._crashed
        writes, swaps = layer.writes.get(value, 0), layer.swapped.get(value, 0)
        write, cas = crashed.writes.get(value), crashed.swaps.get(value, ())
        source = writes & ~placed or (write is not None and write.next_start(used) < layer.end)
        demanded = (
            swaps & ~placed
            or layer.reads.get(value, 0) & ~placed
            or crashed.can_swap(value, used, layer.end)
        )
        if demanded and source:
            return
        if not source and (demanded or swaps or any(g.starts[0] < layer.end for g in cas)):
            self._reason.lacking |= writes
            self._spend((write,) if write else (), layer.end)
        else:
            self._swapped(swaps)
            self._spend(cas, layer.end)

    def _swaps(self) -> None:
        """Why no other cas from the present value is a way."""
        now, layer, placed, reason = self._now, self._layer, self._placed, self._reason
        tried: dict[Hashable, int] = {}
        for bit, new, _ in layer.swaps.get(now.value, ()):
            if new in tried:
                reason.fixed |= tried[new]  # that one is placed first
            elif placed & bit:
                self._swapped(bit)
            else:
                tried[new] = bit
        for group in self._crashed.swaps.get(now.value, ()):
            if group.new in tried or group.starts[0] >= layer.end:
                continue
            if group.next_start(self._used) >= layer.end:
                self._spend((group,), layer.end)
            elif not self._seen(group.new) and group.new not in now.unseen:
                self._swapped(layer.swapped.get(group.new, 0))
                self._spend(self._crashed.swaps.get(group.new, ()), layer.end)

    def _seen(self, value: Hashable) -> bool:
        """Whether something open expects a value."""
        layer, placed = self._layer, self._placed
        if (layer.reads.get(value, 0) | layer.swapped.get(value, 0)) & ~placed:
            return True
        return self._crashed.can_swap(value, self._used, layer.end)

    def _dead(self, value: Hashable, placed: int, retired: int) -> tuple[bool, int]:
        """Why a value that is gone can't come back in time, if it can't.

        Returns:
            Whether it can't, and the slot of the call because of which it would have to.
        """
        layer, reason = self._layer, self._reason
        writes, to = layer.writes.get(value, 0), layer.to.get(value, 0)
        if (writes | to) & ~placed:
            return False, 0
        groups = self._crashed.to.get(value, ())
        back = min(
            self._layers.next_source(value, layer.end),
            *(group.next_start(self._used) for group in groups),
            float("inf"),
        )
        deadline, demander = self._layers.next_demand(value, layer.end), 0
        if deadline > back or deadline == float("inf"):
            for bit, end in layer.demands.get(value, ()):
                if not placed & bit:
                    deadline, demander = end, bit
                    break
            if not demander or deadline > back:
                return False, 0
        reason.lacking |= writes & ~retired | demander & layer.all_reads
        reason.fixed |= demander & layer.all_swaps
        self._swapped(to)
        self._spend(groups, deadline)
        return True, demander
