"""What may be left out of a counterexample on a register.

Reads are never observed and may go. An **effect** (a write, or the new value of a cas) may go if no
operation that stays can have observed it, whatever the order::

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
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Hashable, Iterable, Sequence
from itertools import accumulate

from harness.model import Call


class RegisterLicence:
    """The licensed parts of one register's calls."""

    least = False

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = calls
        self._effects: dict[Hashable, list[int]] = {}
        self._expecting: dict[Hashable, list[int]] = {}
        self._looked_up: dict[Hashable, _Effects] = {}
        for position, call in enumerate(calls):
            if (value := expects(call)) is not None:
                self._expecting.setdefault(value[0], []).append(position)
            if (value := writes(call)) is not None:
                self._effects.setdefault(value[0], []).append(position)

    def without(self, part: frozenset[int], unwanted: Iterable[int]) -> frozenset[int]:
        """See `Licence`."""
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

    def support(self, part: frozenset[int]) -> frozenset[int]:
        """See `Licence`. For each operation, the latest write of its value that was over before it,
        which hides all that was over before, and all effects of the value that are not hidden.
        """
        kept = set(part)
        todo = [at for at in part if expects(self.calls[at]) is not None]
        while todo:
            call = self.calls[todo.pop()]
            for at in self._effects_of(call).that_may_have_been_seen_by(call):
                if at not in kept:
                    kept.add(at)
                    if expects(self.calls[at]) is not None:
                        todo.append(at)
        return frozenset(kept)

    def _effects_of(self, call: Call) -> _Effects:
        """The effects of the value that a call expects."""
        value = expects(call)
        assert value is not None
        if value[0] not in self._looked_up:
            self._looked_up[value[0]] = _Effects(self.calls, self._effects.get(value[0], ()))
        return self._looked_up[value[0]]

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


class _Effects:
    """The effects of one value, of which those around a moment are found without a look at all."""

    def __init__(self, calls: Sequence[Call], positions: Sequence[int]) -> None:
        completed = [at for at in positions if not calls[at].crashed]
        crashed = [at for at in positions if calls[at].crashed]
        self._completed, self._crashed = completed, crashed
        self._starts = [calls[at].start for at in completed]
        self._ends = [calls[at].end for at in completed]
        self._latest_end = list(accumulate(self._ends, max))
        self._crashed_starts = [calls[at].start for at in crashed]
        writes = sorted(
            (calls[at].end, calls[at].start) for at in completed if calls[at].f == "write"
        )
        self._write_ends = [end for end, _ in writes]
        self._latest_write_start = list(accumulate((start for _, start in writes), max))

    def that_may_have_been_seen_by(self, call: Call) -> list[int]:
        """Those that were invoked in time and are not hidden, the call itself perhaps included."""
        over = bisect_left(self._write_ends, call.start)
        hidden_before = self._latest_write_start[over - 1] if over else -1
        found = self._crashed[: bisect_left(self._crashed_starts, call.end)]
        at = bisect_left(self._starts, call.end) - 1
        while at >= 0 and self._latest_end[at] >= hidden_before:
            if self._ends[at] >= hidden_before:
                found.append(self._completed[at])
            at -= 1
        return found


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
