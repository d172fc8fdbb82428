"""The lives of a set's elements, each added at most once, and the calls' windows.

See `harness.checker.fast.element_set`. An element has one life: its add, the reads that show it,
its removal. Here it is decided which calls belong to it, and every call's interval is narrowed to a
**window** by what must come before and after::

    add a    ├────────┄┄┄┄┄┄┄┤              no later than the first end of what shows a
    read         ├───────────┤ {a}          no earlier than the adds of what it shows
    remove     ┄┄├──────────────────┤       no earlier than the last start of what shows a
    read              ┄┄┄┄┄┄┄┄┄┄├─────┤ {}

- A crashed add that no read shows is left out: without it nothing that was answered changes.
- A completed remove that ends before its add begins, or before a read begins that shows the
  element, must come before the add (afterwards the element would be gone for good): it has no
  effect, and the add is no earlier than it.
- All other removes are taken to come after the add. The first of them ends the life and the rest do
  nothing, so together they are one removal, which is no earlier than the earliest start and no
  later than the earliest end. For a crashed remove that loses nothing: at the end of the order it
  does no harm. For a completed one neither, if it begins after the add must have happened; or if no
  read shows the element, for then add and remove can stand side by side; or if some read begins
  after both must have happened, for it does not show the element, which so must have gone, if this
  is the only remove. Elsewhere the element is **doubtful**: an order found is one, but that there
  is none proves nothing until the element is left out of all that is known of the history.
- An element that no read shows is certainly there between the last moment for its add and the first
  one for its removal: no read is at a moment between those, so no window begins or ends there.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass, field

import numpy as np

from harness.checker.fast.element_runs import Ints, Runs
from harness.model import FOREVER, Call

PASSES = 8
"""How often windows narrow each other. Each pass but the last must be for a reason, and these are
few: what is narrowed twice is so because of elements that no read shows."""


@dataclass(eq=False)
class Lives:
    """What is known of the calls before any is placed. Elements that reads show come first.

    Args:
        reads: positions of all reads, by start: their ranks are places here.
        runs: which of them show which element.
        shown: how many elements reads show.
        values, number: of each element, and back.
        add: of each element, the call.
        removes: of each element that may go, the calls that may end its life, by start.
        idle: completed removes that have no effect.
        doubtful: elements of which one remove may or may not have an effect.
        low, high: the windows of the reads, by rank.
        add_low, add_high, gone_low, gone_high: those of adds and removals, by element; a removal
            that never comes has `FOREVER` for both.
    """

    calls: Sequence[Call]
    reads: list[int]
    runs: Runs
    shown: int
    values: list[Hashable]
    number: dict[Hashable, int]
    add: list[int]
    removes: dict[int, tuple[int, ...]] = field(default_factory=dict)
    idle: list[int] = field(default_factory=list)
    doubtful: list[int] = field(default_factory=list)
    low: Ints = field(init=False)
    high: Ints = field(init=False)
    add_low: Ints = field(init=False)
    add_high: Ints = field(init=False)
    gone_low: Ints = field(init=False)
    gone_high: Ints = field(init=False)
    _start: Ints = field(init=False)
    _end: Ints = field(init=False)
    _earliest: Ints = field(init=False)
    _gone: Ints = field(init=False)

    @classmethod
    def of(cls, calls: Sequence[Call], reads: list[int], runs: Runs) -> Lives | None:
        """The lives in these calls; None if an element was added twice, or shown and not added."""
        adds: dict[Hashable, int] = {}
        for at, call in enumerate(calls):
            if call.f == "add" and adds.setdefault(call.value, at) != at:
                return None
        shown = set(runs.elements)
        if not adds.keys() >= shown:
            return None
        unseen = (v for v, at in adds.items() if v not in shown and not calls[at].crashed)
        values = [*runs.elements, *unseen]
        number = {value: at for at, value in enumerate(values)}
        add = [adds[value] for value in values]
        lives = cls(calls, reads, runs, len(shown), values, number, add)
        lives._gather()
        lives._bound()
        while lives._sort_out():
            lives._bound()
        lives._doubt()
        return lives

    def _gather(self) -> None:
        """Find the removes of each element."""
        for at, call in enumerate(self.calls):
            if call.f == "remove":
                if (element := self.number.get(call.value)) is not None:
                    self.removes[element] = (*self.removes.get(element, ()), at)
                elif not call.crashed:
                    self.idle.append(at)
        self._start = np.fromiter((call.start for call in self.calls), np.int64)
        self._end = np.fromiter((call.end for call in self.calls), np.int64)
        self._earliest = self._start[self.add]
        self._gone = np.full((2, len(self.values)), FOREVER, np.int64)
        going = list(self.removes)
        first = [removes[0] for removes in self.removes.values()]
        self._gone[:, going] = self._start[first], self._end[first]
        for element, removes in self.removes.items():
            if len(removes) > 1:
                self._gone[1, element] = self._end[list(removes)].min()

    def _bound(self) -> None:
        """Windows by what is known so far of the removes without effect."""
        self._open()
        while self._sort_out():
            self._open()
        self._narrow()

    def _open(self) -> None:
        """The calls' own intervals; a read is no earlier than the adds of what it shows."""
        self.low, self.high = self._start[self.reads], self._end[self.reads]
        self.add_low, self.add_high = self._earliest.copy(), self._end[self.add]
        self.gone_low, self.gone_high = self._gone.copy()
        added = self.runs.greatest_of_reads(self.add_low[: self.shown], -1)
        self.low = np.maximum(self.low, added)

    def _narrow(self) -> None:
        """Reads and the changes of what they show narrow each other's windows."""
        runs, shown = self.runs, self.shown
        for _ in range(PASSES):
            before = (self.low, self.high)
            self.gone_low = np.maximum(self.gone_low, self.add_low)
            self.add_high = np.minimum(self.add_high, self.gone_high)
            added = runs.greatest_of_reads(self.add_low[:shown], -1)
            gone = runs.least_of_reads(self.gone_high[:shown], FOREVER)
            self.low, self.high = np.maximum(self.low, added), np.minimum(self.high, gone)
            self._keep_out()
            first = np.minimum(self.add_high[:shown], runs.least_of_elements(self.high))
            last = np.maximum(self.gone_low[:shown], runs.greatest_of_elements(self.low))
            self.add_high = np.concatenate([first, self.add_high[shown:]])
            self.gone_low = np.concatenate([last, self.gone_low[shown:]])
            if (before[0] == self.low).all() and (before[1] == self.high).all():
                break

    def _keep_out(self) -> None:
        """No read is at a moment at which an element is there that no read shows."""
        shown = self.shown
        begin, end = self.add_high[shown:], self.gone_low[shown:]
        long = np.flatnonzero(begin < end)
        if not len(long):
            return
        long = long[np.argsort(begin[long], kind="stable")]
        begin, reach = begin[long], np.maximum.accumulate(end[long])
        apart = np.flatnonzero(np.append(True, begin[1:] >= reach[:-1]))
        begin, end = begin[apart], np.maximum.reduceat(end[long], apart)
        at = np.searchsorted(begin, self.low) - 1  # the last that begins before
        inside = (at >= 0) & (self.low < end[at])
        self.low = np.where(inside, end[at], self.low)
        at = np.searchsorted(begin, self.high) - 1
        inside = (at >= 0) & (self.high < end[at])
        self.high = np.where(inside, begin[at], self.high)

    def _sort_out(self) -> bool:
        """Find removes that must come before the add; whether there are more than before."""
        last = self.runs.greatest_of_elements(self.low)
        since = self.add_low.copy()
        since[: self.shown] = np.maximum(since[: self.shown], last)
        early = np.flatnonzero(self._gone[1] < since).tolist()
        for element in early:
            removes = self.removes.pop(element)
            idle = [at for at in removes if self._end[at] < since[element]]
            kept = tuple(at for at in removes if self._end[at] >= since[element])
            self.idle.extend(idle)
            latest = self._start[idle].max()
            self._earliest[element] = max(self._earliest[element], latest)
            self._gone[:, element] = FOREVER
            if kept:
                self.removes[element] = kept
                self._gone[:, element] = self._start[kept[0]], self._end[list(kept)].min()
        return bool(early)

    def _doubt(self) -> None:
        """Find the elements with a remove that may as well come before the add."""
        latest = self.low.max(initial=-1)
        first_seen = self.runs.least_of_elements(self._end[self.reads])
        # not the end of the window: that was narrowed by the remove in question
        added = np.minimum(self._end[self.add[: self.shown]], first_seen)
        for element in np.flatnonzero(self._gone[0, : self.shown] < added).tolist():
            removes = self.removes[element]
            for at in removes:
                certain = len(removes) == 1 and latest > max(self._end[at], added[element])
                either = self._end[at] < FOREVER and self._start[at] < added[element]
                if either and not certain:
                    self.doubtful.append(element)
                    break
