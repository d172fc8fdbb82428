"""Stacks with unique values: the elements' stays must nest.

Three things make an order: how the stays nest (`harness.checker.fast.nesting`), the takes that
found nothing, each at a gap between all stays (`harness.checker.fast.gaps`), and the elements
without a stay, which come and go on the spot. When no crashed pop can matter, because there is none
or nothing that it could have taken, that is exact.

Otherwise each unclaimed element may be popped by any spare or stay, and whether some choice fits
is a search. Here it is guessed, and the guess checked exactly::

    claimed elements alone                              have no order    -> conflict
    the most urgent unclaimed element popped by the
      first spare (`harness.checker.fast.urgency`)      has an order     -> valid
    every unclaimed element popped by the first spare   has no order     -> conflict
    otherwise                                                               can't tell

The second conflict lets one spare pop any number of elements, earlier than any other spare could:
if even that does not help, nothing will. Between the two lie histories where spares are scarce and
which of two concurrent calls came first decides how many are needed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from harness.checker.fast.elements import NEVER, Elements, Integers, gather
from harness.checker.fast.gaps import Stays, empty_moments, in_order
from harness.checker.fast.nesting import Nest, nest
from harness.checker.fast.urgency import urgencies
from harness.model import FOREVER, Call, Decided, Model


def decide(calls: Sequence[Call], model: Model) -> Decided | None:
    """Order the calls, or find those that can't be; None when it can't tell."""
    found = gather(calls, "push", "pop") if model.kind == "stack" else None
    if not isinstance(found, Elements):
        return found
    empties = empty_moments(in_order(found))
    if isinstance(empties, Decided):
        return empties
    everything = np.arange(len(found.values))
    if not len(found.spare) or found.claimed.all():
        nested = _nest(found, everything)
        return (
            found.conflict(nested) if isinstance(nested, list) else _order(found, nested, empties)
        )
    nested = _nest(found, np.flatnonzero(found.claimed))
    if isinstance(nested, list):
        return found.conflict(nested)
    for chosen in urgencies(found, *_events(found, nested, empties)):
        guess = found.give(chosen)
        moments = Stays.of(guess).first_gaps(guess.empty_start)
        if (moments <= guess.empty_end).all():
            guessed = _nest(guess, everything)
            if not isinstance(guessed, list):
                return _order(guess, guessed, moments)
    nested = _nest(_generous(found), everything)
    return found.conflict(nested) if isinstance(nested, list) else None


def _nest(elements: Elements, among: Integers) -> Nest | list[int]:
    return nest(
        among,
        (elements.put_start, elements.put_end),
        (elements.take_start, elements.take_end),
    )


def _events(elements: Elements, nested: Nest, empties: Integers) -> tuple[Integers, Integers]:
    """An order of puts, takes, and takes that found nothing: numbered in this order, all of each.

    At the same moment inner elements are taken out before outer ones, and then come those that are
    put in and taken out on the spot, and last the takes that found nothing. The moments come too.
    """
    count = len(elements.values)
    stay = np.zeros(count, np.bool_)
    stay[nested.element] = True
    spot = np.flatnonzero(~stay & (elements.put_end >= elements.take_start))
    taken = (nested.high < NEVER)[::-1]
    inner_first, highs = nested.element[::-1][taken], nested.high[::-1][taken]
    on_the_spot = np.stack([spot, spot + count], axis=1).ravel()
    nothing = np.arange(len(empties)) + 2 * count
    event = np.concatenate([nested.element, inner_first + count, on_the_spot, nothing])
    moments = [nested.low, highs, np.repeat(elements.take_start[spot], 2), empties]
    moment = np.concatenate(moments)
    rising = np.argsort(moment, kind="stable")
    return event[rising], moment[rising]


def _order(elements: Elements, nested: Nest, empties: Integers) -> Decided:
    calls = np.concatenate([elements.put, elements.take, elements.empty])
    return Decided(calls[_events(elements, nested, empties)[0]].tolist())


def _generous(elements: Elements) -> Elements:
    """Let the first spare take every unclaimed element."""
    free = ~elements.claimed
    start = np.where(free, elements.spare_start[0], elements.take_start)
    return replace(elements, take_start=start, take_end=np.where(free, FOREVER, elements.take_end))
