"""The configurations of any model's history.

A set of placed calls would be a bitset over the whole history in every remembered configuration:
quadratic memory. But calls are placed nearly in order, so it is enough to keep how far placing is
complete and a mask over the few calls after that::

    position   0  1  2  3  4  5  6  7
    placed     x  x  x  .  x  .  .  .      low = 3, mask = 0b010

A call may be placed next if nothing unplaced ended before it started. Crashed calls are counted by
class, since identical ones can stand in for each other: the one invoked first is used first. The
counts are bit fields of one number, each with a spare bit on top, so that "used no more of any
class" is one subtraction::

    used     0 010 | 0 001        guard = 1 000 | 1 000
    other    0 001 | 0 001        (used | guard) - other keeps every guard bit: other used no more

A configuration that used no more crashed calls can do all that one with the same calls placed and
the same state can do, so the latter is dropped.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Iterator, Sequence
from sys import getsizeof
from typing import NamedTuple, cast

from harness.checker.search import Step
from harness.model import FOREVER, INCONSISTENT, Call, Model

USUAL = 1024
"""Bytes: a state that takes fewer is not counted, nor what is inside of it."""


class Configuration(NamedTuple):
    """Which completed calls are placed, how many crashed ones of each class, and the state."""

    low: int
    mask: int
    used: int
    state: Hashable


class CrashedClass:
    """Crashed calls that ask the same: told apart by nothing but when they were invoked."""

    def __init__(self, positions: list[int], starts: list[int], shift: int) -> None:
        self.positions = positions
        self.starts = starts
        self.shift = shift
        self.width = len(starts).bit_length()
        self.field = (1 << self.width) - 1

    def available(self, used: int, before: int) -> bool:
        """Whether one that was invoked before an index is not used yet."""
        count = (used >> self.shift) & self.field
        return count < len(self.starts) and self.starts[count] < before

    def next_unused(self, used: int) -> int:
        """The position of the first one not used yet."""
        return self.positions[(used >> self.shift) & self.field]


class Window:
    """The space of configurations of one key's calls under any model.

    Args:
        calls: by rising start.
        model: whose steps must all fit.
    """

    def __init__(self, calls: Sequence[Call], model: Model) -> None:
        self.calls = calls
        self.model = model
        self.farthest = -1
        self._one_way = model.one_way
        self.positions = [at for at, call in enumerate(calls) if not call.crashed]
        self.completed = [calls[at] for at in self.positions]
        self._starts = [call.start for call in self.completed]
        self._ends = [call.end for call in self.completed]
        self.crashed, self.guard = _classes(calls)
        self._first_starts = [group.starts[0] for group in self.crashed]
        self._met: dict[tuple[int, int, Hashable], list[int]] = {}

    def first(self) -> Step:
        """Nothing placed but the reads of the first state."""
        return self._arrive((), 0, 0, 0, self.model.initial())

    def done(self, configuration: Hashable) -> bool:
        """Whether every completed call is placed."""
        return cast(Configuration, configuration).low == len(self.completed)

    def new(self, configuration: Hashable) -> bool:
        """Whether no configuration met before used no more crashed calls for the same."""
        low, mask, used, state = cast(Configuration, configuration)
        met = self._met.setdefault((low, mask, state), [])
        guard = self.guard
        bound = used | guard
        if any((bound - other) & guard == guard for other in met):
            return False
        met.append(used)
        return True

    def weight(self, configuration: Hashable) -> int:
        """A queue of a hundred thousand is no usual state."""
        return 1 + getsizeof(cast(Configuration, configuration).state) // USUAL

    def forget(self) -> None:
        """Give back the memory of configurations met."""
        self._met.clear()

    def order(self, path: Sequence[int]) -> list[int]:
        """The linearization that a path of steps stands for: itself."""
        return list(path)

    def steps(self, configuration: Hashable) -> Iterator[Step]:
        """Place a completed call, the one that ends first before others, or else a crashed one."""
        low, mask, used, state = cast(Configuration, configuration)
        open_calls, until = self.open_calls(low, mask)
        self.farthest = max(self.farthest, until)
        for at in open_calls:
            for after in self.after(state, self.completed[at]):
                bit = 1 << (at - low)
                yield self._arrive((self.positions[at],), low, mask | bit, used, after)
        for group in self.available(used, until):
            position = group.next_unused(used)
            for after in self.after(state, self.calls[position]):
                if after != state:
                    yield self._arrive((position,), low, mask, used + (1 << group.shift), after)

    def open_calls(self, low: int, mask: int) -> tuple[list[int], int]:
        """The unplaced calls that may come next by rising end, and the first end among them."""
        until = FOREVER
        found: list[int] = []
        starts, ends = self._starts, self._ends
        for at in range(low, len(starts)):
            if starts[at] > until:
                break
            if not mask & 1:
                found.append(at)
                if ends[at] < until:
                    until = ends[at]
            mask >>= 1
        found.sort(key=ends.__getitem__)
        return found, until

    def available(self, used: int, until: int) -> Iterator[CrashedClass]:
        """The classes with a call that may come next."""
        for group in self.crashed[: bisect_left(self._first_starts, until)]:
            if group.available(used, until):
                yield group

    def after(self, state: Hashable, call: Call) -> Iterable[Hashable]:
        """The states after one call."""
        if not self._one_way:
            return self.model.steps(state, call.f, call.value, call.result)
        after = self.model.step(state, call.f, call.value, call.result)
        return () if after is INCONSISTENT else (after,)

    def settle(self, low: int, mask: int, state: Hashable) -> tuple[tuple[int, ...], int, int]:
        """Place every read that fits now: it changes nothing, so waiting can't help it."""
        reads = self.model.reads
        settled: list[int] = []
        more = True
        while more:
            while mask & 1:
                mask >>= 1
                low += 1
            more = False
            for at in self.open_calls(low, mask)[0]:
                call = self.completed[at]
                if call.f in reads and any(True for _ in self.after(state, call)):
                    settled.append(self.positions[at])
                    mask |= 1 << (at - low)
                    more = True
        return tuple(settled), low, mask

    def _arrive(
        self, placed: tuple[int, ...], low: int, mask: int, used: int, state: Hashable
    ) -> Step:
        reads, low, mask = self.settle(low, mask, state)
        return placed + reads, Configuration(low, mask, used, state)


def _classes(calls: Sequence[Call]) -> tuple[list[CrashedClass], int]:
    """Crashed calls by what they ask, by first invocation, and the guard bits of their fields."""
    members: dict[tuple[str, Hashable], list[int]] = {}
    for position, call in enumerate(calls):
        if call.crashed:
            members.setdefault((call.f, call.value), []).append(position)
    groups: list[CrashedClass] = []
    guard = shift = 0
    for positions in members.values():
        group = CrashedClass(positions, [calls[at].start for at in positions], shift)
        groups.append(group)
        guard |= 1 << (shift + group.width)
        shift += group.width + 1
    return groups, guard
