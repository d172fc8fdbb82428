"""Reads of a set that lack an element: before its add, or after its removal?

Mostly the windows tell. Where a read's window spans an element's whole life, other elements may::

    add a      ├────┤             ├────┤ remove a      X is before or after the life of a,
    read Y         ├─────────┤ {a, b}                  and so before or after Y;
    read X  ├──────────────────────────────┤ {}        b stays until X has ended: X is before
    add b        ├────┤                       ├──┤     the add of b, so before Y, so before a
                                          remove b

**Classes.** For a read X without a and one read Y with it, *X before the life of a* and *X before
Y* say the same. So if Y shows several elements that X lacks, X is on the same side of all; and if X
shows others that Y lacks, Y is on the other side of these. Sides hang together in classes: the
components of the incompatibility graph of McConnell ("A certifying algorithm for the
consecutive-ones property", SODA 2004). What is told of one of a class is told of all.

**Narrower windows.** A read that is before the life of a must be at a moment at which a's add can
still come, and one after it at one at which the removal can have come. Neither can be in a **zone**
of what the read lacks, the time at which that is certainly there. That tells more sides.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import deque
from collections.abc import Callable, Hashable, Iterator, Sequence

from harness.checker.fast.element_lives import Lives
from harness.checker.fast.element_runs import shown

Side = tuple[int, int]
"""A read, by rank, and an element that it does not show."""

KEPT = 256
"""How many reads' sets are kept at hand."""


