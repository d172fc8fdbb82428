"""Whether the checker judged one history right: its verdict, and the evidence that it gives.

Everything is asked through `harness.checker.check`, and held against the plain objects of the
tests, which share no code with it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import combinations, permutations
from random import Random
from typing import Any

from harness.checker import Verdict, check
from harness.history.op import Op
from harness.model import Model
from tests.checker.evidence import counterexample_is_implied, counterexample_is_irreducible
from tests.checker.objects import Event, Object, TooMuch, events_of, linearizable, replays
from tests.checker.trust.families import FAMILIES, LARGE, SMALL, Sort

Check = Callable[[Sequence[Op], Model], Verdict]

PERMUTABLE = 5
"""Operations whose orders are all tried, as a check of the search by brute force itself."""


PORTION = 250
"""Histories that one process judges at a time."""


class Wrong(AssertionError):
    """The checker, or brute force itself, was wrong; the message says how."""


def case(seed: object, family: str, number: int) -> tuple[Sort, list[Op]]:
    """The history of a number, always the same for the same seed; every fifth is a long one."""
    rng = Random(f"{seed}/{family}/{number}")
    sort = rng.choice(FAMILIES[family])
    return sort, sort.make(LARGE if number % 5 == 4 else SMALL, rng)


def judged_right(history: Sequence[Op], sort: Sort) -> bool:
    """The verdict, which is right; raises `Wrong` if it is not."""
    expected = by_force(history, sort)
    require_right(check, history, sort, expected)
    return expected


def judged_portion(seed: object, family: str, count: int, begin: int) -> Counter[bool]:
    """How many of each verdict there are among some of the first `count` histories of a family.

    Those that are too much for brute force are not among them.
    """
    verdicts: Counter[bool] = Counter()
    for number in range(begin, min(begin + PORTION, count)):
        sort, history = case(seed, family, number)
        try:
            verdicts[judged_right(history, sort)] += 1
        except TooMuch:
            continue
        except Exception as error:
            where = f"history {number} of {family}, SPLITBRAIN_SEED={seed}"
            raise Wrong(f"{where}: {error}") from error
    return verdicts


def by_force(history: Sequence[Op], sort: Sort) -> bool:
    """Whether the history is linearizable, by search, and by permutation where that can be."""
    by_key = events(history).values()
    expected = all(linearizable(sort.kind, mine) for mine in by_key)
    if all(len(mine) <= PERMUTABLE for mine in by_key):
        _require(
            expected == all(by_permutation(sort.kind, mine) for mine in by_key),
            "the search by brute force disagrees with trying every permutation",
        )
    return expected


def require_right(checker: Check, history: Sequence[Op], sort: Sort, expected: bool) -> None:
    """Raise `Wrong` unless a checker says what is expected, and proves it."""
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


def by_permutation(kind: Object, of_key: Sequence[Event]) -> bool:
    """Try every choice of crashed operations and every order."""
    completed = [at for at, event in enumerate(of_key) if event.ended is not None]
    crashed = [at for at, event in enumerate(of_key) if event.ended is None]
    return any(
        replays(kind, of_key, order)
        for count in range(len(crashed) + 1)
        for chosen in combinations(crashed, count)
        for order in permutations([*completed, *chosen])
    )


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
    _require(verdict.irreducible, "the counterexample is not called irreducible")
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
