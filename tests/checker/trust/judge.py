"""Whether the checker judged one history right: its verdict, and the evidence that it gives.

Everything is asked through `harness.checker.check`, and held against the plain objects of the
tests, which share no code with it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from random import Random
from typing import Any

from harness.checker import Verdict, check
from harness.history.op import Op
from harness.model import Model
from tests.checker.evidence import counterexample_is_implied, counterexample_is_irreducible
from tests.checker.force import (
    Event,
    TooMuch,
    by_permutation,
    events_of,
    linearizable,
    replays,
)
from tests.checker.objects import Object
from tests.checker.trust.families import FAMILIES, LARGE, SMALL, Sort

Check = Callable[[Sequence[Op], Model], Verdict]

PERMUTABLE = 5
"""Operations whose orders are all tried, as a check of the search by brute force itself."""


class Wrong(AssertionError):
    """The checker, or brute force itself, was wrong; the message says how."""


def case(seed: object, family: str, number: int) -> tuple[Sort, list[Op]]:
    """The history of a number, always the same for the same seed; every third is a long one."""
    rng = Random(f"{seed}/{family}/{number}")
    sort = rng.choice(FAMILIES[family])
    return sort, sort.make(LARGE if number % 3 == 2 else SMALL, rng)


def judged_right(history: Sequence[Op], sort: Sort) -> bool:
    """The verdict, which is right; raises `Wrong` if it is not."""
    expected = by_force(history, sort)
    require_right(check, history, sort, expected)
    return expected


def fits(kind: Object, history: Iterable[Op]) -> bool:
    """Whether the operations of each key have an order."""
    return all(linearizable(kind, mine) for mine in events(history).values())


def by_force(history: Sequence[Op], sort: Sort) -> bool:
    """Whether the history is linearizable, by search, and by permutation where that can be."""
    by_key = events(history).values()
    expected = fits(sort.kind, history)
    if all(len(mine) <= PERMUTABLE for mine in by_key):
        _require(
            expected == all(by_permutation(sort.kind, mine) for mine in by_key),
            "the search by brute force disagrees with trying every permutation",
        )
    return expected


def require_right(checker: Check, history: Sequence[Op], sort: Sort, expected: bool) -> None:
    """Raise `Wrong` unless a checker says what is expected, and proves it.

    Raises `TooMuch` where finding the fewest operations was too much for it, and it says so.
    """
    verdict = checker(history, sort.model)
    _require(verdict.valid is expected, f"it is {expected}, not {verdict.valid}: {verdict.reason}")
    if expected:
        _require_an_order(verdict, events(history), sort)
    else:
        _require_a_counterexample(verdict, history, sort)


def events(history: Iterable[Op]) -> dict[Any, list[Event]]:
    """The operations by key, without those that failed."""
    by_key: dict[Any, list[Op]] = {}
    for op in history:
        by_key.setdefault(op.key, []).append(op)
    return {key: events_of(ops) for key, ops in by_key.items()}


def _require_an_order(verdict: Verdict, by_key: dict[Any, list[Event]], sort: Sort) -> None:
    """Each key has one order, which the plain object replays."""
    orders = {order.key: order.invocations for order in verdict.linearization}
    _require(len(orders) == len(verdict.linearization), "a key has two orders")
    _require(set(orders) == set(by_key), "not every key has an order")
    for key, mine in by_key.items():
        place = {event.began: at for at, event in enumerate(mine)}
        _require(place.keys() >= set(orders[key]), "an order has operations that did not happen")
        order = [place[began] for began in orders[key]]
        _require(replays(sort.kind, mine, order), f"the order {orders[key]} is none")


def _require_a_counterexample(verdict: Verdict, history: Sequence[Op], sort: Sort) -> None:
    """It is part of one key's history, has no order, and no read in it could be left out."""
    until = len(history) if verdict.until is None else verdict.until
    known = events(op for op in history if op.index < until)[verdict.key]
    began = {operation.invocation.index for operation in verdict.counterexample}
    part = [event for event in known if event.began in began]
    _require(len(part) == len(verdict.counterexample), "it shows what did not happen")
    _require(not linearizable(sort.kind, part), "the counterexample has an order")
    if not verdict.irreducible:
        _require(
            "the time ended before" in str(verdict.reason), "it does not say that it is reducible"
        )
        raise TooMuch
    if sort.model.kind == "register":
        _require(counterexample_is_implied(verdict, history), "it was cut without licence")
        _require(counterexample_is_irreducible(verdict, history), "it could be cut further")
        return
    for event in part:
        if event.f in sort.model.reads:
            rest = [other for other in part if other is not event]
            _require(linearizable(sort.kind, rest), f"it does not need the read of {event.began}")


def _require(true: bool, otherwise: str) -> None:
    if not true:
        raise Wrong(otherwise)