class Sides:
    """What is known of the sides: true is before the add.

    Args:
        lives: of which.
        chosen: sides to take as given where nothing tells.
    """

    def __init__(self, lives: Lives, chosen: Sequence[tuple[Side, bool]] = ()) -> None:
        self.torn = False
        """Whether some read would have to be on both sides of an element."""
        self.low, self.high = lives.low.tolist(), lives.high.tolist()
        """The windows of the reads, by rank, as far as sides narrow them."""
        self._lives = lives
        self._add_high = lives.add_high.tolist()
        self._gone_low = lives.gone_low.tolist()
        self._sets: dict[int, frozenset[Hashable]] = {}
        self._known: dict[Side, bool] = {}
        self._links: dict[Side, list[tuple[Side, bool]]] = {}
        self._open_of_read: dict[int, set[int]] = {}
        self._open_of_element: dict[int, set[int]] = {}
        unsure = list(self._spanning())
        for rank, element in unsure:
            self._open_of_read.setdefault(rank, set()).add(element)
            self._open_of_element.setdefault(element, set()).add(rank)
        if unsure:
            self._zones = Zones(self._add_high, self._gone_low)
        for rank in list(self._open_of_read):
            for (_, element), before in self._tighten(rank):
                self.settle(rank, element, before)
        for side in unsure:
            self._look(side)
        for (rank, element), before in chosen:
            self.settle(rank, element, before)

    def before(self, rank: int, element: int) -> bool | None:
        """On which side a read is of an element that it lacks; None if nothing tells."""
        return self._told((rank, element))

    def open_of_read(self, rank: int) -> list[int]:
        """The elements for which nothing tells on which side a read is, so far."""
        return sorted(self._open_of_read.get(rank, ()))

    def open_of_element(self, element: int) -> list[int]:
        """The reads for which nothing tells on which side of an element they are, so far."""
        return sorted(self._open_of_element.get(element, ()))

    def settle(self, rank: int, element: int, before: bool) -> None:
        """Note on which side a read is, and what follows from that."""
        todo = deque([((rank, element), before)])
        while todo:
            side, value = todo.popleft()
            told = self._told(side)
            self.torn |= told is not None and told != value
            if side in self._known:
                continue
            self._known[side] = value
            who, what = side
            self._open_of_read[who].discard(what)
            self._open_of_element[what].discard(who)
            todo.extend((other, value == same) for other, same in self._links.pop(side, ()))
            if value:
                self.high[who] = min(self.high[who], self._add_high[what])
            else:
                self.low[who] = max(self.low[who], self._gone_low[what])
            todo.extend(self._tighten(who))

    def _tighten(self, rank: int) -> list[tuple[Side, bool]]:
        """Keep a read's window out of the zones of what it lacks; the sides that this tells."""
        mine, values = self._set(rank), self._lives.values
        self.low[rank], self.high[rank] = self._zones.without(
            self.low[rank], self.high[rank], lambda element: values[element] not in mine
        )
        told = ((at, self._told((rank, at))) for at in self._open_of_read[rank])
        return [((rank, at), before) for at, before in told if before is not None]

    def _spanning(self) -> Iterator[Side]:
        """The reads whose windows reach from before the end of an add to after a removal begins."""
        lives, low, high = self._lives, self.low, self.high
        by_low = sorted(range(len(low)), key=low.__getitem__)
        removed = [
            at
            for at in lives.removes
            if at < lives.shown or self._add_high[at] < self._gone_low[at]
        ]
        begins = {at: min(self._add_high[at], self._gone_low[at]) for at in removed}
        spanning: list[int] = []
        opened, most = 0, 64
        for element in sorted(removed, key=begins.__getitem__):
            begin = begins[element]
            while opened < len(by_low) and low[by_low[opened]] <= begin:
                spanning.append(by_low[opened])
                opened += 1
            if len(spanning) > most:
                spanning = [rank for rank in spanning if high[rank] >= begin]
                most = 2 * len(spanning) + 64
            gone, added = self._gone_low[element], self._add_high[element]
            found = [rank for rank in spanning if high[rank] >= gone]
            after = opened
            while after < len(by_low) and low[by_low[after]] <= added:
                found.append(by_low[after])
                after += 1
            if found:
                runs = lives.runs.of_element(element) if element < lives.shown else []
                for rank in found:
                    if not any(first <= rank <= last for first, last in runs):
                        yield rank, element

    def _look(self, side: Side) -> None:
        """Settle a side by what is told of those in its class, or wait for the first of them."""
        rank, element = side
        mine = self._set(rank)
        waiting: set[Side] = set()
        if element >= self._lives.shown:
            return
        for first, last in self._lives.runs.of_element(element):
            for other in range(first, last + 1):
                theirs = self._set(other)
                for who, values, same in (
                    (rank, theirs - mine, True),
                    (other, mine - theirs, False),
                ):
                    for value in values:
                        peer = (who, self._lives.number[value])
                        told = self._told(peer)
                        if told is not None:
                            self.settle(rank, element, told == same)
                            return
                        if peer not in waiting:
                            waiting.add(peer)
                            self._links.setdefault(peer, []).append((side, same))

    def _told(self, side: Side) -> bool | None:
        """What the window tells, or else what was settled."""
        rank, element = side
        if self.low[rank] > self._add_high[element]:
            return False
        return True if self.high[rank] < self._gone_low[element] else self._known.get(side)

    def _set(self, rank: int) -> frozenset[Hashable]:
        found = self._sets.get(rank)
        if found is None:
            if len(self._sets) >= KEPT:
                self._sets.clear()
            reads = self._lives.reads
            found = self._sets[rank] = frozenset(shown(self._lives.calls[reads[rank]]))
        return found


class Zones:
    """When elements are certainly there: after the last moment for the add, before the removal."""

    def __init__(self, add_high: Sequence[int], gone_low: Sequence[int]) -> None:
        self._add_high, self._gone_low = add_high, gone_low
        certain = [at for at, high in enumerate(add_high) if high < gone_low[at]]
        self._by_begin = sorted(certain, key=add_high.__getitem__)
        self._by_end = sorted(certain, key=gone_low.__getitem__)
        self._begins = [add_high[at] for at in self._by_begin]
        self._ends = [gone_low[at] for at in self._by_end]

    def without(self, low: int, high: int, lacks: Callable[[int], bool]) -> tuple[int, int]:
        """What is left of a window if it must not begin or end in the zone of what is lacking."""
        while True:
            before = low, high
            for place in range(bisect_left(self._begins, low), bisect_left(self._begins, high)):
                element = self._by_begin[place]
                if self._gone_low[element] > high and lacks(element):
                    high = self._begins[place]
                    break
            for place in reversed(
                range(bisect_right(self._ends, low), bisect_right(self._ends, high))
            ):
                element = self._by_end[place]
                if self._add_high[element] < low and lacks(element):
                    low = self._ends[place]
                    break
            if (low, high) == before:
                return before
