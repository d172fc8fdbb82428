"""The picture of a counterexample."""

from __future__ import annotations

import re
from random import Random
from typing import Any

import pytest

from harness.history.faults import Fault
from reports.timeline import MOST_DRAWN, Shown, draw_timeline, shown_operations
from tests.reports.runs import operation


def spans(picture: str) -> list[tuple[float, float]]:
    found = re.findall(r'<rect x="([\d.]+)"[^>]*width="([\d.]+)"[^>]*class="span"', picture)
    return [(float(x), float(x) + float(width)) for x, width in found]


def test_the_last_read_is_marked_with_its_node() -> None:
    told = [
        operation(1, "read", 5, 4, 5),
        operation(2, "write", 5, 0, 9),
        operation(3, "read", 4, 6, 7),
    ]
    shown = shown_operations(told, {6: "n2"})
    assert [(op.process, op.marked, op.node) for op in shown] == [
        ("2", False, ""),
        ("1", False, ""),
        ("3", True, "n2"),
    ]


def test_what_the_checker_marks_comes_first() -> None:
    told = [operation(1, "read", 5, 0, 1) | {"offending": True}, operation(1, "read", 4, 2, 3)]
    assert [op.marked for op in shown_operations(told, {})] == [True, False]


def test_without_a_read_the_last_answer_is_marked() -> None:
    told = [operation(1, "cas", [1, 2], 0, 3), operation(2, "cas", [1, 3], 1, 4)]
    assert [op.marked for op in shown_operations(told, {})] == [False, True]


@pytest.mark.parametrize(
    ("f", "value", "outcome", "label"),
    [
        ("write", 5, "ok", "write 5"),
        ("read", None, "ok", "read null"),
        ("read", None, "info", "read (info)"),
        ("cas", [1, 2], "fail", "cas [1, 2] (fail)"),
    ],
)
def test_labels(f: str, value: Any, outcome: str, label: str) -> None:
    assert shown_operations([operation(0, f, value, 0, 1, outcome)], {})[0].label == label


def test_order_in_the_picture_is_the_order_of_the_history() -> None:
    rng = Random(5)
    for _ in range(50):
        told = _random_counterexample(rng)
        shown = shown_operations(told, {})
        drawn = spans(str(draw_timeline(shown, [])))
        assert len(drawn) == len(shown)
        for op, (begin, end) in zip(shown, drawn, strict=True):
            for other, (other_begin, _) in zip(shown, drawn, strict=True):
                if op.done and op.done < other.begun:
                    assert end < other_begin + 0.2
                if op.begun < other.begun:
                    assert begin < other_begin


def test_labels_of_one_process_do_not_overlap() -> None:
    rng = Random(6)
    for _ in range(50):
        shown = shown_operations(_random_counterexample(rng), {})
        drawn = spans(str(draw_timeline(shown, [])))
        last: dict[str, float] = {}
        for op, (begin, _) in zip(shown, drawn, strict=True):
            assert begin >= last.get(op.process, 0)
            last[op.process] = begin + len(op.label) * 7


def test_a_fault_is_drawn_only_if_it_was_in_force_meanwhile() -> None:
    shown = shown_operations([operation(0, "write", 1, 10, 20)], {})
    faults = [Fault("kill", "one", 1, 9), Fault("pause", "one", 12, 15), Fault("clock", "", 21, 30)]
    picture = str(draw_timeline(shown, faults))
    assert picture.count('class="band"') == 1
    assert "pause one" in picture


def test_a_long_counterexample_is_drawn_in_part() -> None:
    told = [operation(at, "write", at, 2 * at, 2 * at + 1) for at in range(100)]
    assert len(spans(str(draw_timeline(shown_operations(told, {}), [])))) == MOST_DRAWN


def test_operations_at_one_moment_are_drawn() -> None:
    same: list[Shown] = shown_operations([operation(at, "read", 1, 0, 0) for at in range(3)], {})
    assert len(spans(str(draw_timeline(same, [])))) == 3


def _random_counterexample(rng: Random) -> list[dict[str, Any]]:
    """A few processes, each with operations one after the other, at random distances in time."""
    told, second = [], 0.0
    open_by: dict[int, dict[str, Any]] = {}
    for index in range(rng.randrange(4, 40)):
        second += rng.choice([0.0001, 0.001, 0.1, 3.0])
        process = rng.randrange(4)
        moment = {"index": index, "time": round(second * 1e9)}
        if process in open_by:
            open_by.pop(process)["completed"] = moment
        else:
            op = operation(process, rng.choice(["read", "write"]), index, 0, None)
            open_by[process] = op | {"invoked": moment}
            told.append(open_by[process])
    return told
