"""Models: what they allow, and how little a new one takes."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from decimal import Decimal
from importlib.metadata import entry_points
from typing import Any

import pytest

from harness.checker import check
from harness.history.op import MalformedHistory
from harness.model import INCONSISTENT, UNKNOWN, Call, Decided, Model, freeze, thaw
from harness.model.fifo_queue import FifoQueue
from harness.model.kv import KeyValue
from harness.model.register import CasRegister, Register
from harness.model.set import ElementSet
from tests.checker.story import story


@pytest.mark.parametrize(
    ("one", "other"),
    [([1, [2]], [1, [2]]), ({"a": [1], "b": None}, {"b": None, "a": [1]}), ("x", "x"), (1, 1)],
)
def test_equal_json_freezes_to_equal_and_hashable_values(one: Any, other: Any) -> None:
    assert freeze(one) == freeze(other)
    assert hash(freeze(one)) == hash(freeze(other))
    assert thaw(freeze(one)) == one


@pytest.mark.parametrize(
    ("one", "other"), [(True, 1), (False, 0), ([True], [1]), ({"a": 1}, [["a", 1]]), (None, [])]
)
def test_values_that_json_tells_apart_stay_apart(one: Any, other: Any) -> None:
    assert freeze(one) != freeze(other)


@pytest.mark.parametrize("long", [1, 1_000])
@pytest.mark.parametrize("odd", [True, False, [1], {"a": True}, None, "1", 1.0, 2**100])
def test_a_list_freezes_element_by_element_however_long(odd: Any, long: int) -> None:
    values = [*range(2, long), odd]
    frozen = freeze(values)
    assert frozen == tuple(freeze(value) for value in values)
    assert repr(thaw(frozen)) == repr(values)


@pytest.mark.parametrize("count", [63, 64, 65])
def test_a_number_that_no_json_has_stays_what_it_is_in_a_list(count: int) -> None:
    values = [Decimal(number) / 10 for number in range(count)]
    assert freeze(values) == tuple(values)
    assert {type(value) for value in freeze(values)} == {Decimal}  # type: ignore[attr-defined]


def test_a_register_begins_as_null_and_holds_what_was_written_last() -> None:
    register = Register()
    assert register.initial() is None
    assert register.step(None, "write", 3, 3) == 3
    assert register.step(3, "read", None, 3) == 3
    assert register.step(3, "read", None, 4) is INCONSISTENT
    assert register.step(3, "read", None, UNKNOWN) == 3


def test_a_cas_needs_the_old_value() -> None:
    register = CasRegister()
    assert register.step(3, "cas", (3, 4), (3, 4)) == 4
    assert register.step(3, "cas", (2, 4), (2, 4)) is INCONSISTENT
    assert register.step(3, "cas", (2, 4), UNKNOWN) is INCONSISTENT


@pytest.mark.parametrize("model", [Register(), CasRegister(), KeyValue()])
def test_the_built_in_models_are_found_by_name(model: Model) -> None:
    (found,) = entry_points(group="splitbrain.models", name=model.name)
    assert found.load() is type(model)


def test_an_operation_the_model_does_not_know_is_an_error() -> None:
    history = story("1: write 3 ok", "2: cas [3,4] ok")
    with pytest.raises(MalformedHistory, match=r"op 2: the model register knows read, write, not"):
        check(history, Register())


def test_a_cas_without_two_values_is_an_error() -> None:
    with pytest.raises(MalformedHistory, match=r"op 0: a cas takes \[old, new\], not 3"):
        check(story("1: cas 3 ok"), CasRegister())


class Queue(Model):
    """First in, first out."""

    name = "queue"
    fs = frozenset({"enqueue", "dequeue"})

    def initial(self) -> Hashable:
        return ()

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        assert isinstance(state, tuple)
        if f == "enqueue":
            return (*state, value)
        head = state[0] if state else None
        return state[1:] if result in (UNKNOWN, head) else INCONSISTENT


class Total(Model):
    """A number over all keys: what was added is in it."""

    name = "total"
    fs = frozenset({"add", "read"})
    reads = frozenset({"read"})
    per_key = False

    def initial(self) -> Hashable:
        return 0

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        assert isinstance(state, int)
        if f == "add":
            assert isinstance(value, int)
            return state + value
        return state if result in (UNKNOWN, state) else INCONSISTENT


def test_a_queue_written_in_a_few_lines_is_checked_by_the_general_search() -> None:
    right = story("1: enqueue 1 ok", "2: enqueue 2 ok", "3: dequeue -> 1", "3: dequeue -> 2")
    wrong = story("1: enqueue 1 ok", "2: enqueue 2 ok", "3: dequeue -> 2")
    assert check(right, Queue()).valid is True
    assert check(right, Queue()).algorithm == "search"
    assert check(wrong, Queue()).valid is False


def test_a_dequeue_that_crashed_may_have_taken_the_element() -> None:
    history = story("1: enqueue 1 ok", "2: enqueue 2 ok", "4: dequeue info", "3: dequeue -> 2")
    assert check(history, Queue()).valid is True


def test_without_a_licence_only_reads_leave_a_counterexample() -> None:
    history = story("1: add 1 ok", "2: read -> 1", "1: add 2 ok", "2: read -> 1", "1: read -> 3")
    verdict = check(history, Total())
    assert verdict.valid is False
    kept = [(op.invocation.f, op.invocation.index) for op in verdict.counterexample]
    assert kept == [("add", 0), ("add", 4), ("read", 6)]


def test_a_model_of_the_whole_ignores_keys() -> None:
    history = story("1: x add 1 ok", "2: y add 2 ok", "3: z read -> 3")
    verdict = check(history, Total())
    assert verdict.valid is True
    assert len(verdict.linearization) == 1


class InOrder(CasRegister):
    """A register whose own fast path tries the order in which the calls began, and no other."""

    def fast_path(self, calls: Sequence[Call]) -> Decided | None:
        return Decided(range(len(calls)))


def test_a_models_own_fast_path_comes_first() -> None:
    verdict = check(story("1: write 3 ok", "2: read -> 3"), InOrder())
    assert verdict.valid is True
    assert verdict.algorithm == "fast-path"


def test_what_a_models_own_fast_path_says_is_not_believed() -> None:
    """An order that does not replay is a mistake of the path, and says nothing of the history."""
    history = story("1: write 3 begin", "2: read -> null", "1: end ok", "3: read -> 3")
    verdict = check(history, InOrder())
    assert verdict.valid == "unknown"
    assert verdict.reason is not None
    assert "fast-path" in verdict.reason


class Bounded(FifoQueue):
    """A queue with room for one element: an enqueue that finds no room never answers ok."""

    name = "bounded-queue"

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        full = f == "enqueue" and state != ()
        return INCONSISTENT if full else super().step(state, f, value, result)


class Hasty(Bounded):
    """One whose own fast path takes every history for sequential."""

    def fast_path(self, calls: Sequence[Call]) -> Decided | None:
        return Decided(range(len(calls)))


class Cleared(ElementSet):
    """A set that can be emptied."""

    name = "set-with-clear"
    fs = ElementSet.fs | {"clear"}

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        return frozenset() if f == "clear" else super().step(state, f, value, result)


TWO = ("1: enqueue 1 ok", "2: enqueue 2 ok")


def test_a_model_with_steps_of_its_own_is_not_taken_for_its_parent() -> None:
    """Neither decided nor replayed as that would be: what it promises is what its steps say."""
    assert check(story(*TWO), FifoQueue()).valid is True
    assert check(story(*TWO), Bounded()).valid is False
    assert Bounded().kind is None
    cleared = story("1: add 1 ok", "1: clear null ok", "1: read -> []")
    assert check(cleared, Cleared()).valid is True
    assert check(story("1: add 1 ok", "1: read -> []"), Cleared()).valid is False


def test_a_fast_path_that_errs_is_found_out_by_the_models_own_steps() -> None:
    assert check(story(*TWO), Hasty()).valid == "unknown"


def test_a_model_with_its_parents_steps_is_of_its_parents_kind() -> None:
    class Renamed(FifoQueue):
        name = "renamed"

    assert Renamed().kind == "fifo-queue"
