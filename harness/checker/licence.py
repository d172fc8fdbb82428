"""Which operations may be left out of a counterexample.

Any history becomes non-linearizable if one deletes the right operations, so a part of a history
proves nothing by itself. It does when only such operations were left out that a linearization of
the whole, without them, is a linearization of the part. Reads are such under every model: they
change no state. On a register an **effect** (a write, or the new value of a cas) may go as well, if
no operation that stays can have observed it, whatever the order:

    an operation that stays and expects the same value (a read of it, a cas from it)
    - either completed before the effect was invoked,
    - or has a completed effect of the same value, which stays, wholly between the two.

Proof: take a linearization of the whole and an operation that stays and expects some value. The
last effect before it wrote that value. If that effect was left out, then by the rule either it
comes after the operation, or another effect comes between: it was not the last. So the last effect
stays, it is still the last among what stays, and the operation is legal there too.

(The second case could allow effects of *any* value between. It then would also be sound to leave
out the only write of a value that a stale read returned, and the reader of the counterexample would
ask where the value came from.)

The rule compares what was left out with what stays, in the whole history; how one got there does
not matter. Unions of licensed parts are licensed, so below each set there is one largest licensed.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Sequence
from itertools import accumulate

from harness.model import Call, Model


class Licence:
    """The licensed parts of one key's calls; parts are sets of positions."""

    def __init__(self, calls: Sequence[Call], model: Model) -> None:
        self.calls = calls
        self._register = model.kind == "register"
        self._reads = model.reads
        self._effects: dict[Hashable, list[int]] = {}
        self._expecting: dict[Hashable, list[int]] = {}
        if not self._register:
            return
        for position, call in enumerate(calls):
            if (value := expects(call)) is not None:
                self._expecting.setdefault(value[0], []).append(position)
            if (value := writes(call)) is not None:
                self._effects.setdefault(value[0], []).append(position)

    def without(self, part: frozenset[int], unwanted: Iterable[int]) -> frozenset[int]:
        """The largest licensed part of `part` that has none of the unwanted; `part` is licensed."""
        if not self._register:
            return part - {at for at in unwanted if self.calls[at].f in self._reads}
        lost = part.intersection(unwanted)
        kept = set(part)
        values: set[Hashable] = set()
        while True:
            kept.difference_update(lost)
            effects = (writes(self.calls[position]) for position in lost)
            values.update(effect[0] for effect in effects if effect is not None)
            if not values:
                return frozenset(kept)
            lost = self._unlicensed(kept, values.pop())

    def _unlicensed(self, kept: set[int], value: Hashable) -> frozenset[int]:
        """The calls in `kept` that may have observed an effect of the value which is not."""
        calls = self.calls
        gone = [at for at in self._effects[value] if at not in kept]
        staying = sorted(
            (calls[at].end, calls[at].start) for at in self._effects[value] if at in kept
        )
        gone_starts = [calls[at].start for at in gone]
        latest_gone_end = list(accumulate((calls[at].end for at in gone), max))
        staying_ends = [end for end, _ in staying]
        latest_staying_start = list(accumulate((start for _, start in staying), max))
        lost = []
        for at in self._expecting.get(value, ()):
            if at not in kept:
                continue
            may_precede = bisect_left(gone_starts, calls[at].end)
            if not may_precede:
                continue
            before = bisect_left(staying_ends, calls[at].start)
            covered_from = latest_staying_start[before - 1] if before else -1
            if latest_gone_end[may_precede - 1] >= covered_from:
                lost.append(at)
        return frozenset(lost)


def expects(call: Call) -> tuple[Hashable] | None:
    """The value a call on a register must find (in a tuple, as it may be null), if any."""
    if call.f == "read":
        return (call.result,)
    if call.f == "cas":
        assert isinstance(call.value, tuple)
        return (call.value[0],)
    return None


def writes(call: Call) -> tuple[Hashable] | None:
    """The value a call on a register leaves (in a tuple, as it may be null), if any."""
    if call.f == "write":
        return (call.value,)
    if call.f == "cas":
        assert isinstance(call.value, tuple)
        return (call.value[1],)
    return None
