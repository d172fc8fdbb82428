"""The lives of a set's elements, each added and removed at most once, and the calls' windows.

See `harness.checker.fast.element_set`. Crashed adds that no read shows are left out. A remove is
without effect if its element was never there, or is still shown once both it and the add have
ended; it then comes before the add. Every other remove is taken to end the life of its element, a
crashed one if need be.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

import numpy as np

from harness.checker.fast.element_mentions import Ints, Mentions
from harness.model import FOREVER, Call

PASSES = 3
"""How often windows narrow each other: what one pass brings the next one may use."""


@dataclass(eq=False)
class Lives:
    """What is known of the calls before any is placed.

    Args:
        reads: positions of all reads.
        adds, removes: of each element, the call that has the effect.
        without_effect: removes without effect.
        low, high: the windows of the calls.
    """

    calls: Sequence[Call]
    reads: list[int]
    adds: dict[Hashable, int]
    removes: dict[Hashable, int]
    without_effect: set[int]
    low: list[int]
    high: list[int]

    @classmethod
    def of(cls, calls: Sequence[Call], reads: list[int], mentions: Mentions) -> Lives | None:
        """The lives in these calls; None if an element was added or removed twice."""
        changes: dict[str, dict[Hashable, int]] = {"add": {}, "remove": {}}
        for at, call in enumerate(calls):
            if call.f != "read" and changes[call.f].setdefault(call.value, at) != at:
                return None
        low, high = [call.start for call in calls], [call.end for call in calls]
        lives = cls(calls, reads, changes["add"], changes["remove"], set(), low, high)
        starts = mentions.greatest_of_elements(np.array(low, np.int64))
        lives._sort_out(dict(zip(mentions.elements, starts.tolist(), strict=True)))
        lives._narrow(mentions)
        return lives

    def _sort_out(self, last_shown: dict[Hashable, int]) -> None:
        """Leave out what need not have happened, and find the removes without effect."""
        calls = self.calls
        for value, at in list(self.adds.items()):
            if calls[at].crashed and value not in last_shown:
                del self.adds[value]
        for value, at in list(self.removes.items()):
            add = self.adds.get(value, -1)
            if add < 0 or calls[at].end < max(calls[add].start, last_shown.get(value, -1)):
                del self.removes[value]
                if not calls[at].crashed:
                    self.without_effect.add(at)
                    if add >= 0:
                        self.low[add] = max(self.low[add], calls[at].start)

    def _narrow(self, mentions: Mentions) -> None:
        """Reads and the changes of what they show narrow each other's windows."""
        low, high = np.array(self.low, np.int64), np.array(self.high, np.int64)
        adds = np.array([self.adds[value] for value in mentions.elements], np.int64)
        removes = np.array([self.removes.get(value, -1) for value in mentions.elements], np.int64)
        dies = removes >= 0
        every_remove = np.array(list(self.removes.values()), np.int64)
        every_add = np.array([self.adds[value] for value in self.removes], np.int64)
        reads = mentions.reads
        for _ in range(PASSES):
            low[every_remove] = np.maximum(low[every_remove], low[every_add])
            high[every_add] = np.minimum(high[every_add], high[every_remove])
            leaves: Ints = np.where(dies, high[removes], FOREVER)
            low[reads] = np.maximum(low[reads], mentions.greatest_of_reads(low[adds]))
            high[reads] = np.minimum(high[reads], mentions.least_of_reads(leaves))
            high[adds] = np.minimum(high[adds], mentions.least_of_elements(high))
            last = mentions.greatest_of_elements(low)[dies]
            low[removes[dies]] = np.maximum(low[removes[dies]], last)
        self.low, self.high = low.tolist(), high.tolist()

    def moments(self) -> list[tuple[int, int]]:
        """By time: windows of reads open, those of completed calls end; removes without effect."""
        kept = [*self.reads, *self.adds.values(), *self.removes.values()]
        found = [(self.low[at], at) for at in self.reads]
        found.extend((self.high[at], at) for at in kept if not self.calls[at].crashed)
        found.extend((self.low[at], at) for at in self.without_effect)
        found.sort()
        return found
