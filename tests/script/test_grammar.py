"""The grammar of steps: what is written reads back the same, and what is wrong is told exactly."""

from __future__ import annotations

import re
from math import ceil
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness import plugins
from harness.script.grammar import parse
from harness.script.steps import BOUNDS, DISK, MAX_NS, VERBS, Between, Call, Fault, Step, StepError
from harness.script.words import KEY_ONLY, VALUED, text_of
from harness.workload import WorkloadOptions

NODES = st.sampled_from(["n1", "n2", "node-3", "leader", "follower1", "others", "all"])
TIMES = st.integers(0, MAX_NS - 1)
TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | TEXTS
    | st.sampled_from(["to", "by", "process", "true", "null", "x", "cut"])
)
VALUES = st.recursive(
    SCALARS, lambda of: st.lists(of, max_size=3) | st.dictionaries(TEXTS, of, max_size=2)
)
FS = st.sampled_from(["read", "write", "cas", "txn", "enqueue", "dequeue", "acquire", "remove"])
CALLS = st.builds(
    Call, TIMES, FS, VALUES, VALUES, st.integers(0, 999_999), st.none() | NODES
)  # fmt: skip
SIDES = st.lists(NODES, min_size=1, max_size=3).map(tuple)
BETWEENS = st.builds(Between, SIDES, SIDES, st.booleans())


def numbers(least: float, most: float) -> st.SearchStrategy[float]:
    """Whole numbers and others, from the least to the most."""
    return st.integers(ceil(least), int(most)) | st.floats(least, most)


@st.composite
def faults(draw: Any) -> Fault:
    """Any fault."""
    verb = draw(st.sampled_from(sorted(VERBS)))
    at = draw(TIMES)
    settings: tuple[tuple[str, Any], ...] = ()
    if verb == "when":
        deed = draw(st.sampled_from(["kill", "power off"]))
        times = draw(st.integers(1, 99))
        said = (("point", "granted-vote"), ("times", times), ("deed", deed))
        return Fault(at, verb, nodes=(draw(NODES),), settings=said)
    if verb == "disk":
        kind = draw(st.sampled_from(DISK))
        number = draw(numbers(*BOUNDS[kind])) if kind == "slow" else True
        return Fault(at, verb, nodes=draw(SIDES), settings=((kind, number),))
    if names := VERBS[verb].settings:
        chosen = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
        settings = tuple((name, draw(numbers(*BOUNDS[name]))) for name in chosen)
    if VERBS[verb].on == "nodes":
        return Fault(at, verb, nodes=draw(SIDES), settings=settings)
    least = 0 if VERBS[verb].optional else 1
    links = tuple(draw(st.lists(BETWEENS, min_size=least, max_size=3)))
    return Fault(at, verb, links=links, settings=settings)


NS = 1_000_000_000
ONE_WAY = Between(("n1",), ("n2",), both=False)


@given(CALLS | faults())
def test_what_is_written_reads_back_the_same(step: Step) -> None:
    assert parse(text_of(step)) == step
    assert "\n" not in text_of(step)


@pytest.mark.parametrize(
    ("line", "step"),
    [
        (
            "at 1.20 s cut n1 from n2,n3",
            Fault(1_200_000_000, "cut", links=(Between(("n1",), ("n2", "n3")),)),
        ),
        ("at 1.45 s write 3 to x by process 2 at n", Call(1_450_000_000, "write", 3, "x", 2, "n")),
        ("at 1450 ms  read x by process 2", Call(1_450_000_000, "read", None, "x", 2)),
        ("at 0s read by process 0", Call(0, "read", None, None, 0)),
        ("at 1 s list d by process 0", Call(NS, "list", None, "d", 0)),
        ("at 2 s cas [1, 2] on 0 by process 1", Call(2_000_000_000, "cas", [1, 2], 0, 1)),
        ("at 2 s enqueue 7 by process 1", Call(2_000_000_000, "enqueue", 7, None, 1)),
        ("at 2 s kill n1, n2", Fault(2_000_000_000, "kill", nodes=("n1", "n2"))),
        ("at 2 s heal", Fault(2_000_000_000, "heal")),
        ("at 2 s disk n1,n2 full", Fault(2 * NS, "disk", ("n1", "n2"), settings=(("full", True),))),
        ("at 2 s disk n1 slow 50", Fault(2 * NS, "disk", ("n1",), settings=(("slow", 50),))),
        ("at 2 s isolate n1", Fault(2 * NS, "cut", links=(Between(("n1",), ("others",)),))),
        (
            "at 2 s cut n1>n2 and n3 from others",
            Fault(2_000_000_000, "cut", links=(ONE_WAY, Between(("n3",), ("others",)))),
        ),
    ],
)  # fmt: skip
def test_lines_say_what_they_seem_to_say(line: str, step: Step) -> None:
    assert parse(line) == step


