"""What became of each element that was added to a set whose reads return all of it.

A verdict says whether a set is linearizable; this says how far it is from it, element by element::

    add a      ├────┤ known                         visible after: from known to the last read that
    read            ├──┤ {}                         began later and missed it
    read                    ├──┤ {a}    stable
    read                           ├──┤ {}  lost: missed for good after it was known

An element is **known** from the first end of what shows it to be there: its add's ok, or a read of
it. A read that begins later must show it.

- lost: known, and missed by a read that began after the last read that shows it.
- stable: the last word on it is a read that shows it. It was stale if a read that began after it
  was known missed it before.
- never read: no read that began after it was known, nor any that shows it.
- duplicated: some read shows it twice.
- unexpected: shown, though it was never added; or, told apart, only by adds that failed.

Jepsen's set-full tells the same apart, but reads into sets and so sees no duplicates.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from harness.history.op import Op, Operation
from harness.model import freeze, thaw

QUANTILES = (0.0, 0.5, 0.95, 0.99, 1.0)


@dataclass(slots=True)
class _Fate:
    """What is known of one element: ops that decide it, None where there is none."""

    known: Op | None = None
    last_shown: Op | None = None
    last_missed: Op | None = None

    def outcome(self) -> str:
        """Stable, lost or never-read."""
        missed = self.last_missed
        if self.known is None or (self.last_shown is None and missed is None):
            return "never-read"
        if missed is not None and missed.index > _index(self.last_shown):
            return "lost"
        return "stable"


def analyse(operations: Sequence[Operation]) -> dict[str, Any]:
    """Lost, stale, duplicated, unexpected and never-read elements, and the times to visibility."""
    reads = [o for o in operations if o.invocation.f == "read" and o.outcome == "ok"]
    reads.sort(key=lambda read: read.invocation.index)
    shown = [[freeze(value) for value in _answer(read)] for read in reads]
    fates, failed = _added(operations)
    unexpected = {value for values in shown for value in values if value not in fates}
    _follow(reads, [set(values) for values in shown], fates)
    outcomes: dict[str, list[Hashable]] = {"stable": [], "lost": [], "never-read": []}
    for value, fate in fates.items():
        outcomes[fate.outcome()].append(value)
    delays = {value: _delay(fates[value]) for value in outcomes["stable"]}
    stale = {value: delay for value, delay in delays.items() if delay > 0}
    repeated = Counter(
        value for values in shown for value, times in Counter(values).items() if times > 1
    )
    return {
        "attempts": len(fates) + len(failed),
        "stable": len(outcomes["stable"]),
        "lost": _listed(outcomes["lost"]),
        "never_read": _listed(outcomes["never-read"]),
        "stale": [
            {"element": thaw(value), "visible_after_ns": delay} for value, delay in stale.items()
        ],
        "duplicated": [
            {"element": thaw(value), "reads": times} for value, times in repeated.items()
        ],
        "unexpected": _listed(unexpected - failed),
        "failed_but_read": _listed(unexpected & failed),
        "visible_after_ns": _quantiles(list(delays.values())),
    }


def _added(operations: Sequence[Operation]) -> tuple[dict[Hashable, _Fate], set[Hashable]]:
    """The elements whose add may have happened, and those whose every add failed."""
    fates: dict[Hashable, _Fate] = {}
    failed: set[Hashable] = set()
    for operation in operations:
        if operation.invocation.f != "add":
            continue
        value = freeze(operation.invocation.value)
        if operation.outcome == "fail":
            failed.add(value)
            continue
        fate = fates.setdefault(value, _Fate())
        if operation.outcome == "ok":
            fate.known = _earlier(fate.known, operation.completion)
    return fates, failed - fates.keys()


def _follow(
    reads: Sequence[Operation], shown: Sequence[set[Hashable]], fates: dict[Hashable, _Fate]
) -> None:
    """Note what reads show, and then, from the last read back, which was the last to miss what."""
    for read, values in zip(reads, shown, strict=True):
        for value in values & fates.keys():
            fate = fates[value]
            fate.known = _earlier(fate.known, read.completion)
            fate.last_shown = read.invocation
    undecided = {value for value, fate in fates.items() if fate.known is not None}
    for read, values in zip(reversed(reads), reversed(shown), strict=True):
        began = read.invocation.index
        for value in undecided - values:
            fate = fates[value]
            if began > _index(fate.known):
                fate.last_missed = read.invocation
            undecided.discard(value)


def _delay(fate: _Fate) -> int:
    """Nanoseconds from when the element was known to the last read that missed it."""
    if fate.known is None or fate.last_missed is None:
        return 0
    return max(0, fate.last_missed.time - fate.known.time)


def _earlier(one: Op | None, other: Op | None) -> Op | None:
    return one if other is None or (one is not None and one.index < other.index) else other


def _index(op: Op | None) -> int:
    return -1 if op is None else op.index


def _answer(read: Operation) -> Iterable[Any]:
    assert read.completion is not None
    return read.completion.value  # type: ignore[no-any-return]


def _listed(values: Iterable[Hashable]) -> list[Any]:
    """As JSON, in an order that does not depend on hashes."""
    return sorted((thaw(value) for value in values), key=lambda value: (str(type(value)), value))


def _quantiles(delays: list[int]) -> dict[str, int]:
    delays.sort()
    last = len(delays) - 1
    return {str(q): delays[round(q * last)] for q in QUANTILES} if delays else {}
