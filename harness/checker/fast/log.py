"""Logs: offsets fix the order.

Every completed append says its offset, and a poll says those of the crashed appends that it shows.
So the records that certainly exist are known, and their order. A crashed append that no poll shows
is left out. If several crashed ones appended the same value, they differ only in their starts:
the earliest is taken for the lowest offset (exchanging two that were taken otherwise keeps both
possible). Records then have their earliest moments (`harness.checker.fast.moments`), and a poll may
come at any moment after its last record's, as it stays legal once it is::

    offset      0      1      3              a poll of [1, 3] hangs on 3
    append    ──x──────x──────x─────▶
    poll                       └──x

A poll that skips an offset known to exist, or shows one twice or out of order, has no place at all.
Decides every history of a log.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from typing import cast

from harness.checker.fast.moments import Moments
from harness.model import Call, Decided, Model

Run = tuple[tuple[int, Hashable], ...]


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Order the calls, or find those that have no order."""
    return _Log(calls).decide()


class _Log:
    """What is known of each offset: the value, and the call that says so."""

    def __init__(self, calls: Sequence[Call]) -> None:
        self.calls = calls
        self.value: dict[int, Hashable] = {}
        self.says: dict[int, int] = {}
        self.appended: dict[int, int] = {}
        self.polls = [at for at, call in enumerate(calls) if call.f == "poll" and not call.crashed]
        self.crashed: dict[Hashable, list[int]] = {}

    def decide(self) -> Decided:
        """Collect the records, then place them."""
        conflict = self._appends() or self._polled() or self._identify()
        if conflict:
            return self._conflict(conflict)
        offsets = sorted(self.appended)
        place = {offset: number for number, offset in enumerate(offsets)}
        hanging: dict[int, list[int]] = {}
        for at in self.polls:
            run = _run(self.calls[at])
            if run and place[run[-1][0]] - place[run[0][0]] != len(run) - 1:
                return self._conflict([at, *self._skipped(run)])
            hanging.setdefault(run[-1][0] if run else -1, []).append(at)
        return self._schedule(offsets, hanging)

    def _appends(self) -> list[int]:
        """Note the completed appends; two of one offset are in conflict."""
        for at, call in enumerate(self.calls):
            if call.f != "append":
                continue
            if call.crashed:
                self.crashed.setdefault(call.value, []).append(at)
                continue
            offset = cast("tuple[int, Hashable]", call.result)[0]
            earlier = self.appended.setdefault(offset, at)
            if earlier != at:
                return [earlier, at]
            self.value[offset] = call.value
            self.says[offset] = at
        return []

    def _polled(self) -> list[int]:
        """Note the records of polls; those out of order or of another value are in conflict."""
        value, says = self.value, self.says
        for at in self.polls:
            last = -1
            for offset, polled in _run(self.calls[at]):
                if offset <= last:
                    return [at]
                last = offset
                if value.setdefault(offset, polled) != polled:
                    return [says[offset], at]
                says.setdefault(offset, at)
        return []

    def _identify(self) -> list[int]:
        """Find the crashed append of each record of which nobody was told."""
        used: dict[Hashable, int] = {}
        for offset in sorted(self.value.keys() - self.appended.keys()):
            value = self.value[offset]
            candidates = self.crashed.get(value, [])
            number = used.get(value, 0)
            if number == len(candidates):
                told = [self.says[other] for other, same in self.value.items() if same == value]
                return [*told, self.says[offset]]
            used[value] = number + 1
            self.appended[offset] = candidates[number]
        return []

    def _skipped(self, run: Run) -> list[int]:
        """What says that a record exists inside a run that does not show it."""
        shown = {offset for offset, _ in run}
        inside = (o for o in self.appended if run[0][0] < o < run[-1][0] and o not in shown)
        return [self.says[next(inside)]]

    def _schedule(self, offsets: list[int], hanging: dict[int, list[int]]) -> Decided:
        moments = Moments(self.calls)
        for offset in [-1, *offsets]:
            effect = [] if offset < 0 else [self.appended[offset]]
            failed = [at for at in effect if not moments.follow(at)]
            failed += [at for at in hanging.get(offset, ()) if not moments.hang(at)]
            if failed:
                cause = next(o for o in offsets if self.appended[o] == moments.cause)
                says = [self.says[cause], self.says[offset]]
                return self._conflict([failed[0], moments.cause, *says])
        return Decided(moments.order())

    def _conflict(self, positions: Sequence[int]) -> Decided:
        """These calls, and the appends of all values that the polls among them show."""
        chosen = set(positions)
        runs = [_run(self.calls[at]) for at in chosen if self.calls[at].f == "poll"]
        values = {value for run in runs for _, value in run}
        values.update(self.calls[at].value for at in chosen if self.calls[at].f == "append")
        appends = {
            at for at, call in enumerate(self.calls) if call.f == "append" and call.value in values
        }
        return Decided(None, sorted(chosen | appends))


def _run(poll: Call) -> Run:
    return cast(Run, poll.result)
