"""The stories of a register, held against their definitions, word by word, over all calls."""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Iterator, Sequence
from random import Random
from time import process_time

import pytest

from harness.checker.calls import split
from harness.checker.licence import expects, writes
from harness.checker.reason import sentence
from harness.checker.stories import Torn, overwritten, torn
from harness.model import Call
from harness.model.register import CasRegister
from tests.checker.histories import Shape, make

SHAPES = [
    Shape(8, 4, 3, fs=("read", "write", "cas"), crash=0.2, corrupt=0.4),
    Shape(12, 3, None, fs=("read", "write", "cas"), crash=0.1, corrupt=0.3),
    Shape(12, 3, None, fs=("read", "write"), crash=0.1, corrupt=0.3),
]


def parts(count: int) -> Iterator[list[Call]]:
    for number in range(count):
        rng = Random(number)
        for key in split(make(rng.choice(SHAPES), rng), CasRegister()):
            yield key.calls


def overwritten_by_definition(part: Sequence[Call], first: Hashable) -> tuple[Call, Call] | None:
    by_end = sorted(part, key=lambda call: call.end, reverse=True)
    for call in by_end:
        value = expects(call)
        if value is None or call.crashed:
            continue
        effects = [at for at in part if writes(at) == value and not call.precedes(at)]
        for other in by_end:
            shown = writes(other) or expects(other)
            if not other.precedes(call) or shown is None or shown == value:
                continue
            seen = any(expects(at) == value and (at is other or at.precedes(other)) for at in part)
            once = len(effects) == 1 and value[0] != first
            if all(effect.precedes(other) for effect in effects) or (once and seen):
                return call, other
    return None


def torn_by_definition(part: Sequence[Call], first: Hashable) -> Torn | None:
    spans = []
    for written in dict.fromkeys(writes(call) for call in part):
        effects = [call for call in part if writes(call) == written]
        if written is None or len(effects) != 1 or written[0] == first:
            continue
        members = [call for call in part if call is effects[0] or expects(call) == written]
        since = min(members, key=lambda call: call.end)
        spans.append((since, max(members, key=lambda call: call.start), written[0]))
    for since, until, value in spans:
        for inner_since, inner_until, other in spans:
            between = inner_since.end < until.start and since.end < inner_until.start
            if other != value and since.end < until.start and between:
                return Torn(since, until, inner_since, inner_until, other, value)
    return None


def test_they_are_those_of_the_definitions() -> None:
    told: Counter[str] = Counter()
    for part in parts(3_000):
        found = overwritten(part, None)
        expected = overwritten_by_definition(part, None)
        assert found == expected
        rip = torn(part, None)
        assert (rip and _said(rip)) == _said(torn_by_definition(part, None))
        told.update({"overwritten": found is not None, "torn": rip is not None})
        told.update({"neither": found is None and rip is None})
    assert min(told.values()) > 100, told


def _said(rip: Torn | None) -> tuple[object, ...] | None:
    """The ends that a story names: which of the calls of one value is all the same."""
    if rip is None:
        return None
    return (
        rip.value,
        rip.since.end,
        rip.until.start,
        rip.inner_value,
        rip.inner_since.end,
        rip.inner_until.start,
    )


@pytest.mark.parametrize("fs", [("read", "write"), ("read", "write", "cas"), ("read",)])
def test_a_long_part_is_told_in_no_time(fs: tuple[str, ...]) -> None:
    """One that the time was too short to make small, of as many values as there are writes, or 3.

    All pairs of its calls, and for each of them all calls again, were looked at once: hours.
    """
    for values in (None, 3):
        history = make(Shape(10_000, 10, values, fs=fs, crash=0.05), Random(1))
        (key,) = split(history, CasRegister())
        began = process_time()
        assert sentence(key, key.calls, CasRegister())
        assert process_time() - began < 2
