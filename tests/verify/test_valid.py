"""An order is replayed: what is one, and what is none."""

from __future__ import annotations

from collections.abc import Hashable

import pytest

from harness.history.op import Op
from harness.model import INCONSISTENT, Model
from harness.model.register import CasRegister
from tests.checker.story import story
from tests.verify.claims import answer, claim, valid
from tests.verify.objects import Bag

# 1 writes 1 (0–1); 2 reads it (2–5) while 3 writes 2 (3–6); 4 crashes writing 3 (4); then a failed
# write (7–8) and a read of 2 (9–10).
HISTORY = story(
    "1: write 1 ok",
    "2: read begin",
    "3: write 2 begin",
    "4: write 3 begin",
    "2: end ok -> 1",
    "3: end ok",
    "5: write 4 fail",
    "6: read -> 2",
)


def test_an_order_is_confirmed() -> None:
    assert answer(valid(HISTORY, [0, 2, 3, 9]), HISTORY).startswith("confirmed")


def test_a_crashed_operation_may_be_in_it_where_it_fits() -> None:
    assert answer(valid(HISTORY, [0, 2, 4, 3, 9]), HISTORY).startswith("confirmed")
    assert "op 9 can't have happened" in answer(valid(HISTORY, [0, 2, 3, 4, 9]), HISTORY)


@pytest.mark.parametrize(
    ("order", "why"),
    [
        ([0, 3, 2, 9], "op 2 can't have happened at its place"),
        ([0, 2, 3], "op 9 completed, but is not in the order"),
        ([], "completed, but is not in the order"),
        ([0, 2, 3, 9, 9], "op 9 is named twice"),
        ([0, 2, 7, 3, 9], "op 7 is named twice, or is none"),
        ([0, 2, 3, 8, 9], "op 8 is named twice, or is none"),
        ([0, 2, 3, 9, 11], "op 11 is named"),
        ([0, 2, 3, 9, -1], "op -1 is named"),
        ([0, 2, 3, 9, 10**30], f"op {10**30} is named"),
    ],
)
def test_what_is_no_order_is_refuted(order: list[int], why: str) -> None:
    said = answer(valid(HISTORY, order), HISTORY)
    assert said.startswith("refuted")
    assert why in said


def test_real_time_is_kept() -> None:
    history = story("1: write 1 ok", "1: write 1 ok", "2: write 1 ok")
    assert answer(valid(history, [0, 2, 4]), history).startswith("confirmed")
    said = answer(valid(history, [0, 4, 2]), history)
    assert said == "refuted: op 2 ended before one placed before it began"


def test_real_time_is_kept_beyond_neighbours() -> None:
    history = story("1: write 1 begin", "2: write 2 ok", "3: write 3 ok", "1: end ok")
    assert "confirmed" in answer(valid(history, [1, 0, 3]), history)
    assert "op 1 ended before one placed before it" in answer(valid(history, [3, 0, 1]), history)


def test_times_alone_order_nothing_within_one_time() -> None:
    """As in imports without indices: the read may see a write of its own time, or not."""
    history = [
        Op(0, 0, "invoke", 1, "write", 1),
        Op(1, 5, "ok", 1, "write", 1),
        Op(2, 5, "invoke", 2, "read", None),
        Op(3, 6, "ok", 2, "read", None),
    ]
    assert answer(valid(history, [2, 0]), history, by_time=True).startswith("confirmed")
    assert answer(valid(history, [2, 0]), history).startswith("refuted")


def test_every_key_needs_its_order() -> None:
    history = story("1: x write 1 ok", "2: y read -> null")
    orders = [{"key": "x", "order": [0]}, {"key": "y", "order": [2]}]
    assert answer(claim(history, valid=True, keys=orders), history).startswith("confirmed")
    for keys, why in (
        (orders[:1], "op 2 completed"),
        ([*orders, orders[0]], "a key has two orders"),
        ([*orders, {"key": "z", "order": []}], 'the history has no key "z"'),
        ([{"key": "x", "order": [0, 2]}, {"key": "y", "order": []}], "op 2 is named"),
        ([{"key": "x", "order": [2]}, {"key": "y", "order": [0]}], "op 2 is named"),
    ):
        said = answer(claim(history, valid=True, keys=keys), history)
        assert said.startswith("refuted")
        assert why in said


