"""A counterexample on a large collection, looked at with all but a few of its elements forgotten.

Who reads a whole set or list shows every element, so all that put them there must stay in a
counterexample, however little they have to do with what is wrong; and in how many orders these may
have come is too much for a search that skips nothing. Most elements can be forgotten::

    add 1  add 2  …  add 99        read 1 2 … 98        read 1 … 97 99
    add 98  add 99                 read 98              read 99

Proof: take a linearization of the calls as they were, and forget an element everywhere: in the
states, in what reads returned, and with each call that adds, appends or removes it. What is left
of a read is what is left of the state. So that is a linearization of what is left of the calls:
where those have none, neither have the calls as they were. (Not the other way round.)

Which elements tell is found by trial, with whatever decides fast; that is not believed.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import cast

import msgspec

from harness.checker.decide import Answer
from harness.model import Call, Model

SHOWN_WHOLE = {
    "set": {"add", "remove", "read"},
    "grow-only-set": {"add", "read"},
    "list-append": {"append", "read"},
}
"""Kinds of objects whose reads return every element, with the operations that the proof knows."""

Decide = Callable[[Sequence[Call]], Answer]


def narrowed(calls: Sequence[Call], model: Model, decide: Decide) -> Sequence[Call] | None:
    """What is left of calls without a linearization when as much as possible is forgotten.

    Args:
        calls: by rising start.
        model: what they are of.
        decide: whether some calls have a linearization; errs at most to our disadvantage.

    Returns:
        What has no linearization either, as `decide` says; None if it can't be told.
    """
    if not {call.f for call in calls} <= SHOWN_WHOLE.get(model.kind or "", set()):
        return None
    answer = decide(calls)
    if answer.linearizable is not False:
        return None
    few = [call for at, call in enumerate(calls) if call.f not in model.reads or at in answer.hint]
    left = few if decide(few).linearizable is False else calls
    elements = list(dict.fromkeys(e for call in left for e in _elements(call, model)))
    size = -(-len(elements) // 2)
    while size:
        for end in range(len(elements), 0, -size):
            fewer = elements[: max(0, end - size)] + elements[end:]
            trial = about(fewer, left, model)
            if decide(trial).linearizable is False:
                left, elements = trial, fewer
        size = min(size, len(elements)) // 2
    return left


def about(elements: Iterable[Hashable], calls: Sequence[Call], model: Model) -> list[Call]:
    """What is left of calls when all but some elements are forgotten."""
    kept = frozenset(elements)
    left: list[Call] = []
    for call in calls:
        if call.f not in model.reads:
            if call.value in kept:
                left.append(call)
        elif call.crashed:
            left.append(call)
        else:
            shown = cast("tuple[Hashable, ...] | frozenset[Hashable]", call.result)
            result = type(shown)(element for element in shown if element in kept)
            left.append(msgspec.structs.replace(call, result=result))
    return left


def _elements(call: Call, model: Model) -> Iterable[Hashable]:
    """The elements that a call is about."""
    if call.f not in model.reads:
        return (call.value,)
    return () if call.crashed else cast("Iterable[Hashable]", call.result)
