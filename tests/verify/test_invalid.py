"""A counterexample is searched, and what was left out of it must have been licensed to go."""

from __future__ import annotations

from collections.abc import Iterator, Set
from typing import Any

import pytest
from msgspec.structs import replace

from harness.history.op import Op
from harness.model import Model
from harness.model.register import CasRegister
from tests.checker.story import story
from tests.verify.claims import answer, invalid
from tests.verify.objects import Fifo, Ids, Pile

STALE = story(
    "1: write 1 ok",  # 0
    "2: read -> 1",  # 2
    "1: write 2 ok",  # 4
    "2: read -> 2",  # 6
    "3: write 3 info",  # 8
    "2: read -> 1",  # 10
    "4: write 4 fail",  # 12
)


def test_a_counterexample_is_confirmed() -> None:
    said = answer(invalid(STALE, [0, 4, 10]), STALE)
    assert said == "confirmed: 3 operations have no order; the 3 others may be left out"


def test_single_operations_are_told_as_such() -> None:
    lines = story("1: write 1 ok", "2: read -> 7")
    said = answer(invalid(lines, [2]), lines)
    assert said == "confirmed: 1 operation has no order; the other one may be left out"


def test_all_of_the_operations_are_one_as_well() -> None:
    assert answer(invalid(STALE, [0, 2, 4, 6, 8, 10]), STALE).startswith("confirmed")


@pytest.mark.parametrize(
    ("kept", "why"),
    [
        ([0, 4, 6], "the 3 operations that are kept have an order"),
        ([0, 10], "the 2 operations that are kept have an order"),
        ([4, 10], "op 0 may not be left out: op 10 may have observed it"),
        ([10], "op 0 may not be left out: op 10 may have observed it"),
        ([], "the 0 operations that are kept have an order"),
        ([0, 4, 10, 10], "op 10 is named twice, or is none of that key"),
        ([0, 4, 10, 12], "op 12 is named twice, or is none of that key"),
        ([0, 4, 10, 11], "op 11 is named twice, or is none"),
        ([0, 4, 10, -1], "op -1 is named twice, or is none"),
        ([0, 4, 10, 10**30], f"op {10**30} is named twice, or is none"),
    ],
)
def test_what_proves_nothing_is_refuted(kept: list[int], why: str) -> None:
    said = answer(invalid(STALE, kept), STALE)
    assert said.startswith("refuted")
    assert why in said


@pytest.mark.parametrize(
    ("lines", "word"),
    [
        # each operation happens once
        (
            [
                *("1: write 1 begin", "2: write 2 begin"),
                *("3: read -> 1", "3: read -> 2", "3: read -> 1"),
                *("1: end ok", "2: end ok"),
            ],
            "confirmed",
        ),
        # the first end counts, whatever began after it
        (
            ["1: write 1 begin", "2: write 1 begin", "1: end ok", "3: read -> null", "2: end ok"],
            "confirmed",
        ),
        # what is open all the time may come first
        (["1: write 1 begin", "2: read -> 1", "2: read -> 1", "1: end ok"], "refuted"),
        (["1: write 1 info", "2: read -> 1", "2: read -> 1"], "refuted"),
    ],
)
def test_every_order_is_tried_that_real_time_allows(lines: list[str], word: str) -> None:
    history = story(*lines)
    kept = [op.index for op in history if op.type == "invoke"]
    assert answer(invalid(history, kept), history).startswith(word)


def test_only_the_first_state_is_an_entry_state() -> None:
    for states in ([], [1], [None, 1], [None, None], ["null"], [False]):
        said = answer(invalid(STALE, [0, 4, 10], entry_states=states), STALE)
        assert said == "refuted: the only first state is null"


def test_another_key_is_not_enough() -> None:
    history = story("1: x write 1 ok", "2: x read -> null", "1: y write 2 ok", "2: y read -> 2")
    assert answer(invalid(history, [0, 2], key="x"), history).startswith("confirmed")
    for key, kept, why in (
        ("y", [4, 6], "have an order"),
        ("y", [0, 2], "op 0 is named twice, or is none of that key"),
        ("x", [0, 2, 4], "op 4 is named twice, or is none of that key"),
        ("z", [0, 2], 'the history has no key "z"'),
        (None, [0, 2], "the history has no key null"),
    ):
        said = answer(invalid(history, kept, key=key), history)
        assert said.startswith("refuted")
        assert why in said


def test_a_model_without_a_kind_lets_only_reads_go() -> None:
    class Plain(CasRegister):
        name = "plain"
        kind = None

    without_8 = invalid(STALE, [0, 4, 10], model=Plain())
    assert "op 8 may not be left out" in answer(without_8, STALE, Plain())
    whole = invalid(STALE, [0, 4, 8, 10], model=Plain())
    assert answer(whole, STALE, Plain()).startswith("confirmed")


