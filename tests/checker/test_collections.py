"""Queues and stacks: what the models say, and the fast paths against brute force.

`SPLITBRAIN_HISTORIES` says how many random histories for each kind and size, `SPLITBRAIN_SEED`
repeats a run.
"""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Hashable, Sequence
from random import Random, SystemRandom
from typing import Any

import numpy as np
import pytest

from harness.checker.fast import FAST_PATHS
from harness.checker.fast.elements import Elements, gather
from harness.checker.fast.gaps import gap
from harness.checker.fast.nesting import Ranges
from harness.model import FOREVER, INCONSISTENT, UNKNOWN, Call, Decided, Model, freeze
from harness.model.fifo_queue import FifoQueue
from harness.model.priority_queue import PriorityQueue
from harness.model.stack import Stack
from harness.model.unordered_queue import UnorderedQueue
from tests.checker.collections_by_force import (
    KINDS,
    Shape,
    TooMany,
    after,
    any_history,
    linearizable,
    replays,
    simulate,
    takeable,
    verbs,
    without,
)

HISTORIES = int(os.environ.get("SPLITBRAIN_HISTORIES", "300"))
SEED = int(os.environ.get("SPLITBRAIN_SEED", SystemRandom().randrange(10**9)))
MODELS: dict[str, Model] = {
    "fifo-queue": FifoQueue(),
    "unordered-queue": UnorderedQueue(),
    "priority-queue": PriorityQueue(),
    "stack": Stack(),
}
EXACT = {"fifo-queue", "unordered-queue"}
"""The kinds that are decided whatever crashed."""

Line = tuple[str, Any, int, int | None]


def calls_of(kind: str, *lines: Line) -> list[Call]:
    """Lines of ("put" or "take", element, start, end); a crashed call has no end."""
    put, take = verbs(kind)
    made = [
        Call(
            start,
            FOREVER if end is None else end,
            put if what == "put" else take,
            freeze(element) if what == "put" else None,
            UNKNOWN if end is None else freeze(element),
        )
        for what, element, start, end in lines
    ]
    return sorted(made, key=lambda call: call.start)


def decide(kind: str, calls: Sequence[Call]) -> Decided | None:
    return FAST_PATHS[kind].decide(calls, MODELS[kind])


def verdict(kind: str, *lines: Line) -> bool | None:
    """The fast path's verdict; with an order that replays, or a conflict that has none."""
    calls = calls_of(kind, *lines)
    decided = decide(kind, calls)
    if decided is None:
        return None
    if decided.order is None:
        assert not linearizable(kind, without(calls, decided.conflict))
        return False
    assert replays(kind, calls, decided.order)
    return True


def states(model: Model, *steps: tuple[str, Hashable, Hashable]) -> set[Hashable]:
    """Every state after some steps."""
    found = {model.initial()}
    for f, value, result in steps:
        found = {after for state in found for after in model.steps(state, f, value, result)}
    return found


