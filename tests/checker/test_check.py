"""What the checker accepts, what it rejects, and how it says so."""

from __future__ import annotations

import json

import pytest

from harness.checker import Verdict, check
from harness.history.op import MalformedHistory, Op
from harness.model.kv import KeyValue
from harness.model.register import CasRegister, Register
from tests.checker.evidence import (
    counterexample_is_implied,
    counterexample_is_irreducible,
    order_is_a_linearization,
)
from tests.checker.story import story


def judge(*lines: str) -> Verdict:
    """Check a story, and check the evidence of the answer."""
    history = story(*lines)
    verdict = check(history, KeyValue())
    if verdict.valid is True:
        assert order_is_a_linearization(verdict, history)
    else:
        assert verdict.valid is False
        assert counterexample_is_implied(verdict, history)
        assert counterexample_is_irreducible(verdict, history)
    return verdict


VALID = {
    "nothing": [],
    "a read of what was never written is null": ["1: read -> null"],
    "a read sees the last write": ["1: write 1 ok", "1: write 2 ok", "2: read -> 2"],
    "a read sees a write that runs": ["1: write 1 begin", "2: read -> 1", "1: end ok"],
    "or does not": ["1: write 1 begin", "2: read -> null", "1: end ok"],
    "a crashed write happened": ["1: write 1 info", "2: read -> 1"],
    "or did not": ["1: write 1 info", "2: read -> null"],
    "or happens much later": [
        "1: write 1 info",
        "2: write 2 ok",
        "2: read -> 2",
        "3: read -> 1",
        "3: read -> 1",
    ],
    "each of two crashed writes happens once": [
        "1: write 1 info",
        "3: write 1 info",
        "2: read -> 1",
        "2: write 2 ok",
        "2: read -> 1",
        "2: write 2 ok",
        "2: read -> 2",
    ],
    "a failed write did not happen": ["1: write 1 fail", "2: read -> null"],
    "a crashed read says nothing": ["1: write 1 ok", "2: read info", "3: read -> 1"],
    "a failed cas says nothing": ["1: write 1 ok", "2: cas [1,2] fail", "3: read -> 1"],
    "a cas that found its value": ["1: write 1 ok", "2: cas [1,2] ok", "3: read -> 2"],
    "a cas from null": ["2: cas [null,2] ok", "3: read -> 2"],
    "a crashed cas happened": ["1: write 1 ok", "2: cas [1,2] info", "3: read -> 2"],
    "a crashed cas between crashed writes": [
        "1: write 1 info",
        "2: cas [1,2] info",
        "3: read -> 2",
        "3: write 4 ok",
        "3: read -> 4",
    ],
    "a write that nobody saw before one that was seen": [
        "1: write 2 begin",
        "2: write 1 begin",
        "3: write 2 ok",
        "2: end ok",
        "4: read -> 1",
        "1: end ok",
    ],
    "a crashed write of the present value hides a write that nobody saw": [
        "5: write 0 info",
        "1: write 0 ok",
        "2: write 1 begin",
        "3: cas [0,2] ok",
        "2: end ok",
        "4: read -> 2",
    ],
    "an operation without completion": ["1: write 1 begin", "2: read -> 1"],
    "keys are independent": ["1: x write 1 ok", "2: y read -> null", "2: x read -> 1"],
    "lists and objects are values": ['1: write [1,{"a":2}] ok', '2: read -> [1,{"a":2}]'],
}

INVALID = {
    "a stale read": ["1: write 1 ok", "1: write 2 ok", "2: read -> 1"],
    "a lost write": ["1: write 1 ok", "2: read -> null"],
    "a read of what nobody wrote": ["1: write 1 ok", "2: read -> 3"],
    "a read from the future": ["2: read -> 1", "1: write 1 ok"],
    "a read of a failed write": ["1: write 1 fail", "2: read -> 1"],
    "true is not 1": ["1: write true ok", "2: read -> 1"],
    "a crashed write happens only once": [
        "1: write 1 info", "2: read -> 1", "2: write 2 ok", "2: read -> 1",
    ],
    "new value, then old, while the write runs": [
        "1: write 1 ok", "1: write 2 begin", "2: read -> 2", "3: read -> 1", "1: end ok",
    ],
    "two readers see two writes in opposite orders": [
        "1: write 1 begin", "2: write 2 begin", "3: read -> 1", "4: read -> 2", "3: read -> 1",
        "1: end ok", "2: end ok",
    ],
    "a cas that could not find its value": ["1: write 1 ok", "2: cas [3,2] ok"],
    "two cas from the same value": ["1: write 1 ok", "2: cas [1,2] ok", "3: cas [1,3] ok"],
    "a cas that lost a write": [
        "1: write 1 ok", "2: cas [1,2] begin", "3: read -> 2", "2: end ok", "4: read -> 1",
    ],
    "a write seen to be undone, values repeating": [
        "1: write 1 ok", "1: write 2 ok", "1: write 1 ok", "1: write 2 ok", "2: read -> 1",
    ],
    "one key of two": ["1: x write 1 ok", "2: y write 1 ok", "2: x read -> 1", "2: y read -> 2"],
}  # fmt: skip


@pytest.mark.parametrize("name", VALID)
def test_valid(name: str) -> None:
    assert judge(*VALID[name]).valid is True


@pytest.mark.parametrize("name", INVALID)
def test_invalid(name: str) -> None:
    assert judge(*INVALID[name]).valid is False


