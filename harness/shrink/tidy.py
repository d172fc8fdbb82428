"""Makes a case that can lose no more parts shorter and easier to read, and surer to fail.

Its times are moved together and rounded, its nodes named by the parts they play where that makes it
fail more often (who leads is the seed's choice, or that of real machines), keys and values renamed.
From here on a change must fail with as many seeds as before it, so that what comes out does not
depend on one seed's luck.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

from harness.script.steps import LEADER, NS_PER_S, OTHERS, Between
from harness.shrink.case import Case
from harness.shrink.court import Court
from harness.shrink.reduce import Keep
from harness.spec import node_names

SEEDS = 8
"""So many seeds say how surely a case fails."""

GAPS_S = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0, 1.5, 2.0, 3.0, 5.0, 10.0)
"""Seconds between two steps that are easy to read."""


MANY_SEEDS = 20
"""So many say which of several that fail with all of `SEEDS` is best."""


def tidy(case: Case, court: Court, keep: Keep) -> Case:
    """Make it shorter and easier to read. Raises OutOfBudget; what was found by then was kept."""
    steps = (surest_names, lasting, shorter_gaps, surest_names, roomy_gaps, plain_names, others)
    for better in steps:
        changed = better(case, court)
        if changed != case:
            keep(changed)
        case = changed
    return case


def surest_names(case: Case, court: Court) -> Case:
    """Nodes by the parts they play at the beginning, if that makes it fail with more seeds."""
    best, most = case, court.rate(case, SEEDS)
    for leader in case.nodes:
        if most == SEEDS:
            break
        named = with_parts(case, leader)
        if named != case and (rate := court.rate(named, SEEDS)) > most:
            best, most = named, rate
    return best


def with_parts(case: Case, leader: str) -> Case:
    """The case as it would be told if this node led at the beginning."""
    followers = [name for name in case.nodes if name != leader]
    parts = {leader: LEADER} | {name: f"follower{n}" for n, name in enumerate(followers, 1)}
    return case.renamed(lambda name: parts.get(name, name))


def lasting(case: Case, court: Court) -> Case:
    """Faults that need not be mended, now that names make it surer, last to the end."""
    rate = court.rate(case, SEEDS)
    for at, trouble in enumerate(case.troubles):
        if trouble.end is not None:
            longer = replace(trouble, end=None)
            troubles = (*case.troubles[:at], longer, *case.troubles[at + 1 :])
            case = court.first_as_good([replace(case, troubles=troubles)], rate, SEEDS) or case
    return case


def shorter_gaps(case: Case, court: Court) -> Case:
    """Each gap between two times as short as it can be."""
    rate = court.rate(case, SEEDS)
    for at in range(len(case.times())):
        tighter = [_with_gap(case, at, gap) for gap in GAPS_S if gap < _gap_s(case, at)]
        case = court.first_as_good(tighter, rate, SEEDS) or case
    return case


def roomy_gaps(case: Case, court: Court) -> Case:
    """Round times with room between them: what fails by a hair here would not elsewhere."""
    candidates = [case]
    for _ in range(3):
        roomy = candidates[-1]
        for at in range(len(case.times())):
            roomy = _with_gap(roomy, at, _notch_up(_gap_s(roomy, at)))
        candidates.append(roomy)
    rates = [court.rate(candidate, MANY_SEEDS) for candidate in candidates]
    best = max(rates[1:])
    if best >= rates[0]:
        return next(candidates[at] for at in (3, 2, 1) if rates[at] == best)
    rounded = [_rounded(case, digits) for digits in (1, 2, 3)]
    return court.first_as_good(rounded, rates[0], MANY_SEEDS) or case


def _gap_s(case: Case, at: int) -> float:
    times = [0, *case.times()]
    return (times[at + 1] - times[at]) / NS_PER_S


def _with_gap(case: Case, at: int, gap_s: float) -> Case:
    """Everything from the time of that number on earlier or later, so that this is its gap."""
    times = [0, *case.times()]
    by = round(gap_s * NS_PER_S) - (times[at + 1] - times[at])
    return case.retimed(lambda time: time + by if time >= times[at + 1] else time)


def _notch_up(gap_s: float) -> float:
    """The next gap that is easy to read and larger."""
    at = bisect.bisect_right(GAPS_S, gap_s * 1.0001)
    return GAPS_S[at] if at < len(GAPS_S) else float(round(gap_s + 0.5))


def _rounded(case: Case, digits: int) -> Case:
    unit = NS_PER_S // 10**digits
    return case.retimed(lambda time: round(time / unit) * unit)


def plain_names(case: Case, court: Court) -> Case:
    """Keys x, y, z and values 1, 2, 3, if it fails as surely with them."""
    rate = court.rate(case, SEEDS)
    for rename in (_plain_nodes, _plain_keys, _plain_values):
        case = court.first_as_good(rename(case), rate, SEEDS) or case
    return case


def _plain_nodes(case: Case) -> Iterator[Case]:
    names = dict(zip(case.nodes, node_names(len(case.nodes)), strict=True))
    renamed = case.renamed(lambda name: names.get(name, name))
    yield replace(renamed, nodes=tuple(names.values()))


def _plain_keys(case: Case) -> Iterator[Case]:
    keys = list(dict.fromkeys(repr(call.key) for call in case.calls if call.key is not None))
    if 0 < len(keys) <= 3:
        names = dict(zip(keys, "xyz", strict=False))
        yield case.with_calls(lambda call: replace(call, key=names.get(repr(call.key))))


def _plain_values(case: Case) -> Iterator[Case]:
    numbers: dict[int, int] = {}
    for call in case.calls:
        each = call.value if isinstance(call.value, list) else [call.value]
        if not all(_is_number(value) or value is None for value in each):
            return
        for value in each:
            if value is not None:
                numbers.setdefault(value, len(numbers) + 1)
    yield case.with_calls(lambda call: replace(call, value=_mapped(call.value, numbers.get)))


def _mapped(value: Any, number: Callable[[Any], Any]) -> Any:
    if isinstance(value, list):
        return [_mapped(each, number) for each in value]
    return None if value is None else number(value)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def others(case: Case, court: Court) -> Case:
    """`n1 from others` for a node that is cut from all others: the same in fewer words."""
    names = set(case.nodes)
    parts = {LEADER, *(f"follower{number}" for number in range(1, len(names)))}

    def shorter(each: Between) -> Between:
        whole = {*each.src, *each.dst}
        return replace(each, dst=(OTHERS,)) if whole in (names, parts) else each

    return replace(
        case,
        troubles=tuple(
            replace(t, begins=replace(t.begins, links=tuple(map(shorter, t.begins.links))))
            for t in case.troubles
        ),
    )