class TestModels:
    @pytest.mark.parametrize(
        ("kind", "first"),
        [
            ("fifo-queue", {5}),
            ("unordered-queue", {1, 5, 3}),
            ("priority-queue", {1}),
            ("stack", {3}),
        ],
    )
    def test_which_element_a_take_may_return_after_5_1_3_were_put_in(
        self, kind: str, first: set[int]
    ) -> None:
        put, take = verbs(kind)
        filled = [(put, value, value) for value in (5, 1, 3)]
        may = {one for one in (5, 1, 3, 7) if states(MODELS[kind], *filled, (take, None, one))}
        assert may == first

    @pytest.mark.parametrize("kind", KINDS)
    def test_null_is_returned_exactly_when_empty(self, kind: str) -> None:
        put, take = verbs(kind)
        nothing = (take, None, None)
        assert states(MODELS[kind], nothing)
        assert states(MODELS[kind], (put, 1, 1), (take, None, 1), nothing)
        assert not states(MODELS[kind], (put, 1, 1), nothing)
        assert not states(MODELS[kind], (take, None, 1))

    @pytest.mark.parametrize("kind", KINDS)
    def test_steps_are_those_of_a_plain_list(self, kind: str) -> None:
        """Any sequence, crashed takes included, which may have taken something or not."""
        put, take = verbs(kind)
        rng = Random(kind)
        ends: Counter[bool] = Counter()
        for _ in range(1000):
            held: set[tuple[int, ...]] = {()}
            state = MODELS[kind].initial()
            for _ in range(10):
                if rng.random() < 0.5:
                    call = Call(0, 1, put, rng.randrange(5), None)
                else:
                    likely: list[Any] = [one for some in held for one in takeable(kind, some)]
                    any_ = rng.choice([UNKNOWN, UNKNOWN, rng.randrange(5), None])
                    call = Call(
                        0, 1, take, None, rng.choice([any_, *rng.choices(likely or [None], k=2)])
                    )
                idle = held if kind == "unordered-queue" and call.result is UNKNOWN else set()
                held = {new for some in held for new in after(kind, some, call)} | idle
                state = MODELS[kind].step(state, call.f, call.value, call.result)
                assert bool(held) == (state is not INCONSISTENT)
                if not held:
                    break
            ends[bool(held)] += 1
        assert min(ends[True], ends[False]) > 100

    def test_an_unordered_queue_has_one_state_for_the_same_elements(self) -> None:
        put = [("enqueue", value, value) for value in ("b", 2, "a", 2)]
        assert states(UnorderedQueue(), *put) == states(UnorderedQueue(), *reversed(put))
        assert UnorderedQueue().step((), "dequeue", None, 1) is INCONSISTENT

    @pytest.mark.parametrize("kind", KINDS)
    def test_an_element_is_never_null(self, kind: str) -> None:
        put, take = verbs(kind)
        assert MODELS[kind].misfit(put, None) is not None
        assert MODELS[kind].misfit(put, 1) is None
        assert MODELS[kind].misfit(take, None) is None

    def test_priorities_are_numbers_strings_or_lists_of_such(self) -> None:
        rising: list[Any] = [-1, 0.5, 2, "a", "b", [1, "z"], [2, "a"], ["x"]]
        model = PriorityQueue()
        steps = [("enqueue", freeze(value), freeze(value)) for value in reversed(rising)]
        assert states(model, *steps) == {freeze(rising)}
        for value in (True, {"a": 1}, [1, None], float("nan")):
            assert model.misfit("enqueue", freeze(value)) is not None