REASONS = {
    "process 3 read 7 from x at 0.500 s, after process 2's write of 9 had finished at 0.300 s "
    "and nothing wrote 7 again": ["1: x write 7 ok", "2: x write 9 ok", "3: x read -> 7"],
    "process 3 read 7 from x at 0.500 s, after process 2's write of 9 had finished at 0.300 s "
    "and nothing had written 7 again by then": [
        "1: x write 7 ok", "2: x write 9 ok", "3: x read -> 7", "1: x write 7 info",
    ],
    "process 3 read null from x at 0.300 s, after process 2's write of 9 had finished at 0.100 s "
    "and nothing wrote null": ["2: x write 9 ok", "3: x read -> null"],
    "process 3 read 7 from x at 0.300 s, but nothing ever wrote that value": [
        "1: x write 9 ok", "3: x read -> 7",
    ],
    "process 3 read 7 at 0.300 s, but that value was never written: process 1's write of it, "
    "invoked at 0.000 s, failed": ["1: write 7 fail", "3: read -> 7"],
    "process 3 read 7 at 0.100 s, before anything had written 7: the first to do so was "
    "process 1, invoked at 0.200 s": ["3: read -> 7", "1: write 7 ok"],
    "process 3's cas from 7 to 8 on x succeeded at 0.500 s, after process 2's cas from 7 to 9 had "
    "finished at 0.300 s and nothing wrote 7 again": [
        "1: x write 7 ok", "2: x cas [7,9] ok", "3: x cas [7,8] ok",
    ],
    "process 3 read 1 at 0.600 s, after process 2's read of 2 had finished at 0.400 s "
    "and nothing wrote 1 again": [
        "1: write 1 ok", "4: write 2 begin", "2: read -> 2", "3: read -> 1",
    ],
}  # fmt: skip


@pytest.mark.parametrize("reason", REASONS)
def test_the_reason_is_a_sentence(reason: str) -> None:
    assert judge(*REASONS[reason]).reason == reason


def test_the_counterexample_tells_only_the_story() -> None:
    noise = [line for n in range(20) for line in (f"5: x write {100 + n} ok", "6: y write 1 ok")]
    verdict = judge(*noise, "1: x write 7 ok", "2: x write 9 ok", "3: x read -> 7")
    assert [op.invocation.value for op in verdict.counterexample] == [7, 9, None]
    assert verdict.key == "x"
    assert verdict.entry_states == (None,)
    assert verdict.irreducible


def test_repeated_values_do_not_swell_the_counterexample() -> None:
    noise = [f"5: write {value} ok" for value in (7, 9, 8) * 20]
    verdict = judge(*noise, "1: write 7 ok", "2: write 9 ok", "3: read -> 7", *noise)
    assert verdict.algorithm == "register-search"
    assert [op.invocation.process for op in verdict.counterexample] == [1, 2, 3]


def test_the_algorithm_fits_the_history() -> None:
    unique = story("1: x write 1 ok", "2: x read -> 1")
    repeated = story("1: x write 1 ok", "2: x write 1 ok")
    both = story("1: x write 1 ok", "2: y write 1 ok", "2: y write 1 ok")
    assert check(unique, KeyValue()).algorithm == "unique-writes"
    assert check(repeated, KeyValue()).algorithm == "register-search"
    assert check(both, KeyValue()).algorithm == "unique-writes + register-search"
    assert check([], KeyValue()).algorithm == "none"


def test_writing_the_first_value_is_no_unique_write() -> None:
    assert judge("1: write 1 ok", "1: write null ok", "2: read -> null").valid is True


def test_the_order_of_a_valid_history_names_invocations_key_by_key() -> None:
    verdict = judge("1: x write 1 begin", "2: y write 2 ok", "3: x read -> null", "1: end ok")
    assert [(order.key, order.invocations) for order in verdict.linearization] == [
        ("x", (3, 0)),
        ("y", (1,)),
    ]


def test_every_invocation_counts_as_an_op() -> None:
    assert judge("1: write 1 ok", "2: write 2 fail", "3: read info").ops == 3


def test_the_nemesis_is_not_a_client() -> None:
    ops = [Op(0, 0, "info", "nemesis", "start", None)]
    verdict = check(ops, Register())
    assert verdict.valid is True
    assert verdict.ops == 0


def test_json_of_a_valid_verdict() -> None:
    verdict = judge("1: x write 1 ok")
    assert set(verdict.to_json()) == {"valid", "ops", "elapsed_s", "model", "algorithm"}
    evidence = verdict.to_json(evidence=True)
    assert evidence["linearization"] == [{"key": "x", "invocations": [0]}]
    json.dumps(evidence)


def test_json_of_an_invalid_verdict() -> None:
    out = judge(
        "1: x write 1 ok", "2: x write 2 info", "3: x read -> 2", "3: x read -> 1"
    ).to_json()
    json.dumps(out)
    assert out["valid"] is False
    assert out["key"] == "x"
    assert out["entry_states"] == [None]
    assert out["counterexample"][1] == {
        "process": 2,
        "f": "write",
        "key": "x",
        "value": 2,
        "outcome": "info",
        "invoked": {"index": 2, "time": 200_000_000},
        "completed": {"index": 3, "time": 300_000_000},
    }
    assert out["counterexample"][2]["value"] == 2


def test_a_history_that_does_not_pair_is_an_error() -> None:
    with pytest.raises(MalformedHistory, match="without an open invocation"):
        check(story("1: write 1 ok")[1:], CasRegister())
