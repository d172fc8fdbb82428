"""What a script's lines mean together."""

from __future__ import annotations

import re

import pytest

from harness.script.plan import read_plan
from harness.script.steps import StepError

S = 1_000_000_000
NODES = ["n1", "n2", "n3"]


def troubles(*lines: str) -> list[tuple[str, float, float | None]]:
    """Each fault with its begin and end in seconds."""
    found = read_plan(lines, NODES).troubles
    return [(t.name, t.begins.at / S, None if t.end is None else t.end / S) for t in found]


def test_a_fault_lasts_until_a_step_mends_it_or_else_to_the_end() -> None:
    assert troubles(
        "at 1 s cut n1 from n2,n3",
        "at 2 s kill n2,n3",
        "at 3 s start n2",
        "at 4 s heal",
    ) == [("cut n1 from n2,n3", 1, 4), ("kill n2", 2, 3), ("kill n3", 2, None)]


def test_heal_mends_every_cut_or_the_one_it_names() -> None:
    assert troubles("at 1 s cut n1 from n2", "at 1 s cut n2>n3", "at 2 s heal") == [
        ("cut n1 from n2", 1, 2),
        ("cut n2>n3", 1, 2),
    ]
    assert troubles("at 1 s cut n1 from n2", "at 1 s cut n2>n3", "at 2 s heal n2>n3") == [
        ("cut n1 from n2", 1, None),
        ("cut n2>n3", 1, 2),
    ]


def test_all_are_all_and_start_all_starts_those_that_are_down() -> None:
    assert troubles("at 1 s kill all", "at 2 s start n2", "at 3 s start all") == [
        ("kill n1", 1, 3),
        ("kill n2", 1, 2),
        ("kill n3", 1, 3),
    ]


def test_steps_count_by_their_times_whatever_their_order() -> None:
    assert troubles("at 2 s resume n1", "at 1 s pause n1") == [("pause n1", 1, 2)]


def test_a_process_is_at_the_node_that_any_of_its_steps_names_or_at_the_one_of_its_number() -> None:
    plan = read_plan(
        ["at 1 s read by process 3", "at 2 s read by process 3 at n2", "at 3 s read by process 1"],
        NODES,
    )  # fmt: skip
    assert plan.homes == ("n1", "n2", "n3", "n2")
    assert plan.last == 3 * S


def test_parts_are_those_that_the_lines_name() -> None:
    plan = read_plan(
        ["at 1 s cut leader from others", "at 2 s read x by process 0 at follower2"], NODES
    )
    assert plan.parts == {"leader", "follower2"}
    assert plan.needs == {"cut"}


@pytest.mark.parametrize(
    ("lines", "said"),
    [
        (["at 1 s heal", "at 2 s hea"], "step 2 'at 2 s hea': column 11: expected a value"),
        (["at 1 s heal"], "step 1 'at 1 s heal': column 8: at 1.00 s nothing is to be"),
        (["at 1 s start n1"], "nothing of n1 is to be undone (kill, stop"),
        (["at 1 s kill n1", "at 2 s start n1,n2"], "nothing of n2 is to be undone (kill, stop"),
        (["at 1 s start all"], "nothing is to be undone (kill, stop"),
        (["at 1 s kill n1", "at 2 s kill n1"], "at 2.00 s there is 'kill n1' already"),
        (["at 1 s pause n1", "at 2 s kill n1"], "'pause n1' is in force, which must end first"),
        (["at 1 s cut n1 from n2", "at 2 s cut n1 from n2"], "there is 'cut n1 from n2' already"),
        (["at 1 s cut n1 from n2", "at 2 s heal n1 from n3"], "nothing of n1 from n3 is to be"),
        (["at 1 s kill n4"], "'n4' can't stand here; the nodes are n1, n2, n3, leader, "),
        (["at 1 s kill follower3"], "'follower3' can't stand here"),
        (["at 1 s kill others"], "'others' can't stand here"),
        (["at 1 s kill n1,all"], "'all' can't stand here"),
        (["at 1 s cut others from others"], "others of whom?"),
        (["at 1 s cut n1 from n2,n1"], "n1 stands on both sides"),
        (["at 1 s cut n1,n2,n3 from others"], "column 12: there are no others than n1,n2,n3"),
        (["at 1 s cut others>leader,follower1,follower2"], "column 19: there are no others than"),
        (["at 1 s clock n1 jump 0"], "column 17: jump 0 changes too little to be measured: give"),
        (["at 1 s clock n1 jump -0.01 rate 2"], "jump -0.01 changes too little"),
        (["at 1 s clock n1 rate 1"], "column 17: rate 1 changes too little to be measured"),
        (["at 1 s clock n1 rate 1.001"], "rate 1.001 changes too little"),
        (["at 1 s weather n1 from n2 loss 0 delay_s 0"], "column 27: loss 0 changes nothing"),
        (["at 1 s read x by process 0 at n4"], "'n4' can't stand here"),
        (
            ["at 1 s read x by process 0 at n1", "at 2 s read x by process 0 at n2"],
            "step 2 'at 2 s read x by process 0 at n2': column 31: process 0 is at n1: a",
        ),
    ],
)  # fmt: skip
def test_what_makes_no_sense_is_told_with_its_step(lines: list[str], said: str) -> None:
    with pytest.raises(StepError, match=re.escape(said)):
        read_plan(lines, NODES)


def test_one_node_can_not_be_isolated() -> None:
    with pytest.raises(StepError, match="column 18: there are no others than n1, so no link"):
        read_plan(["at 0.1 s isolate n1"], ["n1"])
    assert read_plan(["at 0.1 s weather clients from others delay_s 0.1"], ["n1"]).troubles
