"""Sets with removes, if every element is added and removed at most once.

Then an element has one life: its add, the reads that show it, its remove. So what must come before
what is mostly known, and only one thing is a guess: whether a read without an element comes before
its add or after its remove, where its interval allows both::

    add a    ├──────────────────x─┤                      must happen at its end
    read     ├──────x─────────────────────┤  {}          must then have happened: a stays
    add b             ├────x────────────────────┤        happens on the way to the next
    read          ├─────────x──────────┤  {b}            likewise

**Windows.** An add is no later than any read that shows its element, a remove no earlier, so the
intervals of all these narrow each other. **The walk** goes through the windows' ends by time and
lets everything happen as late as it can. A remove happens after all reads that show its element. An
add happens after those pending reads without its element that can't be after the remove: it starts
too late for them, or a read that shows the element lacks something that this one shows and that is
already there. A read happens after the removes and adds that lead to its set.

**Second thoughts.** If a read can't happen for an element that is there, then it should have come
before that element's add: the walk goes back to where that happened, and keeps the lesson.

An order found so is a linearization: every step was legal and inside its interval. That none was
found proves nothing. What proves that there is none is in `harness.checker.fast.element_zones`. If
neither is found, the search must tell.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence

from harness.checker.fast.element_lives import Lives
from harness.checker.fast.element_mentions import Mentions, shown
from harness.checker.fast.element_zones import contradiction
from harness.model import Call, Decided, Model

DEPTH = 100
"""How far one call may depend on others before the walk gives up."""

AHEAD = 500
"""How many moments ahead reads are looked at."""

LESSONS = 100
"""How many there may be, besides one for every fifty calls placed."""


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Order the calls, or find those that have no order; None if neither is found."""
    reads = [at for at, call in enumerate(calls) if call.f == "read"]
    mentions = Mentions.of(calls, reads)
    conflict = contradiction(calls, reads, mentions)
    if conflict:
        return Decided(None, conflict)
    lives = Lives.of(calls, reads, mentions)
    order = None if lives is None else _Walk(lives).order()
    return None if order is None else Decided(order)


_Lesson = tuple[int, Hashable]
"""A read, and an element whose add it must precede."""


