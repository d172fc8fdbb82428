"""What went wrong with a register, as few of its calls as tell it: found in near-linear time.

A story is looked for in a counterexample. Mostly that is short; but one that the time was too short
to make small may have any length, so no pair of calls is looked at where sorting will do::

    overwritten   ├─ last effect of a ─┤ … ├─ shows b ─┤ … ├─ finds a ─┤       a had been replaced

    torn              a must be there     [====================]
                      b must be there            [======]  or  ]----[          in between
"""

from __future__ import annotations

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable, Iterator, Sequence
from dataclasses import dataclass, field

from harness.checker.licence import expects, writes
from harness.model import FOREVER, Call


@dataclass(frozen=True)
class Torn:
    """A value that was there from one call to another, and another value that was in between."""

    since: Call
    until: Call
    inner_since: Call
    inner_until: Call
    inner_value: Hashable
    value: Hashable


@dataclass
class _Uses:
    """Who left one value, and who found it."""

    effects: list[Call] = field(default_factory=list)
    finders: list[Call] = field(default_factory=list)
    begun: list[int] = field(default_factory=list)
    over: list[int] = field(default_factory=list)

    def add_effect(self, call: Call) -> None:
        """Add one by rising start; and by when it and all before it were over."""
        self.effects.append(call)
        self.begun.append(call.start)
        self.over.append(max(call.end, self.over[-1]) if self.over else call.end)


def _uses(part: Sequence[Call]) -> dict[Hashable, _Uses]:
    """By value."""
    uses: defaultdict[Hashable, _Uses] = defaultdict(_Uses)
    for call in part:
        if (left := writes(call)) is not None:
            uses[left[0]].add_effect(call)
        if (found := expects(call)) is not None:
            uses[found[0]].finders.append(call)
    return uses


def overwritten(part: Sequence[Call], first: Hashable) -> tuple[Call, Call] | None:
    """A call that found a value, and one that showed another after each effect of that value.

    An effect certainly lies before another call if it completed before that was invoked, or if it
    is the only one, its value is not the first, and it was seen by then.

    Args:
        part: of a register's calls.
        first: the first value.
    """
    uses = _uses(part)
    completed = sorted((call for call in part if not call.crashed), key=lambda call: call.end)
    ends = [call.end for call in completed]
    shows = [writes(call) or expects(call) for call in completed]
    another = _before_a_row(shows)
    for finder in reversed(completed):
        if (found := expects(finder)) is None:
            continue
        use = uses[found[0]]
        effects = bisect_left(use.begun, finder.end)  # how many it does not precede
        over, seen, seers = use.over[effects - 1] if effects else -1, FOREVER, set[int]()
        if effects == 1 and found[0] != first:
            seen = min(seer.end for seer in use.finders)
            seers = {id(seer) for seer in use.finders}
        behind = min(over, seen)
        at = bisect_left(ends, finder.start) - 1
        while at >= 0 and ends[at] >= behind:  # what ended before that began before it too
            other = completed[at]
            if shows[at] == found:
                at = another[at]
            elif shows[at] and (other.start > behind or id(other) in seers):
                return finder, other
            else:
                at -= 1
    return None


def _before_a_row(shows: Sequence[object]) -> list[int]:
    """For each of these, where the last unequal one before it stands; -1 where there is none."""
    found: list[int] = []
    for at, shown in enumerate(shows):
        found.append(found[at - 1] if at and shows[at - 1] == shown else at - 1)
    return found


@dataclass(frozen=True)
class _Span:
    """From the first end to the last start of the calls that left or found one value."""

    value: Hashable
    since: Call
    until: Call


def _spans(part: Sequence[Call], first: Hashable) -> Iterator[_Span]:
    """Of the values that were there once at most, in the order of their effects."""
    uses = _uses(part)
    for call in part:
        if (left := writes(call)) is None or left[0] == first:
            continue
        if len(uses[left[0]].effects) == 1:  # else it may have come and gone
            members = [call, *uses[left[0]].finders]
            since = min(members, key=lambda member: member.end)
            yield _Span(left[0], since, max(members, key=lambda member: member.start))


def torn(part: Sequence[Call], first: Hashable) -> Torn | None:
    """Two values of which one was there while the other must have been all the time.

    Args:
        part: of a register's calls.
        first: the first value.
    """
    spans = list(_spans(part, first))
    by_end = sorted(spans, key=lambda span: span.since.end)
    ends = [span.since.end for span in by_end]
    second = _second_greatest([span.until.start for span in by_end])
    for span in spans:
        begin, end = span.since.end, span.until.start
        if begin < end and second[bisect_left(ends, end)] > begin:  # one of the two is its own
            inner = next(
                other
                for other in spans
                if other is not span and other.since.end < end and begin < other.until.start
            )
            return Torn(span.since, span.until, inner.since, inner.until, inner.value, span.value)
    return None


def _second_greatest(numbers: Sequence[int]) -> list[int]:
    """Of the first 0, 1, 2, … numbers; -1 where there are not two."""
    found, most, second = [-1], -1, -1
    for number in numbers:
        most, second = max(most, number), max(second, min(most, number))
        found.append(second)
    return found