def test_a_kind_with_other_operations_lets_only_reads_go() -> None:
    class More(CasRegister):
        name = "more"
        fs = CasRegister.fs | {"touch"}
        kind = "register"

        def step(self, state: Any, f: str, value: Any, result: Any) -> Any:
            return state if f == "touch" else super().step(state, f, value, result)

    history = [*STALE, Op(14, 10**12, "invoke", 9, "touch", None)]
    said = answer(invalid(history, [0, 4, 10, 14], model=More()), history, More())
    assert "op 8 may not be left out" in said


OVERWRITTEN = ("1: write 2 ok", "2: read -> 1")


@pytest.mark.parametrize(
    ("lines", "kept", "word"),
    [
        # over before the write was invoked
        (["2: read -> 1", "1: write 1 ok"], [0], "confirmed"),
        (["2: read begin", "1: write 1 ok", "2: end ok -> 1"], [0], "refuted"),
        # a completed write of the same value stays wholly between
        (["1: write 1 ok", "1: write 1 ok", *OVERWRITTEN], [2, 4, 6], "confirmed"),
        (["1: write 1 ok", "3: write 1 info", *OVERWRITTEN], [2, 4, 6], "refuted"),
        (["3: write 1 info", "1: write 1 ok", *OVERWRITTEN], [2, 4, 6], "refuted"),
        (["1: write 1 begin", "3: write 1 ok", "1: end ok", *OVERWRITTEN], [1, 4, 6], "refuted"),
        (["1: write 1 ok", "2: read begin", "1: write 1 ok", "2: end ok -> 1"], [2, 3], "refuted"),
        (
            ["1: write 1 begin", "3: write 1 begin", "1: end ok", "3: end ok", *OVERWRITTEN],
            [1, 4, 6],
            "refuted",
        ),
        # a cas observes its old value and writes its new one, crashed or not
        (["1: write 1 ok", "2: cas [1,2] ok", "3: read -> 3"], [2], "refuted"),
        (["1: write 1 ok", "2: cas [1,2] info", "3: read -> 3"], [4, 2], "refuted"),
        (["1: write 1 ok", "2: cas [1,2] ok", "3: read -> 2", "3: read -> 2"], [0, 4], "refuted"),
        (["1: write 1 ok", "2: cas [1,2] ok", "3: read -> 3"], [4], "confirmed"),
    ],
)  # fmt: skip
def test_what_can_have_been_observed_on_a_register(
    lines: list[str], kept: list[int], word: str
) -> None:
    history = story(*lines)
    said = answer(invalid(history, kept), history)
    assert said.startswith(word), said
    if word == "refuted":
        assert "may have observed it" in said


def sequence(*steps: tuple[str, Any, Any]) -> list[Op]:
    """Operations one after the other: f, value and result; the result `...` for a crash."""
    ops: list[Op] = []
    for process, (f, value, result) in enumerate(steps):
        at = len(ops)
        ops.append(Op(at, at, "invoke", process, f, value))
        kind = "info" if result is ... else "ok"
        said = None if result is ... else result
        ops.append(Op(at + 1, at + 1, kind, process, f, said))  # type: ignore[arg-type]
    return ops


SWAPPED = sequence(
    ("enqueue", 1, 1),  # 0
    ("enqueue", 2, 2),  # 2
    ("enqueue", 3, 3),  # 4
    ("dequeue", None, 3),  # 6: before 1 and 2
    ("dequeue", None, 1),  # 8
    ("dequeue", None, 2),  # 10
    ("dequeue", None, None),  # 12
)
EMPTY_AGAIN = [
    Op(14, 14, "invoke", 9, "dequeue", None),
    Op(15, 15, "ok", 9, "dequeue", None),
]
CRASHED = sequence(
    ("enqueue", 1, 1),  # 0
    ("enqueue", 2, 2),  # 2
    ("dequeue", None, ...),  # 4: may have taken 1
    ("dequeue", None, 2),  # 6
)


@pytest.mark.parametrize(
    ("model", "history", "kept", "word"),
    [
        (Fifo(), SWAPPED, [0, 4, 6, 8], "confirmed"),
        (Fifo(), SWAPPED, [0, 4, 6, 8, 12], "confirmed"),
        (Fifo(), [*SWAPPED, *EMPTY_AGAIN], [0, 4, 6, 8, 14], "confirmed"),
        (Fifo(), SWAPPED, [0, 4, 6], "refuted: op 8 may not be left out: op 0"),
        (Fifo(), SWAPPED, [4, 6, 8], "refuted: op 0 may not be left out: op 8"),
        (Fifo(), SWAPPED, [0, 2, 8, 10, 12], "refuted: the 5 operations that are kept have"),
        (Fifo(), CRASHED, [0, 2, 6], "refuted: op 4 may not be left out: op 0"),
        (Fifo(), CRASHED, [2, 6], "refuted: the 2 operations"),
        (
            Fifo(),
            sequence(("dequeue", None, ...), ("enqueue", 1, 1), *[("dequeue", None, 1)] * 2),
            [2, 4, 6],
            "confirmed",
        ),
        (
            Fifo(),
            sequence(*[("dequeue", None, ...)] * 2, ("enqueue", 1, 1), *[("dequeue", None, 1)] * 2),
            [2, 4, 6, 8],
            "confirmed",
        ),
        (
            Pile(),
            sequence(("push", 1, 1), ("push", 2, 2), ("pop", None, 1), ("push", 3, ...)),
            [0, 2, 4],
            "confirmed",
        ),
        (Ids(), sequence(*(("generate", None, n) for n in (5, 6, 5, ...))), [0, 4], "confirmed"),
        (Ids(), sequence(*(("generate", None, n) for n in (5, 6, 5))), [0], "refuted: the 1 "),
    ],
)
def test_elements_go_with_everything_about_them(
    model: Model, history: list[Op], kept: list[int], word: str
) -> None:
    certificate = invalid(history, kept, model=model, entry_states=[[]])
    said = answer(certificate, history, model)
    assert said.startswith(word), said


