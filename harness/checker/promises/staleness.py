"""Bounded staleness: by how much, in time, must reads be excused for the history to fit?

The **staleness** of a history is the least Δ for which it is linearizable once every read may take
effect up to Δ before it was invoked (Golab, Li & Shah, "Analyzing consistency properties for fun
and profit", PODC 2011, who call this Δ-atomicity)::

    write 1 ├──┤  write 2 ├──┤
    read 1                    Δ ◀──────├───┤          the read reaches back before write 2's end

A longer reach allows all that a shorter one does, so bisection finds the least, to the nanosecond,
with a decider of linearizability. Staleness 0 is linearizability itself, with the order of indices.
With any other Δ, moments that become equal are concurrent. When even reads that reach back to the
beginning don't fit, the reads are not to blame, and no bound exists.

The keys of registers whose every value was written once are decided all together by the zones of
`harness.checker.fast.unique_writes`: shifting changes nothing of a zone but its last start.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from harness.checker.budget import Budget
from harness.checker.decide import Decision
from harness.checker.promises.keyed import MOST_STATES, Keyed
from harness.checker.promises.lag import versions_behind
from harness.checker.promises.promise import Promise
from harness.checker.promises.told import MOST_SHOWN, did, evidence
from harness.checker.promises.zones import Zones
from harness.history.op import Operation
from harness.history.paired import Paired
from harness.model import Call, Model

NAME = "bounded staleness"
NS = 1_000_000_000


class Shift:
    """Moves the starts of reads back in time."""

    def __init__(self, pairs: Paired) -> None:
        table = pairs.table
        self._times = table.time
        self._rank: npt.NDArray[np.int64] = np.arange(len(table), dtype=np.int64)
        if table.by_time:
            self._rank = np.unique(table.time, return_inverse=True)[1].astype(np.int64)
        self._invoked = table.time[pairs.invoked]
        self.longest = int(table.time[-1]) + 1 if len(table) else 1

    def starts(
        self, starts: npt.NDArray[np.int64], rows: npt.NDArray[np.int64], by: int
    ) -> npt.NDArray[np.int64]:
        """The starts of these operations, that much earlier: before all that is not."""
        if not by:
            return starts
        first = np.searchsorted(self._times, self._invoked[rows] - by, side="left")
        return np.minimum(starts, 2 * self._rank[first])

    def calls(self, calls: Sequence[Call], model: Model, by: int) -> tuple[list[Call], list[int]]:
        """The calls with every read shifted, by start, and where each was before."""
        rows = np.array([call.row for call in calls], np.int64)
        given = np.array([call.start for call in calls], np.int64)
        starts = self.starts(given, rows, by).tolist()
        moved = [
            Call(start, call.end, call.f, call.value, call.result, call.process, call.row)
            if call.f in model.reads
            else call
            for call, start in zip(calls, starts, strict=True)
        ]
        order = sorted(range(len(moved)), key=lambda at: moved[at].start)
        return [moved[at] for at in order], order


@dataclass
class _Bounds:
    """The largest shift known not to fit, the least known to, and whether none ever does."""

    low: int = -1
    high: int | None = 0
    never: bool = False
    at: Keyed | None = None


def staleness(keys: Sequence[Keyed], model: Model, budget: Budget) -> Promise:
    """The staleness of the history: that of its stalest key."""
    stale = [keyed for keyed in keys if not keyed.linearizable]
    if not stale:
        reason = "no read was stale: the history is linearizable"
        return Promise(NAME, True, reason, details={"staleness_s": 0.0, "at_least_s": 0.0})
    if budget.out_of_time():
        reason = "the time ended before any bound was tried"
        return Promise(NAME, "unknown", reason, (), {"staleness_s": None, "at_least_s": 0.0})
    shift = Shift(stale[0].history.pairs)
    bounds = _Bounds()
    together = [keyed for keyed in stale if Zones.fit(keyed.calls, model)]
    if together:
        zones = Zones([keyed.calls for keyed in together], model.initial(), shift.starts)

        def guilty(by: int) -> Keyed | None:
            number = zones.misfit(by)
            return None if number is None else together[number]

        _bisect(bounds, guilty, shift.longest, budget)
    for keyed in stale:
        if not bounds.never and keyed not in together:
            _bisect(bounds, _decider(keyed, model, shift, budget), shift.longest, budget)
    return _promise(stale, model, shift, bounds)


class _OutOfTimeError(Exception):
    """A shift could not be decided."""


def _decider(
    keyed: Keyed, model: Model, shift: Shift, budget: Budget
) -> Callable[[int], Keyed | None]:
    """Whether the key is to blame for a shift that doesn't fit, by a decision like any other."""

    def guilty(by: int) -> Keyed | None:
        if not by and keyed.answer.linearizable is not None:
            return None if keyed.answer.linearizable else keyed
        if budget.out_of_time():
            raise _OutOfTimeError
        left = budget.left()
        trial = Budget(None if left is None else left / 4, MOST_STATES)
        calls, _ = shift.calls(keyed.calls, model, by)
        found = Decision(calls, model).run(trial).linearizable
        if found is None:
            raise _OutOfTimeError
        return None if found else keyed

    return guilty


