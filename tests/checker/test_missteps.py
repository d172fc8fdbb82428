"""A long path is replayed without the states between, and says the same as one step after another.

`SPLITBRAIN_HISTORIES` says how many random paths for each model, `SPLITBRAIN_SEED` repeats a run.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Callable, Hashable
from random import Random, SystemRandom

import pytest

from harness.model import INCONSISTENT, UNKNOWN, Model
from harness.model.fifo_queue import FifoQueue
from harness.model.priority_queue import PriorityQueue
from harness.model.set import ElementSet
from harness.model.stack import Stack
from harness.model.unordered_queue import UnorderedQueue

HISTORIES = int(os.environ.get("SPLITBRAIN_HISTORIES", "300"))
SEED = int(os.environ.get("SPLITBRAIN_SEED", SystemRandom().randrange(10**9)))

Step = tuple[str, Hashable, Hashable]


def put_or_take(put: str, take: str) -> Callable[[Random], Step]:
    """Elements that repeat, takes that crashed, and takes that found nothing."""

    def step(rng: Random) -> Step:
        element = rng.randrange(4)
        if rng.random() < 0.45:
            return put, element, element
        return take, None, rng.choice([element, element, UNKNOWN, None])

    return step


def on_a_set(rng: Random) -> Step:
    """Reads of up to two elements, now and then one of them twice."""
    f, element = rng.choice(["add", "remove", "read"]), rng.randrange(3)
    if f != "read":
        return f, element, element
    shown = tuple(rng.randrange(3) for _ in range(rng.randrange(3)))
    return f, None, rng.choice([shown, shown, UNKNOWN])


OVERRIDES: dict[Model, Callable[[Random], Step]] = {
    FifoQueue(): put_or_take("enqueue", "dequeue"),
    UnorderedQueue(): put_or_take("enqueue", "dequeue"),
    PriorityQueue(): put_or_take("enqueue", "dequeue"),
    Stack(): put_or_take("push", "pop"),
    ElementSet(): on_a_set,
}
MODELS = pytest.mark.parametrize("model", OVERRIDES, ids=lambda model: model.name)


def random_path(model: Model, rng: Random) -> list[Step]:
    """Most of what can't be is left out: else every path would end at once."""
    path, state = [], model.initial()
    for _ in range(rng.choice([4, 12, 40])):
        step = OVERRIDES[model](rng)
        after = model.step(state, *step)
        if after is INCONSISTENT and rng.random() < 0.95:
            continue
        path.append(step)
        state = state if after is INCONSISTENT else after
    return path


@MODELS
def test_a_path_breaks_where_its_steps_break(model: Model) -> None:
    rng, ends = Random(SEED), Counter[bool]()
    for _ in range(10 * HISTORIES):
        path = random_path(model, rng)
        by_step = Model.first_misstep(model, path)
        assert model.first_misstep(path) == by_step, (SEED, path)
        ends[by_step is None] += 1
    assert min(ends[True], ends[False]) > HISTORIES / 2, ends


@MODELS
def test_no_state_is_copied_on_the_way(model: Model, monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue of a million would be copied a million times."""
    path = random_path(model, Random(SEED))

    def step(*_: object) -> Hashable:
        raise AssertionError("a step")

    monkeypatch.setattr(type(model), "step", step)
    model.first_misstep(path)
    with pytest.raises(AssertionError, match="a step"):
        Model.first_misstep(model, [("add", 1, 1)])
