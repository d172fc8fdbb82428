"""A checker that can't decide in time, or in memory, says so, and says how far it came."""

from __future__ import annotations

from collections.abc import Hashable
from random import Random
from time import process_time

import pytest

from harness.checker import check
from harness.checker.budget import Budget
from harness.checker.calls import split
from harness.checker.counterexample import counterexample
from harness.checker.decide import Decision
from harness.checker.search import Search
from harness.checker.window import Window
from harness.history.op import Op
from harness.model import Decided
from harness.model.counter import Counter
from harness.model.fifo_queue import FifoQueue
from harness.model.kv import KeyValue
from harness.model.list_append import ListAppend
from harness.model.register import CasRegister
from tests.checker.histories import Shape, make
from tests.checker.story import story


def hard(
    operations: int = 400, clients: int = 40, values: int = 5, crash: float = 0.25
) -> list[Op]:
    """Many clients, many crashes, and at last a read that can't be right."""
    fs = ("read", "write", "cas")
    shape = Shape(operations, clients, values, fs=fs, crash=crash, fail=0.0, corrupt=0.0)
    ops = make(shape, Random(1))
    at, time = len(ops), ops[-1].time
    last = [("write", 76, "ok"), ("write", 0, "ok"), ("cas", [76, 77], "info"), ("read", 77, "ok")]
    for number, (f, value, outcome) in enumerate(last):
        asked = None if f == "read" else value
        for kind, said in (("invoke", asked), (outcome, value)):
            ops.append(Op(at, time + 1, kind, 10**6 + number, f, said))  # type: ignore[arg-type]
            at, time = at + 1, time + 1
    return ops


@pytest.mark.parametrize("limit", [0.3, 1.0])
def test_the_time_limit_holds_inside_the_search(limit: float) -> None:
    history = hard(3000, 100, 8, 0.1)
    began = process_time()  # on a busy machine the clock runs on while others are at work
    verdict = check(history, CasRegister(), time_limit_s=limit)
    assert verdict.valid == "unknown"
    assert process_time() - began < limit * 1.05 + 0.2
    assert limit <= verdict.elapsed_s


def test_without_time_to_explain_it_a_violation_is_told_at_once() -> None:
    """Nothing is worked out on a part that there was no time to shrink."""
    legal = [f"{1 + at}: {f}" for at in range(4) for f in ("add 2 ok", "add 1 info")]
    verdict = check(story(*legal, "4: read -> 999"), Counter(), time_limit_s=0.0)
    assert (verdict.valid, verdict.irreducible, verdict.states) == (False, False, ())


def test_without_time_to_explain_nothing_is_made_ready_for_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What may be left out of a million operations takes seconds to find out."""

    def licence(calls: object, model: object) -> None:
        raise AssertionError("made ready")

    for module in ("counterexample", "cut"):
        monkeypatch.setattr(f"harness.checker.{module}.licence", licence)
    verdict = check(story("1: append 1 ok", "2: read -> [2]"), ListAppend(), time_limit_s=0.0)
    assert (verdict.valid, verdict.irreducible, len(verdict.counterexample)) == (False, False, 2)


def test_what_would_take_longer_than_is_left_is_not_begun(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing interrupts who decides without a search: how long he takes is known beforehand."""
    lines: list[str] = []
    for at in range(50):
        shown = str(list(range(at + 1))).replace(" ", "")
        lines += [f"1: append {at} ok", f"2: read -> {shown}"]
    (key_history,) = split(story(*lines, "2: read -> [1]"), ListAppend())
    clock, decided = 0.0, list[int]()
    monkeypatch.setattr("harness.checker.budget.monotonic", lambda: clock)
    real = Decision._fast

    def slow(decision: Decision, budget: Budget) -> Decided | None:
        nonlocal clock
        clock += 0.1 * len(decision.calls)
        decided.append(len(decision.calls))
        return real(decision, budget)

    monkeypatch.setattr(Decision, "_fast", slow)
    decision = Decision(key_history.calls, ListAppend())
    refused = decision.run(Budget())
    began = clock
    found = counterexample(decision, refused, ListAppend(), Budget(5.0))
    assert found is not None
    assert clock - began <= 5.0
    assert decided[0] == 101
    assert max(decided[1:]) < 50