def _bisect(
    bounds: _Bounds, guilty: Callable[[int], Keyed | None], longest: int, budget: Budget
) -> None:
    """Raise the bounds to what these keys need."""
    low, high, at = -1, None, None
    try:
        if bounds.high is not None:
            if (at := guilty(bounds.high)) is None:
                return
            low = bounds.high
        if (whole := guilty(longest)) is not None:
            bounds.low, bounds.high, bounds.never, bounds.at = low, None, True, whole
            return
        high = longest
        while high - low > 1 and not budget.out_of_time():
            middle = (low + high) // 2
            if (found := guilty(middle)) is None:
                high = middle
            else:
                low, at = middle, found
    except _OutOfTimeError:
        pass
    if low > bounds.low:
        bounds.low, bounds.at = low, at
    bounds.high = None if bounds.high is None or high is None else max(bounds.high, high)


def _promise(stale: Sequence[Keyed], model: Model, shift: Shift, bounds: _Bounds) -> Promise:
    details: dict[str, Any] = {
        "staleness_s": None if bounds.high is None else bounds.high / NS,
        "at_least_s": (bounds.low + 1) / NS,
    }
    if not stale[0].history.pairs.table.timed:
        details = dict.fromkeys(details)
    behind = ""
    if model.kind == "register":
        behind = _behind(stale, model, details)
    shown: tuple[Operation, ...] = ()
    if bounds.at is not None:
        calls, _ = shift.calls(
            bounds.at.calls, model, shift.longest if bounds.never else max(bounds.low, 0)
        )
        hint = Decision(calls, model).run(Budget(0.5, MOST_STATES)).hint
        if len(hint) <= MOST_SHOWN:
            shown = evidence(bounds.at.history.pairs, [calls[at].row for at in hint])
    where = "" if bounds.at is None else bounds.at.on
    if bounds.never:
        reason = (
            f"no bound on staleness explains the operations{where}: "
            "they don't fit even if every read may return any older state"
        )
        return Promise(NAME, False, reason, shown, details)
    if bounds.high is None:
        reason = f"the time ended before a bound was found that explains every read{where}"
        return Promise(NAME, "unknown", reason, (), details)
    reason = f"reads were stale by up to {bounds.high / NS:g} s{behind}"
    if not bounds.high:
        reason = "no read was stale"
    elif not stale[0].history.pairs.table.timed:
        reason = f"reads were stale, for how long the history does not say{behind}"
    elif bounds.low + 1 < bounds.high:
        reason = (
            f"no read was stale by more than {bounds.high / NS:g} s, perhaps all by less: "
            f"the time ended before the least bound was found{behind}"
        )
    return Promise(NAME, True, reason, shown if bounds.high else (), details)


def _behind(stale: Sequence[Keyed], model: Model, details: dict[str, Any]) -> str:
    """How many versions reads were behind, for the details, and the worst in words."""
    count, most, worst = 0, 0, None
    for keyed in stale:
        found = versions_behind(keyed.calls, model.initial())
        count += len(found)
        for at, missed in found.items():
            if missed > most:
                most, worst = missed, (keyed, keyed.calls[at])
    details["versions_at_least"] = most
    details["stale_reads_at_least"] = count
    if worst is None:
        return ""
    keyed, call = worst
    what = did(keyed.history.pairs, call)
    count_of = "1 version" if most == 1 else f"{most} versions"
    return f"; at worst process {call.process} {what}, at least {count_of} behind"