@pytest.mark.parametrize("workload", plugins.names("workload"))
def test_what_has_no_value_needs_no_preposition_before_its_key(workload: str) -> None:
    """Of each operation of a bundled workload it is known whether it has one."""
    made = plugins.load("workload", workload)(WorkloadOptions(concurrency=4, ops_per_key=10))
    assert made.model.fs <= KEY_ONLY | VALUED
    for f in made.model.fs & KEY_ONLY:
        assert parse(f"at 1 s {f} x by process 0") == Call(NS, f, None, "x", 0)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("", "column 1: expected 'at', found the end"),
        ("kill n1", "column 1: expected 'at', found 'kill'"),
        ("at soon kill n1", "column 4: expected a time such as 1.20, found 'soon'"),
        ("at 1.2 kill n1", "column 8: expected 's' or 'ms', found 'kill'"),
        ("at 0.0000000001 s heal", "expected a time below 1,000,000 s, of whole nanoseconds"),
        ("at 1000000 s heal", "column 4: expected a time below 1,000,000 s"),
        ("at 1 s", "column 7: expected an operation such as write"),
        ("at 1 s cut n1 n2", "column 15: expected 'from' (both directions) or '>'"),
        ("at 1 s kil n1", "'by process' (or did you mean the fault kill?), found"),
        ("at 1 s weather n1 from n2", "expected a number with its name, one of loss, duplicate"),
        ("at 1 s weather n1 from n2 loss x", "expected a number for loss, not 'x', before this"),
        ("at 1 s weather n1>n2 loss -1", "expected a number from 0 to 1 for loss"),
        ("at 1 s weather n1>n2 loss 3", "expected a number from 0 to 1 for loss"),
        ("at 1 s clock n1 rate 0", "expected a number from 0.01 to 100 for rate"),
        ("at 1 s clock n1 rate 1e300", "expected a number from 0.01 to 100 for rate"),
        ("at 1 s power n1", "column 14: expected 'off', found 'n1'"),
        ("at 1 s when n1 does x kill it", "column 16: expected 'reaches', found 'does'"),
        ("at 1 s kill", "column 12: expected a node, found the end"),
        ("at 1 s kill n1 now", "column 16: expected the end of the step, found 'now'"),
        ("at 1 s isolate n1,n2", "column 18: expected the end of the step: isolate takes one node"),
        ("at 1 s write 3 x by process 1", "column 16: expected 'by process', found 'x'"),
        ("at 1 s write [3 to x by process 1", "expected a value (JSON or a plain word)"),
        ("at 1 s write 1e999 to x by process 1", "expected a value"),
        (r'at 1 s write "\ud800" to x by process 1', "expected a value (JSON or a plain word)"),
        ("at 1 s write -Infinity to x by process 1", "expected a value"),
        ("at 1 s write 3 to by process 1", "column 19: expected a key, found 'by'"),
        ("at 1 s read x by process -1", "column 26: expected a process' number, found '-1'"),
        ("at 1 s read x by process 1.5", "column 26: expected a process' number, found '1.5'"),
        ("at 1 s read x by process 1 on n1", "column 28: expected the end of the step, found 'on'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_column(line: str, said: str) -> None:
    with pytest.raises(StepError, match=re.escape(said)):
        parse(line)
