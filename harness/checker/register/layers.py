"""What is open at each completion, as bits: the ground that a register's search walks on.

Only completions force anything, so the search goes from one to the next. Every completed call
gets a **slot** from its invocation to its completion, and slots are used again, so that which
calls have taken effect is a number of as many bits as there were clients, however long the
history::

    slot 0   ├── write 1 ──┤     ├───── read 3 ────┤
    slot 1      ├──── read 1 ────────┤   ├ write 2 ┤
    layer                  0         1             2 3

A layer is the moment of one completion; what it says of the open calls is worked out when the
search first comes there. A cas from a value to itself changes nothing, and is a read here.
"""

from __future__ import annotations

import heapq
from bisect import bisect_right, insort
from collections.abc import Hashable, Sequence
from typing import Final

from harness.model import FOREVER, Call

READ: Final = 0
WRITE: Final = 1
CAS: Final = 2

REMEMBERED: Final = 10_000
"""Layers kept worked out at one time, a few kilobytes each."""


class Layer:
    """One completion, and the calls open at that moment, the completing one included.

    Attributes:
        end: the moment.
        reads, writes: masks of slots by the value that is expected, or written.
        writers: (bit, call) by the value written, first end first.
        swaps: (bit, new value, call) of each cas by the value expected, first end first.
        swapped: masks of the cas by the value expected.
        to: masks of the cas that lead to a value.
        demands: (bit, end) of all that expect a value, first end first.
        all_reads, all_writes, all_swaps: masks.
    """

    __slots__ = (
        "all_reads",
        "all_swaps",
        "all_writes",
        "demands",
        "end",
        "reads",
        "swapped",
        "swaps",
        "to",
        "writers",
        "writes",
    )

    def __init__(self, end: int) -> None:
        self.end = end
        self.reads: dict[Hashable, int] = {}
        self.writes: dict[Hashable, int] = {}
        self.writers: dict[Hashable, list[tuple[int, int]]] = {}
        self.swaps: dict[Hashable, list[tuple[int, Hashable, int]]] = {}
        self.swapped: dict[Hashable, int] = {}
        self.to: dict[Hashable, int] = {}
        self.demands: dict[Hashable, list[tuple[int, int]]] = {}
        self.all_reads = self.all_writes = self.all_swaps = 0