@pytest.mark.parametrize("kind", KINDS)
class TestEveryKind:
    def test_what_nobody_put_in_nobody_takes(self, kind: str) -> None:
        assert verdict(kind, ("put", 1, 0, 1), ("take", 2, 2, 3)) is False

    def test_what_was_put_in_once_is_taken_once(self, kind: str) -> None:
        assert verdict(kind, ("put", 1, 0, 1), ("take", 1, 2, 3), ("take", 1, 4, 5)) is False

    def test_nothing_is_taken_before_it_is_put_in(self, kind: str) -> None:
        assert verdict(kind, ("take", 1, 0, 1), ("put", 1, 2, 3)) is False
        assert verdict(kind, ("take", 1, 0, 3), ("put", 1, 2, 5)) is True

    def test_an_element_put_in_twice_is_left_to_the_search(self, kind: str) -> None:
        assert verdict(kind, ("put", 1, 0, 1), ("put", 1, 2, 3), ("take", 1, 4, 5)) is None

    def test_nothing_is_found_only_when_all_may_be_out(self, kind: str) -> None:
        assert verdict(kind, ("put", 1, 0, 1), ("take", None, 2, 3)) is False
        assert verdict(kind, ("put", 1, 0, 3), ("take", None, 2, 5)) is True
        stays: list[Line] = [("put", 1, 0, 1), ("put", 2, 4, 7), ("take", 1, 6, 11)]
        assert verdict(kind, *stays, ("take", None, 8, 9), ("take", 2, 12, 13)) is False
        assert verdict(kind, *stays, ("take", None, 8, 15), ("take", 2, 12, 13)) is True

    def test_a_crashed_put_may_have_happened_or_not(self, kind: str) -> None:
        assert verdict(kind, ("put", 1, 0, None), ("take", None, 2, 3)) is True
        assert verdict(kind, ("put", 1, 0, None), ("take", None, 2, 3), ("take", 1, 4, 5)) is True
        assert verdict(kind, ("put", 1, 0, None), ("take", 1, 2, 3), ("take", None, 4, 5)) is True
        unseen = decide(kind, calls_of(kind, ("put", 1, 0, None), ("put", 2, 2, 3)))
        assert unseen == Decided([1])

    def test_a_crashed_take_may_have_taken_an_element_or_not(self, kind: str) -> None:
        assert verdict(kind, ("put", 1, 0, 1), ("take", ..., 2, None), ("take", 1, 4, 5)) is True
        assert verdict(kind, ("put", 1, 0, 1), ("take", ..., 2, None), ("take", None, 4, 5)) is True

    def test_a_crashed_take_takes_one_element_and_not_before_it_begins(self, kind: str) -> None:
        both: list[Line] = [("put", 1, 0, 1), ("put", 2, 2, 3)]
        assert verdict(kind, *both, ("take", ..., 4, None), ("take", None, 6, 7)) is False
        late: Line = ("take", ..., 8, None)
        assert verdict(kind, ("put", 1, 0, 1), ("take", None, 6, 7), late) is False
        assert verdict(kind, ("put", 1, 0, 1), ("take", None, 6, 9), late) is True

    def test_a_model_of_another_kind_is_left_alone(self, kind: str) -> None:
        other = MODELS[KINDS[KINDS.index(kind) - 1]]
        assert FAST_PATHS[kind].decide([], other) is None
        assert FAST_PATHS[kind].decide([Call(0, 1, "peek", None, 1)], MODELS[kind]) is None

    def test_no_calls_are_fine(self, kind: str) -> None:
        assert verdict(kind) is True

    @pytest.mark.parametrize("crash", [0.0, 0.1])
    def test_an_order_of_thousands(self, kind: str, crash: float) -> None:
        calls = simulate(kind, Shape(4000, clients=25, crash=crash, late=0.1), Random(crash))
        decided = decide(kind, calls)
        assert decided is not None
        assert decided.order is not None
        assert sorted(decided.order) == sorted(set(decided.order))
        happened = {at for at, call in enumerate(calls) if not call.crashed}
        assert happened <= set(decided.order)
        assert legal(kind, [calls[at] for at in decided.order])


def legal(kind: str, calls: Sequence[Call]) -> bool:
    """Whether real time and the model's steps allow an order."""
    state, latest = MODELS[kind].initial(), -1
    for call in calls:
        state = MODELS[kind].step(state, call.f, call.value, call.result)
        if state is INCONSISTENT or call.end < latest:
            return False
        latest = max(latest, call.start)
    return True


