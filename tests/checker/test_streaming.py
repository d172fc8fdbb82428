"""The stream says what the whole check says, at the very op that proves it, and stays small.

Brute force on every prefix is what it is held against. An operation that has not completed yet may
have taken effect, with any answer: in a prefix it counts as crashed.
"""

from __future__ import annotations

import gc
import os
import tracemalloc
from collections.abc import Iterator, Sequence
from functools import partial
from random import Random, SystemRandom
from typing import Any

import msgspec
import pytest

from harness.checker import check
from harness.checker.streaming import Effort, Stream, Violation
from harness.history.op import MalformedHistory, Op
from harness.model import Model
from harness.model.register import CasRegister, Register
from tests.checker.force import TooMuch
from tests.checker.histories import Shape, make
from tests.checker.oracle import linearizable
from tests.checker.prefixes import proved_at
from tests.checker.small_models import Lottery, Queue, Total, has_order, history
from tests.checker.story import story
from tests.checker.trust.families import FAMILIES, LARGE, SMALL, AnyRegister
from tests.checker.trust.judge import fits

HISTORIES = int(os.environ.get("SPLITBRAIN_HISTORIES", "400"))
SEED = int(os.environ.get("SPLITBRAIN_SEED", SystemRandom().randrange(10**9)))

REGISTERS = ("register, unique values", "register, repeated values", "cas-register", "kv")

UNBOUNDED = Effort(max_states=1 << 60, an_op=1 << 60, at_once=1 << 60)
PLENTY = Effort(max_states=30_000, an_op=1 << 60, at_once=100_000)
"""For all but a few histories in a hundred, which would take a thousand times as long."""


def fed(model: Model, ops: Sequence[Op], effort: Effort = UNBOUNDED) -> tuple[Stream, int | None]:
    """A stream that was fed the ops, and the position of the op at which it found a violation."""
    stream = Stream(model, effort)
    for at, op in enumerate(ops):
        if stream.feed(op) is not None:
            return stream, at
    return stream, None