class Layers:
    """All layers of one register's completed calls.

    Args:
        calls: by rising start; crashed ones are passed over.

    Attributes:
        returns: for each layer the bit, kind, expected value, left value and position of the call
            that completes.
        slots: how many there are.
    """

    def __init__(self, calls: Sequence[Call]) -> None:
        self.returns: list[tuple[int, int, Hashable, Hashable, int]] = []
        self.ends: list[int] = []
        self.slots = 0
        self._calls = calls
        self._kinds = [_kind(call) for call in calls]
        self._end_of = [call.end for call in calls]
        self._open: list[tuple[int, ...]] = []
        self._fresh: list[tuple[int, ...]] = []
        self._layers: dict[int, Layer] = {}
        self._sweep()
        self._sources: dict[Hashable, list[int]] = {}
        self._demands: dict[Hashable, tuple[list[int], list[int]]] = {}
        self._look_ahead()

    def __len__(self) -> int:
        return len(self.returns)

    def at(self, number: int) -> Layer:
        """The layer of a number."""
        layer = self._layers.get(number)
        if layer is None:
            if len(self._layers) == REMEMBERED:
                self._layers.clear()
            layer = self._layers[number] = self._make(number)
        return layer

    def open_at(self, number: int) -> tuple[int, ...]:
        """The calls that are open in a layer, each by the layer at which it completes."""
        return self._open[number]

    def fresh_at(self, number: int) -> tuple[int, ...]:
        """Those of them that were not open in the layer before."""
        return self._fresh[number]

    def forget(self) -> None:
        """Give back the memory of layers worked out."""
        self._layers.clear()

    def next_source(self, value: Hashable, after: int) -> float:
        """When the first call that leaves a value is invoked, after a moment."""
        starts = self._sources.get(value, [])
        at = bisect_right(starts, after)
        return starts[at] if at < len(starts) else float("inf")

    def next_demand(self, value: Hashable, after: int) -> float:
        """The first end of the completed calls that expect a value and start after a moment."""
        found = self._demands.get(value)
        if found is None:
            return float("inf")
        starts, first_ends = found
        at = bisect_right(starts, after)
        return first_ends[at] if at < len(starts) else float("inf")

    def values_before(self, moment: int) -> list[Hashable]:
        """The values that some call leaves which was invoked before a moment."""
        return [value for value, starts in self._sources.items() if starts[0] < moment]

    def _sweep(self) -> None:
        """Give out slots, and note what is open at each completion, by the layer it ends at."""
        calls, kinds = self._calls, self._kinds
        by_end = sorted(
            (at for at, call in enumerate(calls) if call.end != FOREVER),
            key=self._end_of.__getitem__,
        )
        self.ends = [self._end_of[at] for at in by_end]
        layer_of = dict(zip(by_end, range(len(by_end)), strict=True))
        bits = [0] * len(by_end)
        free: list[int] = []
        open_layers: list[int] = []  # the first to end first
        arriving = iter(sorted(by_end))
        following = next(arriving, None)
        for number, end in enumerate(self.ends):
            fresh: list[int] = []
            while following is not None and calls[following].start < end:
                if not free:
                    heapq.heappush(free, self.slots)
                    self.slots += 1
                layer = layer_of[following]
                bits[layer] = 1 << heapq.heappop(free)
                insort(open_layers, layer)
                fresh.append(layer)
                following = next(arriving, None)
            self._fresh.append(tuple(fresh))
            self._open.append(tuple(open_layers))
            heapq.heappush(free, bits[number].bit_length() - 1)
            del open_layers[0]
        self.returns = [(bit, *kinds[at], at) for bit, at in zip(bits, by_end, strict=True)]

    def _look_ahead(self) -> None:
        """Sort, for each value, what leaves it and what expects it."""
        demands: dict[Hashable, list[tuple[int, int]]] = {}
        for call, (kind, expected, left) in zip(self._calls, self._kinds, strict=True):
            if kind != READ:
                self._sources.setdefault(left, []).append(call.start)
            if kind != WRITE and call.end != FOREVER:
                demands.setdefault(expected, []).append((call.start, call.end))
        for value, intervals in demands.items():
            first_ends = [end for _, end in intervals]
            for at in range(len(first_ends) - 2, -1, -1):
                first_ends[at] = min(first_ends[at], first_ends[at + 1])
            self._demands[value] = ([start for start, _ in intervals], first_ends)

    def _make(self, number: int) -> Layer:
        returns, ends = self.returns, self.ends
        layer = Layer(ends[number])
        writes, writers, demands = layer.writes, layer.writers, layer.demands
        for of in self._open[number]:
            bit, kind, expected, left, at = returns[of]
            if kind == WRITE:
                if left in writes:
                    writes[left] |= bit
                    writers[left].append((bit, at))
                else:
                    writes[left] = bit
                    writers[left] = [(bit, at)]
                layer.all_writes |= bit
                continue
            if expected in demands:
                demands[expected].append((bit, ends[of]))
            else:
                demands[expected] = [(bit, ends[of])]
            if kind == READ:
                layer.reads[expected] = layer.reads.get(expected, 0) | bit
                layer.all_reads |= bit
            else:
                layer.swaps.setdefault(expected, []).append((bit, left, at))
                layer.swapped[expected] = layer.swapped.get(expected, 0) | bit
                layer.to[left] = layer.to.get(left, 0) | bit
                layer.all_swaps |= bit
        return layer


def _kind(call: Call) -> tuple[int, Hashable, Hashable]:
    """Kind, expected value, left value; a cas from a value to itself is a read."""
    if call.f == "write":
        return WRITE, None, call.value
    if call.f == "read":
        return READ, call.result, None
    assert isinstance(call.value, tuple)
    old, new = call.value
    return (READ, old, None) if old == new else (CAS, old, new)
