"""What a certificate claims, held against the history.

The search is Wing & Gong's ("Testing and Verifying Concurrent Objects", 1993), with no shortcut:
all configurations with so many calls placed, each once (Lowe, "Testing for Linearizability", 2017),
then those with one more::

    placed      1 1 1 0 1 0 0 …        next may be any call that was invoked before the first
                      ▲                completion among those not yet placed
                     low
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from time import monotonic
from typing import Any

import msgspec
from msgspec.structs import replace

from harness.model import FOREVER, Call, Model, as_json, freeze, thaw
from harness.verify.certificate import Certificate, Invalid, Refuted, Unconfirmed, Valid
from harness.verify.history import Calls, gather
from harness.verify.licence import observed

MOST_CONFIGURATIONS = 1_000_000
"""Of as many calls each: below about 1 GB."""

Keys = dict[Hashable, Calls]
Search = Callable[[list[Call]], int | None]
"""See `stuck` and `misstep`."""


def verify(
    certificate: Certificate,
    lines: Iterable[Any],
    model: Model,
    *,
    sha256: str,
    by_time: bool = False,
    irreducible: bool = False,
    time_limit_s: float = 60.0,
) -> str:
    """Say in a sentence what is confirmed, or raise.

    Args:
        certificate: what is claimed.
        lines: the history's ops, each like a `harness.verify.history.Line`.
        model: what the store promised.
        sha256: of the file that the history is in.
        by_time: whether ops of the same time have no order.
        irreducible: whether that claim is looked into as well.
        time_limit_s: for the evidence, once the history is read.

    Raises:
        Refuted: the history is another one, or the evidence does not hold.
        Unconfirmed: the verdict is unknown, or the evidence is too large to search.
        BadHistory: the history can't be read.
    """
    about, mine = certificate.history, model.name
    _refuse(certificate.model != mine and f"it is about {certificate.model}, not about {mine}")
    _refuse(about.sha256 != sha256 and "it is about another history: the checksum differs")
    until = certificate.until if isinstance(certificate, Invalid) else None
    keys, ops = gather(lines, model, until=until, by_time=by_time)
    _refuse(about.ops != ops and f"it is about {about.ops} operations, not {ops}")
    within: dict[str, Any] = {"model": model, "deadline": monotonic() + time_limit_s}
    if isinstance(certificate, Valid):
        return _valid(certificate, keys, partial(misstep, **within))
    if isinstance(certificate, Invalid):
        return _invalid(certificate, keys, partial(stuck, **within), model, irreducible)
    raise Unconfirmed("its verdict is unknown")


def _valid(claim: Valid, keys: Keys, replay: Search) -> str:
    """Every key has an order, and by locality (Herlihy & Wing, theorem 1) so has the whole.

    An order is one if each call begins before those after it end, and if it is legal.
    """
    claimed = {freeze(key.key): key.order for key in claim.keys}
    _refuse(len(claimed) < len(claim.keys) and "a key has two orders")
    for key in {**keys, **claimed}:
        placed, others = _named(claimed.get(key, []), key, keys)
        latest = accumulate((call.start for call in placed), max)
        for call, start in zip(placed, latest, strict=True):
            _refuse(call.end < start and f"op {call.row} ended before one placed before it began")
        for call in others:
            _refuse(not call.crashed and f"op {call.row} completed, but is not in the order")
        if (at := replay(placed)) is not None:
            raise Refuted(f"op {placed[at].row} can't have happened at its place in the order")
    return f"{sum(map(len, keys.values()))} operations replayed in the order of each key"


def _invalid(claim: Invalid, keys: Keys, search: Search, model: Model, least: bool) -> str:
    """The part has no order, and the whole would give it one.

    The part is irreducible if there is an order without any one of its calls, and what then has to
    go as well: what more is left out with licence leaves linearizable what is.
    """
    first = msgspec.json.decode(msgspec.json.encode(thaw(model.initial()), enc_hook=repr))
    others = freeze(claim.entry_states) != freeze([first])
    _refuse(others and f"the only first state is {as_json(first)}")
    kept, gone = _named(claim.kept, freeze(claim.key), keys)
    for lost, by in observed(gone, kept, model):
        raise Refuted(f"op {lost.row} may not be left out: op {by.row} may have observed it")
    _refuse(search(kept) is None and f"the {len(kept)} operations that are kept have an order")
    _refuse(least and not claim.irreducible and "it does not claim to be irreducible")
    for unwanted in kept if least else ():
        part = set(kept) - {unwanted}
        while too := {by for _, by in observed({*gone, *kept} - part, part, model)}:
            part -= too
        _refuse(search([*part]) is not None and f"op {unwanted.row} could be left out as well")
    fewest = ", and none of them could be left out" if least else ""
    count = f"{len(kept)} operation{' has' if len(kept) == 1 else 's have'}"
    rest = "the other one" if len(gone) == 1 else f"the {len(gone)} others"
    return f"{count} no order{fewest}; {rest} may be left out"


def _named(ops: list[int], key: Hashable, keys: Keys) -> tuple[list[Call], list[Call]]:
    """The calls of these ops on a key, and the others."""
    _refuse(key not in keys and f"the history has no key {as_json(key)}")
    others = dict(keys[key])
    for op in ops:
        _refuse(others.pop(op, None) is None and f"op {op} is named twice, or is none of that key")
    return [keys[key][op] for op in ops], list(others.values())


def misstep(order: Sequence[Call], model: Model, deadline: float) -> int | None:
    """Replay an order: None if it is legal, or else how many calls are.

    Raises Unconfirmed as `stuck` does, which replays for models that go several ways: a legal order
    is one of a history in which each call ends before the next begins.
    """
    if not model.one_way:
        turns = [replace(call, start=2 * at, end=2 * at + 1) for at, call in enumerate(order)]
        return stuck(turns, model, deadline)

    def path() -> Iterator[tuple[str, Hashable, Hashable]]:
        for at, call in enumerate(order):
            if monotonic() > deadline:
                raise Unconfirmed(f"{at} of the {len(order)} operations of a key are replayed")
            yield call.f, call.value, call.result

    return model.first_misstep(path())


def stuck(calls: Iterable[Call], model: Model, deadline: float) -> int | None:
    """Try every order: None if there is one, or else how many calls can be placed at most.

    Raises Unconfirmed if that takes too much memory, or longer than to the deadline.
    """
    by_start, number = sorted(calls, key=lambda call: call.start), -1
    # Which is the first call not placed, which of those from it on are, and the state.
    further: set[tuple[int, int, Hashable]] = {(0, 0, model.initial())}
    while further:
        number, configurations, further = number + 1, further, set()
        for low, placed, state in configurations:
            first_end = FOREVER
            for at in range(low, len(by_start)):
                call = by_start[at]
                if call.start > first_end:
                    break
                if not placed >> at - low & 1:
                    first_end = min(first_end, call.end)
                    now = placed | 1 << at - low
                    gap = (~now & now + 1).bit_length() - 1  # how many are placed without one
                    for after in model.steps(state, call.f, call.value, call.result):
                        further.add((low + gap, now >> gap, after))
            if first_end == FOREVER:  # all that completed are placed
                return None
            if len(further) > MOST_CONFIGURATIONS or monotonic() > deadline:
                tried = f"{len(further)} after {number} calls"
                raise Unconfirmed(f"too many orders to try, or too little time: {tried}")
    return number


def _refuse(wrong: str | bool) -> None:
    if wrong:
        raise Refuted(wrong)
