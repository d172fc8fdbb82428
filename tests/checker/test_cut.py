"""Where a history is cut before it is shrunk."""

from __future__ import annotations

from collections.abc import Sequence

from harness.checker import check
from harness.checker.budget import Budget
from harness.checker.calls import split
from harness.checker.cut import Cut, Cutter
from harness.checker.decide import Answer, Decision
from harness.model import Call
from harness.model.fifo_queue import FifoQueue
from harness.model.list_append import ListAppend
from harness.model.register import CasRegister
from tests.checker.story import story

LEGAL = ["1: write 1 ok", "2: read -> 1", "1: write 2 ok", "2: read -> 2"]
STALE = ["1: write 1 ok", "1: write 2 ok", "2: read -> 1"]
LINES = [*LEGAL * 10, *STALE, *LEGAL * 10]
"""Its 43rd operation is a stale read."""


def cut(*lines: str, at_most: int) -> Cut:
    """Cut a story's calls; of more calls than so many nothing can be told."""
    (key_history,) = split(story(*lines), CasRegister())

    def trial(calls: Sequence[Call], budget: Budget) -> Answer:
        if len(calls) > at_most:
            return Answer(None)
        return Decision(calls, CasRegister()).run(budget)

    refused = Decision(key_history.calls, CasRegister()).run(Budget())
    assert refused.linearizable is False
    return Cutter(key_history.calls, CasRegister(), trial, Budget(60.0)).cut(refused)


def test_a_history_is_cut_where_it_breaks() -> None:
    found = cut(*LINES, at_most=1000)
    assert (found.end, found.first) == (2 * 85 + 1, True)
    assert len(found.calls) == 43


def test_without_time_for_it_no_break_is_told() -> None:
    """But by then it is broken, as a part of it shows, which takes no time."""
    found = cut(*LINES, at_most=20)
    assert (found.end, found.first) == (2 * 85 + 1, False)


def test_what_is_open_when_a_part_breaks_may_explain_it() -> None:
    """1 must be gone when 2 is taken. Who else may have taken it has taken 3, it turns out."""
    around = [
        line
        for value in range(10, 30)
        for line in (f"1: enqueue {value} ok", f"1: dequeue -> {value}")
    ]
    history = story(
        *around,
        "1: enqueue 1 ok",
        "1: enqueue 2 ok",
        "1: enqueue 3 ok",
        "2: dequeue begin",
        "3: dequeue -> 2",
        "2: end -> 3",
    )
    verdict = check(history, FifoQueue())
    assert verdict.valid is False
    assert verdict.breaks_at == history[-1]
    assert verdict.irreducible


def test_where_one_answer_contradicts_all_that_follow_few_ends_are_tried() -> None:
    lines = ["1: append 1 begin", "3: append 2 ok", "1: end ok", "2: read -> [2,1]"]
    for value in range(3, 200):
        shown = str(list(range(1, value + 1))).replace(" ", "")
        lines += [f"1: append {value} ok", f"2: read -> {shown}"]
    (key_history,) = split(story(*lines), ListAppend())
    large = 0

    def trial(calls: Sequence[Call], budget: Budget) -> Answer:
        nonlocal large
        large += len(calls) > 20
        return Decision(calls, ListAppend()).run(budget)

    refused = Decision(key_history.calls, ListAppend()).run(Budget())
    found = Cutter(key_history.calls, ListAppend(), trial, Budget(60.0)).cut(refused)
    assert (found.end, found.first) == (key_history.calls[4].end, True)
    assert large < 60