def test_the_memory_limit_holds_inside_the_search() -> None:
    verdict = check(hard(), CasRegister(), max_states=500)
    assert verdict.valid == "unknown"
    assert verdict.reason is not None
    assert "after 500 configurations" in verdict.reason


def test_unknown_says_how_far_it_came_and_what_would_help() -> None:
    reason = check(hard(), CasRegister(), max_states=500).reason
    assert reason is not None
    assert reason.startswith("gave up on the history after 500 configurations: ")
    assert "completed operations placed" in reason
    assert "of unknown outcome" in reason
    assert "more time, or fewer operations or clients a key would decide it" in reason


def test_what_would_help_depends_on_the_history() -> None:
    shape = Shape(300, 40, 5, fs=("read", "write"), crash=0.25, fail=0.0, corrupt=0.0)
    verdict = check(make(shape, Random(1)), CasRegister(), max_states=50)
    assert verdict.reason is not None
    assert "or writing every value only once, would decide it" in verdict.reason


def test_unknown_in_json_has_a_reason_and_an_empty_counterexample() -> None:
    out = check(hard(), CasRegister(), max_states=500).to_json()
    assert out["valid"] == "unknown"
    assert out["counterexample"] == []
    assert out["reason"]


def test_a_violation_on_another_key_is_found_though_one_key_is_hard() -> None:
    easy = story("1: z write 1 ok", "1: z write 2 ok", "1: z write 2 ok", "1: z read -> 1")
    first = len(ops := hard(3000, 100, 8, 0.1))
    moved = [
        Op(first + op.index, 10**12 + op.time, op.type, op.process, op.f, op.value, op.key)
        for op in easy
    ]
    verdict = check([*ops, *moved], KeyValue(), time_limit_s=10.0)
    assert verdict.valid is False
    assert verdict.key == "z"
    assert verdict.elapsed_s < 5


def test_the_memory_of_a_key_given_up_serves_the_next() -> None:
    ops = hard()
    easy = story("1: z write 1 ok", "1: z write 1 ok", "1: z read -> 2", ns_per_op=0)
    moved = [
        Op(len(ops) + op.index, 10**12, op.type, op.process, op.f, op.value, op.key) for op in easy
    ]
    assert check([*ops, *moved], KeyValue(), max_states=500).valid is False


@pytest.mark.parametrize("seed", range(3))
def test_histories_of_everyday_size_are_decided_in_time(seed: int) -> None:
    shape = Shape(1000, 20, 5, fs=("read", "write", "cas"), crash=0.0, fail=0.0, corrupt=0.0)
    verdict = check(make(shape, Random(seed)), CasRegister(), time_limit_s=20)
    assert verdict.valid is True


@pytest.mark.parametrize("values", [None, 5])
def test_so_are_many_keys(values: int | None) -> None:
    fs = ("read", "write") if values is None else ("read", "write", "cas")
    keys = tuple(range(200))
    shape = Shape(40_000, 20, values, fs=fs, crash=0.05, fail=0.0, corrupt=0.0, keys=keys)
    verdict = check(make(shape, Random(1)), KeyValue(), time_limit_s=20)
    assert verdict.valid is True
    assert verdict.ops == 40_000


def test_large_states_use_up_the_memory_sooner() -> None:
    """A state of 20,000 elements is no usual one: each counts as more than a hundred."""
    puts = [f"{n % 3 + 1}: enqueue {n} ok" for n in range(400)]
    calls = list(split(story(*puts), FifoQueue())[0].calls)
    small, large = Budget(), Budget()
    assert Search(Window(calls, FifoQueue())).run(small) is True
    assert Search(Window(calls, Deep())).run(large) is True
    assert small.states < 3 * len(calls)
    assert large.states > 100 * len(calls)


class Deep(FifoQueue):
    """A queue in which there is a lot already."""

    def initial(self) -> Hashable:
        """Twenty thousand elements."""
        return tuple(range(20_000))
