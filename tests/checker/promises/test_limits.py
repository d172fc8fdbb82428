"""What is too long or takes too long is unknown, never left out."""

from __future__ import annotations

import pytest

from harness.checker import promises as room
from harness.checker.promises import promises, schedule
from harness.history.paired import paired
from harness.history.table import Table
from harness.model import Model
from harness.model.fifo_queue import FifoQueue
from harness.model.grow_only_set import GrowOnlySet
from harness.model.list_append import ListAppend
from harness.model.register import CasRegister
from harness.model.set import ElementSet
from tests.checker.story import story

STALE = ("1: write 1 ok", "1: write 2 ok", "2: read -> 1")
STORIES: list[tuple[Model, tuple[str, ...]]] = [
    (CasRegister(), STALE),
    (GrowOnlySet(), ("1: add 1 ok", "2: read -> []")),
    (ListAppend(), ("1: append 1 ok", "2: read -> []")),
    (ElementSet(), ("1: add 1 ok", "2: read -> []")),
    (FifoQueue(), ("1: enqueue 1 ok", "2: dequeue -> null")),
]


@pytest.mark.parametrize(("model", "lines"), STORIES)
def test_too_many_operations_are_unknown_by_the_same_names(
    model: Model, lines: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    pairs = paired(Table.of(story(*lines)))
    judged = promises(pairs, model)
    monkeypatch.setattr(room, "MOST_OPERATIONS", 1)
    monkeypatch.setattr(room, "MOST_GROWING", 1)
    told = promises(pairs, model)
    assert [promise.name for promise in told] == [promise.name for promise in judged]
    assert {promise.valid for promise in told} == {"unknown"}
    assert told[0].reason == f"beyond 1 operations it is not looked at, and these are {len(lines)}"


def test_without_time_nothing_is_decided_and_nothing_left_out() -> None:
    pairs = paired(Table.of(story(*STALE)))
    judged, told = promises(pairs, CasRegister()), promises(pairs, CasRegister(), time_limit_s=0.0)
    assert [promise.name for promise in told] == [promise.name for promise in judged]
    assert {promise.valid for promise in told} == {"unknown"}
    assert "the time ended" in told[-1].reason


def test_a_cas_to_the_same_value_is_no_source_of_it() -> None:
    pairs = paired(Table.of(story("1: write 1 ok", "1: cas [7,7] ok")))
    reasons = {promise.reason for promise in promises(pairs, CasRegister())}
    assert any("a value that nothing can have written" in reason for reason in reasons)


def test_states_that_take_too_much_memory_end_the_search(monkeypatch: pytest.MonkeyPatch) -> None:
    """A queue that only fills is copied with each step on the way."""
    lines = [f"{n % 3 + 1}: enqueue {n} ok" for n in range(200)]
    pairs = paired(Table.of(story(*lines, "1: dequeue -> 1")))
    monkeypatch.setattr(schedule, "MOST_BYTES", 50_000)
    (told, *_) = promises(pairs, FifoQueue())
    assert told.valid == "unknown"
    assert "of 201 completed operations placed at best" in told.reason