@pytest.mark.parametrize("size", [SMALL, LARGE])
@pytest.mark.parametrize("name", FAMILIES)
def test_it_finds_a_violation_at_the_op_that_proves_it(name: str, size: str) -> None:
    verdicts, too_much = set(), 0
    for number in range(HISTORIES // 4):
        rng = Random(f"{SEED}/stream/{name}/{size}/{number}")
        sort = rng.choice(FAMILIES[name])
        ops = sort.make(size, rng)
        try:
            expected = proved_at(ops, partial(fits, sort.kind))
        except TooMuch:
            continue
        stream, at = fed(sort.model, ops, PLENTY)
        said = f"SPLITBRAIN_SEED={SEED}, history {number}"
        verdict = stream.finish()
        if stream.given_up:
            assert verdict in ("unknown", expected is None), said
            too_much += 1
            continue
        if expected is not None and (at is None or at > expected):
            # It is late where more than plenty was wanted at a single op, and nowhere else.
            stream, at = fed(sort.model, ops)
        assert at == expected, said
        assert verdict is (expected is None), said
        verdicts.add(expected is None)
    assert verdicts == {True, False}
    assert too_much <= HISTORIES // 40, f"SPLITBRAIN_SEED={SEED}"


@pytest.mark.parametrize("model", [Queue(), Total(), Lottery()], ids=lambda model: model.name)
def test_under_any_model_too(model: Model) -> None:
    verdicts = set()
    for number in range(HISTORIES // 4):
        rng = Random(f"{SEED}/stream/{model.name}/{number}")
        ops = history(model, rng.randint(1, 12), rng.randint(2, 5), rng.choice((0, 0.15)), rng)
        expected = proved_at(ops, lambda prefix: has_order(prefix, model))
        stream, at = fed(model, ops)
        said = f"SPLITBRAIN_SEED={SEED}, history {number}"
        assert at == expected, said
        assert stream.finish() is (expected is None), said
        verdicts.add(expected is None)
    assert verdicts == {True, False}


def test_without_the_means_it_is_late_or_says_unknown_but_never_wrong() -> None:
    said: set[Any] = set()
    for number in range(HISTORIES // 2):
        rng = Random(f"{SEED}/scant/{number}")
        effort = Effort(rng.choice((1, 4)), rng.choice((0, 3)), rng.choice((1, 15)))
        sort = rng.choice(FAMILIES[rng.choice(REGISTERS)])
        ops = sort.make(LARGE, rng)
        expected = proved_at(ops, partial(fits, sort.kind))
        stream, at = fed(sort.model, ops, effort)
        verdict = stream.finish()
        assert verdict in ("unknown", expected is None), f"SPLITBRAIN_SEED={SEED}, {number}"
        assert at is None or (expected is not None and at >= expected)
        assert stream.given_up or verdict != "unknown"
        said.add(verdict)
    assert said == {True, False, "unknown"}


def test_its_verdict_is_that_of_the_whole_check_on_longer_histories() -> None:
    verdicts = set()
    for number in range(60):
        rng = Random(f"{SEED}/long/{number}")
        shape = Shape(600, 6, 5, crash=0.01, corrupt=0.5, keys=("x", "y", "z"))
        ops = make(shape, rng)
        stream, _ = fed(CasRegister(), ops)
        verdict = stream.finish()
        assert verdict is check(ops, CasRegister()).valid, f"SPLITBRAIN_SEED={SEED}, {number}"
        verdicts.add(verdict)
    assert verdicts == {True, False}


def violation_of(*lines: str, model: Model | None = None) -> Violation | None:
    """What a stream makes of a story."""
    stream, _ = fed(model or CasRegister(), story(*lines))
    return stream.violation


def test_a_stale_read_is_known_when_it_comes_back() -> None:
    found = violation_of(
        "1: x write 1 ok", "1: x write 2 ok", "2: x read -> 1", "1: x write 3 ok", "2: x read -> 1"
    )
    assert found is not None
    assert (found.key, found.op.index) == ("x", 5)
    assert str(found) == "op 5 at 0.500 s, read on key x -> 1 by process 2 fits no order"


def test_what_is_open_may_have_taken_effect_or_not() -> None:
    assert violation_of("1: write 1 begin", "2: read -> 1", "3: read -> 1") is None
    assert violation_of("1: write 1 begin", "2: read -> null", "3: read -> 1") is None
    assert violation_of("1: write 1 begin", "2: read -> 1", "3: read -> null") is not None


def test_what_crashed_may_take_effect_much_later_but_only_once() -> None:
    before = ("1: write 1 info", "2: write 2 ok", "2: read -> 2")
    assert violation_of(*before, "2: read -> 1", "2: write 3 ok") is None
    found = violation_of(*before, "2: read -> 1", "2: write 3 ok", "2: read -> 1")
    assert found is not None
    assert found.op.index == 11


@pytest.mark.parametrize("model", [CasRegister(), AnyRegister()], ids=lambda model: model.name)
@pytest.mark.parametrize(
    ("proof", "lines"),
    [
        # a cas that crashed happens once as well
        (
            9,
            (
                "1: write 1 ok", "2: cas [1,2] info", "1: read -> 2", "1: write 1 ok",
                "1: read -> 2",
            ),
        ),
        # the crashed write of 1 covers the open one of 5, though 1 is what is there
        (
            None,
            (
                "1: write 1 ok", "2: write 5 begin", "3: write 1 info", "4: cas [1,2] ok",
                "2: end ok", "4: read -> 2",
            ),
        ),
        # what was read before a crashed write began is not explained by it
        (
            6,
            (
                "9: read begin", "2: write 7 begin", "3: read -> 7", "4: write 7 info",
                "2: end fail",
            ),
        ),
        # of two of a kind, the one that crashed last was invoked first
        (
            None,
            (
                "9: read begin", "1: write 7 begin", "2: read -> 7", "3: write 7 info",
                "1: end info", "9: end ok",
            ),
        ),
        # a cas that crashed happens once, also if it was thought to have happened while it was open
        (
            10,
            (
                "9: read begin", "1: write 1 ok", "2: cas [1,2] begin", "1: read -> 2",
                "2: end info", "1: write 1 ok", "1: read -> 2", "9: end info",
            ),
        ),
    ],
)  # fmt: skip
def test_operations_of_unknown_outcome(
    model: Model, lines: tuple[str, ...], proof: int | None
) -> None:
    ops = story(*lines)
    assert proved_at(ops, linearizable) == proof
    assert fed(model, ops)[1] == proof


def test_a_failure_can_be_the_proof() -> None:
    """Somebody has read the value by then, and nobody else can have written it."""
    ops = story("1: write 1 begin", "2: read -> 1", "1: end fail")
    found = fed(Register(), ops)[0].violation
    assert found is not None
    assert found.op.type == "fail"
    assert str(found) == "op 3 at 0.300 s, write 1 by process 1 failed, but must have happened"


def test_an_answer_that_comes_late_counts_for_the_past() -> None:
    """What is open when 2 is dequeued must have taken 1: any other answer is wrong."""
    enqueued = ("1: enqueue 1 ok", "1: enqueue 2 ok", "2: dequeue begin", "3: dequeue -> 2")
    assert violation_of(*enqueued, model=Queue()) is None
    taken = story(*enqueued, "2: end ok")
    answered = [*taken[:-1], msgspec.structs.replace(taken[-1], value=1)]
    assert fed(Queue(), answered)[1] is None
    wrong = [*taken[:-1], msgspec.structs.replace(taken[-1], value=2)]
    assert fed(Queue(), wrong)[1] == len(wrong) - 1


def test_keys_are_objects_of_their_own_unless_the_model_says_otherwise() -> None:
    class Whole(Total):
        per_key = False

    lines = ("1: x add 1 ok", "2: y read -> 0", "2: y read -> 1")
    by_key = violation_of(*lines, model=Total())
    assert by_key is not None
    assert (by_key.key, by_key.op.index) == ("y", 5)
    whole = violation_of(*lines, model=Whole())
    assert whole is not None
    assert (whole.key, whole.op.index) == (None, 3)


@pytest.mark.parametrize(
    ("ops", "wrong"),
    [
        (story("1: write 3 ok", "2: cas [3,4] ok"), "op 2: the model register knows read, write"),
        (story("1: write 3 begin")[:1] * 2, "op 0: process 1 invokes write while another is"),
        (story("1: write 3 ok")[1:], "op 1: process 1 completes write without an open invocation"),
    ],
)
def test_what_is_no_history_of_the_model_is_an_error(ops: list[Op], wrong: str) -> None:
    with pytest.raises(MalformedHistory, match=wrong):
        fed(Register(), ops)


def test_the_nemesis_is_no_client() -> None:
    stream = Stream(Register())
    assert stream.feed(Op(0, 0, "info", "nemesis", "start-partition", {"where": "halves"})) is None
    assert stream.ops == 0


def workload(operations: int, per_key: int) -> Iterator[Op]:
    """Two clients on each key in turn, one always in the middle of something."""
    index = 0
    open_write: Op | None = None
    for number in range(operations):
        key, value = divmod(number, per_key)
        if open_write is not None and open_write.key != key:
            yield Op(index, index, "ok", 1, "write", open_write.value, open_write.key)
            index, open_write = index + 1, None
        if number % 2:
            yield Op(index, index, "invoke", 2, "read", None, key)
            yield Op(index + 1, index + 1, "ok", 2, "read", value - 1, key)
            index += 2
            continue
        if open_write is not None:
            yield Op(index, index, "ok", 1, "write", open_write.value, key)
            index += 1
        open_write = Op(index, index, "invoke", 1, "write", value, key)
        yield open_write
        index += 1


def grown(operations: int, per_key: int) -> int:
    """Bytes that a stream holds after so many operations."""
    stream = Stream(Register())
    gc.collect()
    tracemalloc.start()
    try:
        for op in workload(operations, per_key):
            assert stream.feed(op) is None
        gc.collect()
        return tracemalloc.get_traced_memory()[0]
    finally:
        tracemalloc.stop()


def test_its_memory_does_not_grow_with_the_operations_on_a_key() -> None:
    assert grown(20_000, per_key=20_000) < grown(2_000, per_key=20_000) + 4_000


def test_a_key_that_is_left_alone_costs_less_than_a_line_of_its_history() -> None:
    few, many = grown(4_000, per_key=20), grown(24_000, per_key=20)
    assert (many - few) / 1_000 < 600