class TestOrderOfElements:
    IN = (("put", 1, 0, 1), ("put", 2, 2, 3))

    def test_a_fifo_queue_gives_back_what_came_first(self) -> None:
        assert verdict("fifo-queue", *self.IN, ("take", 1, 4, 5), ("take", 2, 6, 7)) is True
        assert verdict("fifo-queue", *self.IN, ("take", 2, 4, 5), ("take", 1, 6, 7)) is False
        assert verdict("fifo-queue", *self.IN, ("take", 2, 4, 7), ("take", 1, 6, 9)) is True
        assert verdict("fifo-queue", *self.IN, ("take", 2, 4, 5)) is False

    def test_a_stack_gives_back_what_came_last(self) -> None:
        assert verdict("stack", *self.IN, ("take", 2, 4, 5), ("take", 1, 6, 7)) is True
        assert verdict("stack", *self.IN, ("take", 1, 4, 5), ("take", 2, 6, 7)) is False
        assert verdict("stack", *self.IN, ("take", 1, 4, 7), ("take", 2, 6, 9)) is True
        assert verdict("stack", *self.IN, ("take", 1, 4, 5)) is False

    def test_a_priority_queue_gives_back_the_smallest(self) -> None:
        assert verdict("priority-queue", *self.IN, ("take", 1, 4, 5), ("take", 2, 6, 7)) is True
        assert verdict("priority-queue", *self.IN, ("take", 2, 4, 5), ("take", 1, 6, 7)) is False
        assert verdict("priority-queue", *self.IN, ("take", 2, 4, 7), ("take", 1, 6, 9)) is True
        assert verdict("priority-queue", *self.IN, ("take", 2, 4, 5)) is False

    def test_an_unordered_queue_gives_back_any(self) -> None:
        for one, two in ((1, 2), (2, 1)):
            assert verdict("unordered-queue", *self.IN, ("take", one, 4, 5), ("take", two, 6, 7))
            assert verdict("unordered-queue", *self.IN, ("take", one, 4, 5))

    @pytest.mark.parametrize(
        ("kind", "taken"), [("fifo-queue", 2), ("stack", 1), ("priority-queue", 2)]
    )
    def test_a_crashed_take_can_have_cleared_the_way(self, kind: str, taken: int) -> None:
        way: Line = ("take", taken, 6, 7)
        assert verdict(kind, *self.IN, ("take", ..., 4, None), way) is True
        assert verdict(kind, *self.IN, way, ("take", ..., 8, None)) is False

    def test_spares_go_to_whom_they_help(self) -> None:
        """Each of these was once not decided, though an order exists."""
        line: list[Line] = [
            ("put", 6, 2, 21),
            ("put", 3, 4, 13),
            ("take", 4, 6, 45),
            ("put", 4, 14, 39),
            ("put", 2, 18, 27),
        ]
        spares: list[Line] = [("take", ..., 28, None), ("take", ..., 32, None)]
        assert verdict("priority-queue", *line, *spares) is True
        assert verdict("priority-queue", *line, spares[0]) is False
        line = [("put", 4, 2, 11), ("put", 10, 4, 17), ("take", None, 12, 35)]
        spares = [("take", ..., 18, None), ("take", ..., 20, None)]
        assert verdict("stack", *line, *spares) is True
        assert verdict("stack", *line, spares[0]) is False

    def test_where_guesses_fail_the_verdict_is_open(self) -> None:
        line: list[Line] = [
            ("put", 12, 2, 11),
            ("put", 1, 4, 19),
            ("put", 9, 6, 23),
            ("put", 4, 16, None),
            ("put", 7, 20, 31),
            ("put", 8, 26, 39),
            ("take", 1, 34, 71),
            ("take", 4, 40, 63),
        ]
        spares: list[Line] = [("take", ..., start, None) for start in (42, 46, 56)]
        assert verdict("stack", *line, *spares) is None
        assert linearizable("stack", calls_of("stack", *line, *spares))

    def test_three_stays_nest_only_together(self) -> None:
        """Any two of them nest; three can't, for each one's pop forces another's push."""
        pushes: list[Line] = [("put", 1, 0, 7), ("put", 2, 2, 9), ("put", 3, 4, 11)]
        pops: list[Line] = [("take", 1, 12, 19), ("take", 2, 14, 21), ("take", 3, 16, 23)]
        assert verdict("stack", *pushes, *pops) is True
        chain: list[Line] = [
            ("put", 1, 0, 1),
            ("put", 2, 2, 5),
            ("put", 3, 4, 9),
            ("take", 1, 8, 11),
            ("take", 2, 12, 13),
            ("take", 3, 14, 15),
        ]
        assert verdict("stack", *chain) is False

    def test_a_greatest_may_leave_in_a_gap_between_smaller_ones(self) -> None:
        smaller: list[Line] = [("put", 1, 4, 5), ("take", 1, 8, 9), ("put", 2, 10, 11)]
        assert verdict("priority-queue", ("put", 9, 0, 1), *smaller, ("take", 9, 6, 13)) is True
        assert verdict("priority-queue", ("put", 9, 0, 1), *smaller, ("take", 9, 6, 7)) is False
        assert verdict("priority-queue", ("put", 9, 0, 1), *smaller, ("take", 9, 12, 13)) is False