def test_states_that_json_has_no_form_of_are_lists_or_text() -> None:
    class Given(Set[Any]):
        def __contains__(self, element: object) -> bool:
            return False

        def __iter__(self) -> Iterator[Any]:
            return iter(())

        def __len__(self) -> int:
            return 0

        def __hash__(self) -> int:
            return 0

    class Odd(Ids):
        def initial(self) -> Any:
            return (Given(), 2j)

    twice = sequence(("generate", None, 1), ("generate", None, 1))
    for states, word in (
        ([[[], "2j"]], "refuted: the 0 operations"),
        ([[[], "1j"]], "refuted: the only first state"),
        ([[[1], "2j"]], "refuted: the only first state"),
    ):
        certificate = invalid(twice, [], model=Odd(), entry_states=states)
        assert answer(certificate, twice, Odd()).startswith(word)


def test_the_history_may_be_cut() -> None:
    history = story(
        "1: write 1 ok",  # 0
        "2: read -> null",  # 2
        "3: write 2 begin",  # 4
        "2: read -> 2",  # 5
        "3: end ok",  # 7
    )
    assert answer(invalid(history, [0, 2], until=4), history).startswith("confirmed")
    assert answer(invalid(history, [0, 2, 4], until=6), history).startswith("confirmed")
    for kept, until, why in (
        ([0, 2], 3, "op 2 is named twice, or is none of that key"),
        ([0], 3, "have an order"),
        ([0, 2, 4], 4, "op 4 is named twice, or is none"),
    ):
        said = answer(invalid(history, kept, until=until), history)
        assert said.startswith("refuted")
        assert why in said


def test_what_is_open_at_the_cut_may_have_happened_or_not() -> None:
    history = story(
        "1: write 1 begin",  # 0
        "2: read -> 1",  # 1
        "2: read -> null",  # 3
        "1: end ok",  # 5
    )
    assert answer(invalid(history, [0, 1, 3], until=5), history).startswith("confirmed")
    assert answer(invalid(history, [0, 1], until=3), history).startswith("refuted")
    assert answer(invalid(history, [1], until=3), history).startswith("refuted: op 0 may not")


def test_what_had_not_completed_at_the_cut_need_not_have_happened() -> None:
    history = story("1: cas [5,6] begin", "2: write 5 ok", "1: end ok")
    said = answer(invalid(history, [0], until=1), history)
    assert said == "refuted: the 1 operations that are kept have an order"


def test_a_cut_does_not_go_through_one_time() -> None:
    """Without indices, ops of one time have no order that a cut could follow."""
    history = [
        Op(0, 0, "invoke", 1, "read", None),
        Op(1, 5, "ok", 1, "read", 1),
        Op(2, 5, "invoke", 2, "write", 1),
        Op(3, 6, "ok", 2, "write", 1),
    ]
    assert answer(invalid(history, [0], until=2), history).startswith("confirmed")
    assert answer(invalid(history, [0], until=2), history, by_time=True).startswith("refuted")
    read = [*history[:2], *(replace(op, f="read") for op in history[2:])]
    assert answer(invalid(read, [0], until=2), read).startswith("confirmed")
    assert answer(invalid(read, [0], until=2), read, by_time=True).startswith("refuted")


def test_irreducible_is_looked_into_when_asked() -> None:
    def say(kept: list[int], claimed: bool) -> str:
        return answer(invalid(STALE, kept, irreducible=claimed), STALE, irreducible=True)

    assert say([0, 4, 10], True).startswith("confirmed: 3 operations have no order, and none")
    assert say([0, 4, 10], False) == ("refuted: it does not claim to be irreducible")
    for more in (2, 6, 8):
        said = say([0, 4, 10, more], True)
        assert said == f"refuted: op {more} could be left out as well"


def test_a_search_that_takes_too_long_confirms_nothing() -> None:
    lines = [f"{process}: write {process} begin" for process in range(1, 19)]
    lines += [f"{process}: end ok" for process in range(1, 19)]
    history = story(*lines, "20: read -> 77")
    kept = [*range(18), 36]
    said = answer(invalid(history, kept), history, time_limit_s=0.05)
    assert said.startswith("unconfirmed")
    assert "too many orders to try" in said
