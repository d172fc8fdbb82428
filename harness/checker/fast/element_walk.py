"""The walk through a set's windows: an order, one call after the other, without turning back.

See `harness.checker.fast.element_set`. Everything happens as late as its window lets it, after all
that must come before it::

    an add      the open reads that lack its element and are not after its removal
    a removal   the add, the open reads that show its element
    a read      the adds and removals between the state and what it shows

A read happens as soon as the state is what it shows. It changes nothing, so that loses nothing;
nor does an add of what no read shows if the removal can follow at once. If nothing tells whether a
read is before or after the life of an element, it is left for after: that is a **choice**, and the
only thing in the walk that might have been otherwise. For each open read the elements are kept that
it and the state differ in; they are few.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Sequence

import numpy as np

from harness.checker.fast.element_lives import Lives
from harness.checker.fast.element_runs import shown
from harness.checker.fast.element_sides import Side, Sides
from harness.model import FOREVER

DEPTH = 250
"""How far one call may depend on others before the walk gives up."""

PORTION = 1 << 16
"""How many moments are made ready at a time."""

OPENS, IDLES, ADDS, GOES, READS = range(5)


Choice = tuple[Side, bool]


class Walk:
    """One walk; every step of it is legal."""

    def __init__(self, lives: Lives, chosen: Sequence[Choice] = ()) -> None:
        self.now = -1
        """The moment that the walk has come to."""
        self.choices: list[Choice] = []
        """The sides that were chosen though nothing told them."""
        self.too_deep = False
        """Whether it ended because more calls depend on each other than can be followed."""
        self._lives = lives
        self._sides = Sides(lives, chosen)
        self._add_low, self._gone_low = lives.add_low.tolist(), lives.gone_low.tolist()
        self._shown = lives.shown
        self._state: set[Hashable] = set()
        self._added = bytearray(len(lives.values))
        self._gone = bytearray(len(lives.values))
        self._open: dict[int, set[int]] = {}
        self._done = bytearray(len(lives.reads))
        self._order: list[int] = []
        self._placed = bytearray(len(lives.calls))
        self._going: set[tuple[int, int]] = set()

    def order(self) -> list[int] | None:
        """Place every call; None if one has no place."""
        if self._sides.torn:
            return None
        for now, what, at in self._moments():
            self.now = now
            if not self._due(what, at):
                return None
        return self._order

    def _due(self, what: int, at: int) -> bool:
        """Do what must be done at this moment; false if that is impossible."""
        if what == OPENS:
            self._begin(at)
        elif what == IDLES:
            self._idle(at)
        elif what == ADDS:
            return bool(self._added[at]) or self._add(at)
        elif what == GOES:
            return bool(self._gone[at]) or self._remove(at)
        else:
            return bool(self._done[at]) or self._read(at)
        return True

    def _moments(self) -> Iterator[tuple[int, int, int]]:
        """By time: windows of reads open, windows end, removes without effect begin."""
        lives, calls = self._lives, self._lives.calls
        idle = [*lives.idle]
        for removes in lives.removes.values():
            if len(removes) > 1:
                idle.extend(at for at in removes[1:] if not calls[at].crashed)
        idle_starts = np.array([calls[at].start for at in idle], np.int64)
        reads, elements = np.arange(len(lives.low)), np.arange(len(lives.values))
        columns = [
            (lives.low, OPENS, reads),
            (idle_starts, IDLES, np.array(idle, np.int64)),
            (lives.add_high, ADDS, elements),
            (lives.gone_high, GOES, elements),
            (lives.high, READS, reads),
        ]
        time = np.concatenate([column for column, _, _ in columns])
        what = np.concatenate([np.full(len(column), kind) for column, kind, _ in columns])
        at = np.concatenate([positions for _, _, positions in columns])
        order = np.lexsort((at, what, time))
        order = order[time[order] < FOREVER]
        for begin in range(0, len(order), PORTION):
            part = order[begin : begin + PORTION]
            yield from zip(time[part].tolist(), what[part].tolist(), at[part].tolist(), strict=True)

    def _begin(self, rank: int) -> None:
        read = self._lives.calls[self._lives.reads[rank]]
        differing = self._state.symmetric_difference(shown(read))
        if differing:
            self._open[rank] = {self._lives.number[value] for value in differing}
        else:
            self._place_read(rank)

    def _idle(self, at: int) -> None:
        """A remove without effect: at once, unless it may be the one that ends the life."""
        element = self._lives.number.get(self._lives.calls[at].value, -1)
        if at in self._lives.removes.get(element, ()) and not self._gone[element]:
            return
        self._place(at)

    def _add(self, element: int) -> bool:
        """Let an element be there; false if something that must come before can't be."""
        if self._add_low[element] > self.now or not self._enter((ADDS, element)):
            return False
        possible = self._make_way(element)
        if possible and not self._added[element]:
            self._added[element] = 1
            self._state.add(self._lives.values[element])
            self._place(self._lives.add[element])
            self._toggle(element)
        self._going.discard((ADDS, element))
        return possible

    def _make_way(self, element: int) -> bool:
        """Let all reads happen that must come before an add, and decide on the rest."""
        gone, high, sides = self._gone_low[element], self._sides.high, self._sides
        if element >= self._shown and gone <= self.now:
            return True  # the removal can follow at once
        lacking = [rank for rank, differing in self._open.items() if element not in differing]
        while True:
            for rank in lacking:
                if self._done[rank]:
                    continue
                must = high[rank] < gone or sides.before(rank, element)
                if must and not self._read(rank):
                    return False
            either = sides.open_of_element(element)
            if not either:
                return True
            self.choices.append(((either[0], element), False))
            sides.settle(either[0], element, before=False)
            if sides.torn:
                return False

    def _remove(self, element: int) -> bool:
        """Let an element be gone; false if something that must come before can't be."""
        if self._gone_low[element] > self.now:
            return False
        showing = [rank for rank, differing in self._open.items() if element not in differing]
        if (showing or not self._added[element]) and not self._clear(element):
            return False
        if not self._gone[element]:
            self._gone[element] = 1
            self._state.discard(self._lives.values[element])
            self._place_removes(element)
            self._toggle(element)
        return True

    def _clear(self, element: int) -> bool:
        """Let all happen that must come before a removal."""
        if not self._enter((GOES, element)):
            return False
        possible = bool(self._added[element]) or self._add(element)
        if possible:
            showing = [rank for rank, differing in self._open.items() if element not in differing]
            possible = all(self._done[rank] or self._read(rank) for rank in showing)
        self._going.discard((GOES, element))
        return possible

    def _place_removes(self, element: int) -> None:
        """The first ends the life, those that have begun do nothing."""
        first, *more = self._lives.removes[element]
        self._place(first)
        for at in more:
            call = self._lives.calls[at]
            if not call.crashed and call.start <= self.now:
                self._place(at)

    def _read(self, rank: int) -> bool:
        """Let all that leads to what a read shows happen."""
        if rank not in self._open or not self._enter((READS, rank)):
            return False
        differing = self._open[rank]
        possible = True
        while possible and not self._done[rank]:
            element = min(differing)
            if not self._added[element]:
                possible = self._add(element)
            else:
                goes = element in self._lives.removes and not self._gone[element]
                possible = goes and self._remove(element)
        self._going.discard((READS, rank))
        return possible

    def _enter(self, what: tuple[int, int]) -> bool:
        """Go into what a call depends on; false if that is the call itself."""
        self.too_deep |= len(self._going) > DEPTH
        if self.too_deep or what in self._going:
            return False
        self._going.add(what)
        return True

    def _toggle(self, element: int) -> None:
        """The state has changed in one element; reads that show it happen."""
        fitting = []
        for rank, differing in self._open.items():
            if element in differing:
                differing.discard(element)
                if not differing:
                    fitting.append(rank)
            else:
                differing.add(element)
        for rank in fitting:
            del self._open[rank]
            self._place_read(rank)

    def _place_read(self, rank: int) -> None:
        self._done[rank] = 1
        self._place(self._lives.reads[rank])
        for element in self._sides.open_of_read(rank):
            self._sides.settle(rank, element, before=not self._added[element])

    def _place(self, at: int) -> None:
        if not self._placed[at]:
            self._placed[at] = 1
            self._order.append(at)