def lacks_no_spare(kind: str, calls: Sequence[Call], conflict: Sequence[int]) -> bool:
    """Whether no crashed take was left out that could have taken an element left in."""
    put, take = verbs(kind)
    inside = without(calls, conflict)
    taken = {call.result for call in inside if call.f == take}
    if all(call.value in taken for call in inside if call.f == put and not call.crashed):
        return True
    last = max(call.end for call in inside if not call.crashed)
    return all(
        at in conflict or call.start > last
        for at, call in enumerate(calls)
        if call.f == take and call.crashed
    )


def test_elements_outside_of_a_group_use_up_no_spares_of_it() -> None:
    calls = calls_of(
        "priority-queue",
        ("put", 9, 0, 1),
        ("put", 1, 2, 3),
        ("take", ..., 4, None),
        ("put", 2, 6, 7),
    )
    elements = gather(calls, "enqueue", "dequeue")
    assert isinstance(elements, Elements)
    one = np.array([value == 1 for value in elements.values])
    assert gap(elements, one, 8, 9) == 8
    assert gap(elements, ~one, 8, 9) == {0, 2}
    assert gap(elements, one, 2, 3) == 2


def test_ranges_know_their_greatest_number_while_numbers_go() -> None:
    rng = Random(1)
    for size in (1, 2, 3, 9, 60, 700):
        numbers = [rng.randrange(1000) for _ in range(size)]
        ranges = Ranges(numbers)
        for _ in range(300):
            low, high = sorted(rng.sample(range(size + 1), 2))
            assert ranges.greatest(low, high) == max(numbers[low:high])
            at = rng.randrange(size)
            numbers[at] = -1
            ranges.strike(at)


@pytest.mark.parametrize("size", ["1-12", "15-40"])
@pytest.mark.parametrize("kind", KINDS)
def test_the_fast_path_agrees_with_brute_force(kind: str, size: str) -> None:
    put, take = verbs(kind)
    seen: Counter[bool] = Counter()
    spares = untold = 0
    count = HISTORIES if size == "1-12" else HISTORIES // 4
    for number in range(count):
        name = f"SPLITBRAIN_SEED={SEED}, history {number}"
        calls = any_history(kind, Random(f"{SEED} {kind} {size} {number}"), size == "1-12")
        try:
            truth = linearizable(kind, calls)
        except TooMany:
            continue
        seen[truth] += 1
        with_spare = any(call.f == take and call.crashed for call in calls)
        spares += with_spare
        decided = decide(kind, calls)
        if decided is None:
            untold += 1
            assert with_spare, name
            continue
        assert (decided.order is not None) == truth, name
        if decided.order is not None:
            assert replays(kind, calls, decided.order), name
            continue
        assert not linearizable(kind, without(calls, decided.conflict)), name
        about = [call.value if call.f == put else call.result for call in calls]
        chosen = {about[at] for at in decided.conflict} - {None, UNKNOWN}
        whole = {at for at, value in enumerate(about) if value in chosen}
        assert whole <= set(decided.conflict), name
        assert lacks_no_spare(kind, calls, decided.conflict), name
    if count >= 200:
        assert min(seen[True], seen[False]) >= 0.15 * count, seen
        assert sum(seen.values()) >= 0.95 * count
    assert untold <= (0 if kind in EXACT else 0.05 * spares + 3)