def test_true_is_not_one() -> None:
    history = story("1: write 1 ok", "2: read -> true")
    assert answer(valid(history, [0, 2]), history).startswith("refuted")


def taken(*elements: int | None) -> list[Op]:
    """1 and 2 are put into a bag, a crash takes one, and these are taken."""
    ops: list[Op] = []
    for process, (f, value, kind, result) in enumerate(
        [
            ("enqueue", 1, "ok", 1),
            ("enqueue", 2, "ok", 2),
            ("dequeue", None, "info", None),
            *(("dequeue", None, "ok", element) for element in elements),
        ]
    ):
        for type_, said in (("invoke", value), (kind, result)):
            ops.append(Op(len(ops), len(ops), type_, process, f, said))  # type: ignore[arg-type]
    return ops


@pytest.mark.parametrize(
    ("elements", "word"),
    [((1, None), "confirmed"), ((2, None), "confirmed"), ((1, 2), "refuted"), ((None,), "refuted")],
)
def test_where_a_step_leads_to_several_states_one_must_fit(
    elements: tuple[int | None, ...], word: str
) -> None:
    history, bag = taken(*elements), Bag()
    order = list(range(0, len(history), 2))
    assert answer(valid(history, order, model=bag), history, bag).startswith(word)


def test_too_many_states_are_not_confirmed(monkeypatch: pytest.MonkeyPatch) -> None:
    ops: list[Op] = []
    for f, element, kind in [
        *(("enqueue", element, "ok") for element in range(12)),
        *[("dequeue", None, "info")] * 6,
    ]:
        at = len(ops)
        ops.append(Op(at, at, "invoke", at, f, element))
        ops.append(Op(at + 1, at + 1, kind, at, f, element))  # type: ignore[arg-type]
    bag = Bag()
    certificate = valid(ops, range(0, 36, 2), model=bag)
    assert answer(certificate, ops, bag).startswith("confirmed")  # 924 states at most
    said = answer(certificate, ops, bag, time_limit_s=0.0)
    assert said.startswith("unconfirmed: too many orders to try")
    monkeypatch.setattr("harness.verify.verify.MOST_CONFIGURATIONS", 500)
    said = answer(certificate, ops, bag)
    assert said.endswith("504 after 16 calls")


def test_a_long_replay_ends_with_the_time() -> None:
    history = story("1: write 1 ok", "2: read -> 1")
    said = answer(valid(history, [0, 2]), history, time_limit_s=0.0)
    assert said == "unconfirmed: 0 of the 2 operations of a key are replayed"


class Owned(Model):
    """A lock that only its holder releases."""

    name = "owned"
    fs = frozenset({"acquire", "release"})
    by_process = True

    def initial(self) -> Hashable:
        """Nobody holds it."""
        return None

    def step(self, state: Hashable, f: str, value: Hashable, result: Hashable) -> Hashable:
        """From nobody to the process, or back."""
        assert isinstance(value, tuple)
        process, _ = value
        before, after = (None, process) if f == "acquire" else (process, None)
        return after if state == before else INCONSISTENT

    def misfit_result(self, f: str, value: Hashable, result: Hashable) -> str | None:
        """Sees the value without the process."""
        return None if value is None else "the value is null"


def test_a_model_may_ask_who_did_it() -> None:
    for releasing, word in ((1, "confirmed"), (2, "refuted")):
        history = story("1: acquire ok", f"{releasing}: release ok")
        assert answer(valid(history, [0, 2], model=Owned()), history, Owned()).startswith(word)


def test_keys_mean_nothing_to_a_model_that_is_one_object() -> None:
    class Whole(CasRegister):
        name = "whole"
        per_key = False

    history = story("1: x write 1 ok", "2: y read -> 1")
    assert answer(valid(history, [0, 2], model=Whole()), history, Whole()).startswith("confirmed")
    assert answer(valid(history, [0, 2]), history).startswith("refuted")