class _Walk:
    """One walk through the windows; every step of it is legal."""

    def __init__(self, lives: Lives) -> None:
        self._lives = lives
        self._moments = lives.moments()
        self._at = 0
        self._now = -1
        self._state: set[Hashable] = set()
        self._order: list[int] = []
        self._placed = bytearray(len(lives.calls))
        self._when: dict[int, int] = {}
        self._opened: dict[int, int] = {}
        self._known = 0
        self._shown: dict[int, frozenset[Hashable]] = {}
        self._active: dict[int, frozenset[Hashable]] = {}
        self._readers: dict[Hashable, set[int]] = {}
        self._wanted: dict[frozenset[Hashable], list[int]] = {}
        self._going: dict[int, _Lesson | None] = {}
        self._dooms: list[_Lesson] = []
        self._blamed: list[_Lesson] = []
        self._doubted: list[_Lesson] = []
        self._lessons: set[_Lesson] = set()

    def order(self) -> list[int] | None:
        """Place every call; None when one had no place."""
        lives = self._lives
        while self._at < len(self._moments):
            self._now, at = self._moments[self._at]
            self._blamed, self._doubted = [], []
            self._look_ahead()
            if not self._placed[at]:
                if at in lives.without_effect:
                    self._place(at)
                elif self._now == lives.low[at] and lives.calls[at].f == "read":
                    self._opened[at] = self._at
                    self._activate(at)
                    self._settle()
                elif not self._happen(at) and not self._think_again():
                    return None
            self._at += 1
        return self._order

    def _think_again(self) -> bool:
        """Go back to before the add that the blamed read can't come after; false if in vain."""
        lives = self._lives
        usable = (lesson for lesson in self._blamed if self._usable(lesson))
        lesson = next(usable, None) or self._excuse()
        if lesson is None or len(self._lessons) > LESSONS + len(self._order) // 50:
            return False
        read, value = lesson
        add = lives.adds[value]
        self._lessons.add(lesson)
        lives.low[add] = max(lives.low[add], lives.low[read])
        self._undo(self._when[add])
        return True

    def _undo(self, since: int) -> None:
        """Take back everything from a moment on, and make it the next."""
        for at in [at for at in self._active if self._opened[at] >= since]:
            self._wanted[self._active.pop(at)].remove(at)
        while self._order and self._when[self._order[-1]] >= since:
            at = self._order.pop()
            call = self._lives.calls[at]
            self._placed[at] = 0
            if call.f == "read":
                self._learn(at)
                if self._opened[at] < since:
                    self._activate(at)
            elif at not in self._lives.without_effect:
                self._state ^= {call.value}
        self._at = since - 1

    def _look_ahead(self) -> None:
        """Learn what reads to come will show: until then it must stay."""
        lives = self._lives
        while self._known < min(self._at + AHEAD, len(self._moments)):
            moment, at = self._moments[self._known]
            if moment == lives.low[at] and lives.calls[at].f == "read":
                self._learn(at)
            self._known += 1

    def _learn(self, at: int) -> None:
        self._shown[at] = elements = frozenset(shown(self._lives.calls[at]))
        for value in elements:
            self._readers.setdefault(value, set()).add(at)

    def _activate(self, at: int) -> None:
        self._active[at] = elements = self._shown[at]
        self._wanted.setdefault(elements, []).append(at)

    def _happen(self, at: int) -> bool:
        """Place a call; false if something it depends on can't be."""
        call = self._lives.calls[at]
        if call.f == "read":
            return self._read(at)
        return self._add(call.value, at) if call.f == "add" else self._remove(call.value, at)

    def _add(self, value: Hashable, at: int) -> bool:
        if not self._open(at):
            return False
        doomed = [read for read in self._active if self._doomed(read, value)]
        for read in self._going.keys() & doomed:
            self._blame(self._going[read], (read, value))
            return False
        doomed.sort(key=lambda read: len(self._active[read] ^ self._state))
        for read in doomed:
            self._dooms.append((read, value))
            possible = self._placed[read] or self._read(read)
            self._dooms.pop()
            if not possible:
                return False
        if not self._placed[at]:
            self._state.add(value)
            self._place(at)
            self._settle()
        return True

    def _doomed(self, read: int, value: Hashable) -> bool:
        """Whether a pending read can't come after the element's remove, nor see the element."""
        elements = self._active[read]
        if value in elements:
            return False
        lives = self._lives
        remove = lives.removes.get(value, -1)
        if remove < 0 or lives.low[remove] > lives.high[read] or (read, value) in self._lessons:
            return True
        there = elements & self._state
        return any(not there <= self._shown[other] for other in self._readers.get(value, ()))

    def _blame(self, *lessons: _Lesson | None) -> None:
        """Note what may be wrong, the likeliest first, and for which reads we are here at all."""
        self._blamed = [lesson for lesson in lessons if lesson is not None]
        self._doubted = [*self._blamed, *reversed(self._dooms)]

    def _excuse(self) -> _Lesson | None:
        """What else may be wrong where reads are doomed by each other: what made one so.

        The read that shows the element, and lacks what is already there, may have had to come
        before the add of the latter.
        """
        for read, value in self._doubted:
            there = self._active.get(read, frozenset()) & self._state
            for other in sorted(self._readers.get(value, ())):
                for lacked in sorted(there - self._shown[other], key=self._added, reverse=True):
                    if self._usable((other, lacked)):
                        return other, lacked
        return None

    def _usable(self, lesson: _Lesson) -> bool:
        """Whether it is new, and an add so late is possible."""
        read, value = lesson
        high = self._lives.high[self._lives.adds[value]]
        there = value in self._state
        return there and lesson not in self._lessons and self._lives.low[read] <= high

    def _added(self, value: Hashable) -> int:
        return self._when[self._lives.adds[value]]

    def _remove(self, value: Hashable, at: int) -> bool:
        add = self._lives.adds[value]
        if not self._open(at) or not (self._placed[add] or self._add(value, add)):
            return False
        for read in list(self._readers.get(value, ())):
            if not self._placed[read] and not self._read(read):
                return False
        if not self._placed[at]:
            self._state.discard(value)
            self._place(at)
            self._settle()
        return True

    def _read(self, at: int) -> bool:
        """Let all that leads to what a read shows happen."""
        if at not in self._active or at in self._going or len(self._going) > DEPTH:
            return False
        self._going[at] = None
        lives, elements = self._lives, self._active[at]
        possible = True
        while possible and not self._placed[at]:
            over = min(self._state - elements, key=self._leaves, default=None)
            if over is not None:
                remove = lives.removes.get(over, -1)
                self._going[at] = (at, over)
                possible = remove >= 0 and self._remove(over, remove)
                continue
            self._going[at] = None
            missing = min(elements - self._state, key=lambda value: lives.high[lives.adds[value]])
            possible = self._add(missing, lives.adds[missing])
        if not possible and not self._blamed:
            self._blame(*reversed(self._going.values()))
        del self._going[at]
        return possible

    def _leaves(self, value: Hashable) -> int:
        remove = self._lives.removes.get(value, -1)
        return -1 if remove < 0 else self._lives.low[remove]

    def _open(self, at: int) -> bool:
        """Whether a call's window is open; it may be over if it has already happened."""
        return self._lives.low[at] <= self._now and not self._placed[at]

    def _settle(self) -> None:
        """Place the reads that show the state as it is."""
        for read in self._wanted.pop(frozenset(self._state), ()):
            del self._active[read]
            for value in self._shown.pop(read):
                self._readers[value].discard(read)
            self._place(read)

    def _place(self, at: int) -> None:
        self._placed[at] = 1
        self._when[at] = self._at
        self._order.append(at)
